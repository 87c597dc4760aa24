/* SPDX-License-Identifier: MIT */
/*
 * faults: commits in which one system call fails, or the process is killed
 * before it, each call in turn.  The directory holds the old step if the commit
 * returns -1, else the new one, and its optimizer file.
 */
#include "tests/faults.h"

#include <sys/wait.h>

#include "nn/snapshot.h"
#include "tests/policydir.h"
#include "tests/scratch.h"
#include "tests/tap.h"

static int
commit(struct ckpt *c, uint64_t step, enum ckpt_sync sync, size_t keep)
{
	char name[] = "m.x";
	float m[4] = { (float)step };
	const struct st_tensor state = { .name = name,
		.dtype = ST_F32,
		.dims = 1,
		.shape = { 4 },
		.n = 4,
		.bytes = sizeof m,
		.data = m };
	struct params w;
	size_t i;
	int rc;

	params_like(&w, ckpt_trained(c), &c->config);
	for (i = 0; i < w.total; i++)
		w.block[i] = (float)step;
	rc = ckpt_commit(c, &w, &state, 1, step, sync, keep);
	params_release(&w);
	return rc;
}

/* Whether the directory holds exactly this step. */
static bool
holds(const char *dir, uint64_t step)
{
	struct safetensors *s;
	struct ckpt c;
	bool good;

	if (ckpt_open(&c, dir) != 0)
		return false;
	s = ckpt_optimizer(&c);
	good = c.step == step &&
	    ckpt_trained(&c)->tensor[0].p[0] == (float)step && s != NULL &&
	    *(float *)st_at(s, 0)->data == (float)step;
	st_close(s);
	ckpt_close(&c);
	return good;
}

/* A commit whose nth such call fails; false if it makes fewer calls. */
static bool
try(const char *call, unsigned nth, enum ckpt_sync sync, size_t keep,
    size_t *wrong)
{
	struct ckpt c;
	int rc;
	bool failed;

	make("p", FAMILY_LLAMA, ST_F32);
	need(ckpt_open(&c, "p"));
	need(commit(&c, 1, CKPT_SYNC_NOW, 1));
	fault_set(call, nth, EIO);
	rc = commit(&c, 2, sync, keep);
	failed = fault_done();
	fault_set(call, 0, 0);
	if (!holds("p", rc < 0 ? 1 : 2) || c.step != (rc < 0 ? 1u : 2u)) {
		printf("# %s %u: %d: %s\n", call, nth, rc, err_last());
		++*wrong;
	}
	if (strcmp(call, "unlink") != 0 && count_files("p", ".tmp.") > 0) {
		printf("# %s %u leaves a file aside\n", call, nth);
		++*wrong;
	}
	/* Whatever has happened, the next step succeeds. */
	if (commit(&c, c.step + 1, sync, keep) != 0 || !holds("p", c.step)) {
		printf("# %s %u: no next step: %s\n", call, nth, err_last());
		++*wrong;
	}
	ckpt_close(&c);
	drop("p");
	return failed;
}

static void
test_each(void)
{
	static const char *const calls[] = { "open", "write", "fsync", "rename",
		"link", "mkdir", "unlink" };
	static const struct {
		const char *name;
		enum ckpt_sync sync;
		size_t keep;
	} ways[] = { { "synced", CKPT_SYNC_NOW, 0 },
		{ "synced later", CKPT_SYNC_LATER, 0 },
		{ "never synced, kept", CKPT_SYNC_NEVER, 1 } };
	size_t i, k, wrong;
	unsigned nth;

	for (k = 0; k < sizeof ways / sizeof *ways; k++)
		for (i = 0; i < sizeof calls / sizeof *calls; i++) {
			wrong = 0;
			for (nth = 1; try(calls[i], nth, ways[k].sync,
				 ways[k].keep, &wrong);
			     nth++)
				continue;
			ok(wrong == 0,
			    "a commit, %s: each of %u calls of %s fails in "
			    "turn",
			    ways[k].name, nth - 1, calls[i]);
		}
}

/* Whether every snapshot there is can be opened. */
static bool
snapshots_open(const struct ckpt *c)
{
	struct ckpt k;
	uint64_t step, oldest, newest;
	char *name, *path;
	bool good = true;
	int kind;

	for (kind = 0; kind < SNAPSHOTS; kind++) {
		(void)snapshot_count(c, (enum snapshot)kind, &oldest, &newest);
		for (step = 0; step <= newest; step++) {
			name = snapshot_name((enum snapshot)kind, step);
			path = ckpt_path(c, name);
			if (file_exists(path)) {
				good = good && ckpt_open(&k, path) == 0 &&
				    k.step == step;
				ckpt_close(&k);
			}
			free(path);
			free(name);
		}
	}
	return good;
}

