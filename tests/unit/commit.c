/* SPDX-License-Identifier: MIT */
#include "tests/policydir.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nn/publish.h"
#include "tests/scratch.h"
#include "tests/tap.h"

/* The first number of the embedding, however it is stored. */
static float
first_weight(const struct ckpt *c)
{
	float x;

	stored_widen(&x, &c->params.embed_view, 0, 1);
	return x;
}

static void
test_commit(enum st_dtype dtype)
{
	char name[] = "m.model.norm.weight";
	float m[8] = { 1, 2, 3 };
	struct st_tensor state = { .name = name,
		.dtype = ST_F32,
		.dims = 1,
		.shape = { 8 },
		.n = 8,
		.bytes = sizeof m,
		.data = m };
	struct safetensors *s;
	struct ckpt c, d;
	struct params w;
	uint64_t step;

	make("p", FAMILY_LLAMA, dtype);
	put("p/tokenizer.json", "{}");
	need(ckpt_open(&c, "p"));
	need(ckpt_open(&d, "p"));
	ok(strlen(d.tokenizer) == 32,
	    "the fingerprint of the tokenizer has 32 digits");
	ok(ckpt_optimizer(&c) == NULL, "a new policy has no optimizer file");
	params_like(&w, &c.params, &c.config);
	params_widen(&c.params, 0, w.embed);
	for (step = 1; step <= 12; step++) {
		w.embed[0] = (float)step;
		need(ckpt_commit(&c, &w, &state, 1, step, CKPT_SYNC_NEVER, 3));
	}
	ok(first_weight(&d) != 12 && d.step == 0,
	    "a reader keeps the old weights");
	ok(ckpt_refresh(&d) == 1 && d.step == 12 && first_weight(&d) == 12 &&
		d.dtype == dtype,
	    "ckpt_refresh maps the new weights");
	ok(ckpt_refresh(&d) == 0, "a second ckpt_refresh finds no change");
	ok(count_files("p", "optimizer-") == 1 && count_files("p", "") == 7,
	    "one optimizer file and three kept steps: %zu files",
	    count_files("p", ""));
	ok(count_files("p/step-000010", "") == 3 &&
		file_exists("p/step-000012/tokenizer.json"),
	    "a kept step has config and tokenizer");
	s = ckpt_optimizer(&d);
	ok(s != NULL && st_find(s, name) != NULL &&
		memcmp(st_find(s, name)->data, m, sizeof m) == 0,
	    "the optimizer file has the state");
	st_close(s);
	ok(ckpt_sync(&d) == 0, "ckpt_sync succeeds");
	ckpt_close(&d);
	need(ckpt_open(&d, "p/step-000011"));
	ok(d.step == 11 && first_weight(&d) == 11, "a kept step is a policy");
	ckpt_close(&d);
	ckpt_close(&c);
	params_release(&w);
	drop("p");
}

static bool
refreshes_to(struct ckpt *c, uint64_t step)
{
	return ckpt_refresh(c) == 1 && c->step == step &&
	    first_weight(c) == (float)step && ckpt_refresh(c) == 0;
}

/* Steps that only followers see. */
static void
test_publish(void)
{
	struct ckpt c, before, after;
	struct params w;

	make("p", FAMILY_LLAMA, ST_F32);
	need(ckpt_open(&c, "p"));
	need(ckpt_open(&before, "p"));
	params_like(&w, &c.params, &c.config);
	params_widen(&c.params, 0, w.embed);
	w.embed[0] = 5;
	need(ckpt_publish(&c, &w, 5));
	need(ckpt_open(&after, "p"));
	ok(after.step == 0, "what is published is not what the policy is");
	ok(refreshes_to(&before, 5), "a follower reads a step published later");
	ok(ckpt_refresh(&after) == 0 && after.step == 0,
	    "one that was there before is not read: its run may be dead");
	w.embed[0] = 6;
	need(ckpt_publish(&c, &w, 6));
	ok(refreshes_to(&before, 6) && refreshes_to(&after, 6),
	    "the next one is");
	w.embed[0] = 7;
	need(ckpt_commit(&c, &w, NULL, 0, 7, CKPT_SYNC_NEVER, 0));
	ok(!file_exists("p/live.safetensors"), "a commit removes it");
	ok(refreshes_to(&before, 7) && refreshes_to(&after, 7),
	    "a follower goes on from the commit");
	w.embed[0] = 8;
	need(ckpt_publish(&c, &w, 8));
	ok(refreshes_to(&before, 8), "and from the next step");
	ckpt_unpublish(&c);
	ok(refreshes_to(&before, 7), "back at the commit, if the run died");
	params_release(&w);
	ckpt_close(&after);
	ckpt_close(&before);
	ckpt_close(&c);
	drop("p");
}

/* What a killed run leaves, and what is not ours. */
static void
test_sweep(void)
{
	struct ckpt c;
	pid_t dead = fork();

	if (dead == 0)
		_exit(0);
	(void)waitpid(dead, NULL, 0);
	make("p", FAMILY_LLAMA, ST_F32);
	need(ckpt_open(&c, "p"));
	struct buf b = { 0 };
	buf_addf(&b, "p/model.safetensors.tmp.%ld", (long)dead);
	put(buf_text(&b), "x");
	buf_reset(&b);
	buf_addf(&b, "p/step-000003.tmp.%ld", (long)dead);
	need(mkdir(buf_text(&b), 0777));
	buf_reset(&b);
	buf_addf(&b, "p/notes.tmp.%ld", (long)dead);
	put(buf_text(&b), "x");
	buf_reset(&b);
	buf_addf(&b, "p/model.safetensors.tmp.%ld", (long)getppid());
	put(buf_text(&b), "x");
	put("p/optimizer-1.safetensors", "x");
	put("p/optimizer-x.safetensors", "x");
	need(mkdir("p/step-7", 0777));
	ok(ckpt_optimizer(&c) == NULL && count_files("p", "tmp") == 2,
	    "temporary files of ended processes go");
	ok(count_files("p", "optimizer") == 1,
	    "the optimizer file of a step that was not made goes");
	need(ckpt_commit(&c, &c.params, NULL, 0, 1, CKPT_SYNC_NEVER, 1));
	ok(file_exists("p/step-7") && file_exists("p/step-000001"),
	    "other files with similar names stay");
	put("p/optimizer-1.safetensors", "x");
	ok(ckpt_optimizer(&c) == NULL &&
		strstr(err_last(), "p/optimizer-1.safetensors: 1 bytes") !=
		    NULL,
	    "a damaged optimizer file is refused: %s", err_last());
	buf_release(&b);
	ckpt_close(&c);
	drop("p");
}

static void
test_follow(void)
{
	struct ckpt c, w;
	pid_t child;
	int status;

	make("p", FAMILY_LLAMA, ST_F32);
	need(ckpt_open(&c, "p"));
	child = fork();
	if (child == 0) {
		alarm(120);
		_exit(ckpt_follow(&c, 3) == 1 && c.step == 3 &&
			    ckpt_follow(&c, 2) == 0 ?
			0 :
			1);
	}
	need(ckpt_open(&w, "p"));
	for (int i = 1; i <= 3; i++) {
		need(ckpt_commit(&w, &w.params, NULL, 0, (uint64_t)i,
		    CKPT_SYNC_NEVER, 0));
	}
	(void)waitpid(child, &status, 0);
	ok(status == 0, "a follower wakes at the step it waits for");
	ckpt_close(&w);

	/* Nobody reads what it would write. */
	int fd[2];
	need(pipe(fd));
	child = fork();
	if (child == 0) {
		alarm(120);
		(void)close(fd[0]);
		(void)dup2(fd[1], STDOUT_FILENO);
		(void)close(fd[1]);
		_exit(ckpt_follow(&c, 9) == -1 && err_is_pipe() ? 0 : 1);
	}
	(void)close(fd[1]);
	(void)close(fd[0]);
	(void)waitpid(child, &status, 0);
	ok(status == 0, "a follower ends when its output is closed");
	ckpt_close(&c);
	drop("p");
}

int
main(void)
{
	scratch_enter();
	test_commit(ST_F32);
	test_commit(ST_BF16);
	test_sweep();
	test_publish();
	test_follow();
	scratch_leave();
	return tap_done();
}