/* The process is killed before its nth call; false when it has fewer. */
static bool
try_kill(const char *dir, unsigned nth, size_t *wrong)
{
	struct ckpt c;
	pid_t child;
	int status;

	need(ckpt_open(&c, dir));
	need(commit(&c, 1, CKPT_SYNC_NOW, 1));
	child = fork();
	if (child == 0) {
		fault_set("any", nth, FAULT_KILL);
		_exit(commit(&c, 2, CKPT_SYNC_LATER, 1) == 0 &&
			    commit(&c, 3, CKPT_SYNC_NOW, 1) == 0 ?
			0 :
			2);
	}
	(void)waitpid(child, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		++*wrong;
	need(ckpt_refresh(&c));
	if (!holds(dir, c.step) || c.step < 1 || !snapshots_open(&c) ||
	    count_files(dir, ".tmp.") > 0 ||
	    count_files(dir, "optimizer") != 1) {
		printf("# killed before call %u\n", nth);
		++*wrong;
	}
	ckpt_close(&c);
	return WIFSIGNALED(status);
}

static void
test_kill(bool adapted)
{
	const struct adapter_spec spec = { .rank = 2, .alpha = 4 };
	size_t wrong = 0, trained, total;
	unsigned nth = 0;
	struct ckpt c;
	bool killed;

	make("base", FAMILY_LLAMA, ST_F32);
	need(ckpt_open(&c, "base"));
	do {
		if (adapted)
			need(ckpt_adapt("p", &c, &spec, 1, NULL, &trained,
			    &total));
		else
			make("p", FAMILY_LLAMA, ST_F32);
		killed = try_kill("p", ++nth, &wrong);
		drop("p");
	} while (killed);
	ok(wrong == 0 && nth > 20,
	    "%s killed before each of %u calls of two commits: always a whole "
	    "step and a clean folder",
	    adapted ? "adapters:" : "weights:", nth - 1);
	ckpt_close(&c);
	drop("base");
}

/* The calls of fsync in a synced commit: file and folder, twice. */
static void
test_folder_sync(void)
{
	struct ckpt c;

	make("p", FAMILY_LLAMA, ST_F32);
	need(ckpt_open(&c, "p"));
	need(commit(&c, 1, CKPT_SYNC_NOW, 0));
	fault_set("fsync", 4, EIO);
	ok(commit(&c, 2, CKPT_SYNC_NOW, 0) == 1 && fault_done() &&
		holds("p", 2),
	    "the folder's sync fails after the rename: the step is made: %s",
	    err_last());
	ok(strcmp(err_last(),
	       "p: step 2 is committed, but: p: Input/output error") == 0,
	    "the message says that the step is made, and what failed");
	fault_set("fsync", 4, EINVAL);
	ok(commit(&c, 3, CKPT_SYNC_NOW, 0) == 0 && fault_done() &&
		holds("p", 3),
	    "a file system that cannot sync folders is no failure");
	fault_set("fsync", 3, EIO);
	ok(commit(&c, 4, CKPT_SYNC_NOW, 0) == -1 && holds("p", 3),
	    "the weights' own sync fails: the step is not made");
	ckpt_close(&c);
	drop("p");
}

/* What a kill leaves while a kept step is removed. */
static void
test_pruning(void)
{
	struct ckpt c, k;
	uint64_t oldest, newest;

	make("p", FAMILY_LLAMA, ST_F32);
	need(ckpt_open(&c, "p"));
	need(commit(&c, 1, CKPT_SYNC_NEVER, 2));
	need(commit(&c, 2, CKPT_SYNC_NEVER, 2));
	/* The first step that goes cannot be renamed: it stays whole. */
	fault_set("rename", 4, EIO);
	ok(commit(&c, 3, CKPT_SYNC_NEVER, 2) == 0 && fault_done() &&
		snapshot_count(&c, SNAPSHOT_KEPT, &oldest, &newest) == 3 &&
		ckpt_open(&k, "p/step-000001") == 0,
	    "a kept step is renamed away before its files are removed");
	ckpt_close(&k);
	need(commit(&c, 4, CKPT_SYNC_NEVER, 2));
	ok(snapshot_count(&c, SNAPSHOT_KEPT, &oldest, &newest) == 2 &&
		oldest == 3 && newest == 4,
	    "the next commit removes it");
	ckpt_close(&c);
	drop("p");
}

int
main(void)
{
	scratch_enter();
	test_each();
	test_kill(false);
	test_kill(true);
	test_folder_sync();
	test_pruning();
	scratch_leave();
	return tap_done();
}
