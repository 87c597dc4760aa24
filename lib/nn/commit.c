/* SPDX-License-Identifier: MIT */
/*
 * How a step of a policy reaches its directory (apprentice-policy(5)):
 *
 *   1. optimizer-<step>.safetensors and the weights are written aside, by
 *      two threads if there are two
 *   2. unless this commit is synced: if no synced-<step>/ is there, the step
 *      that the directory holds is forced to the disk and linked into one
 *   3. the optimizer file is renamed
 *   4. the weights are renamed over model.safetensors: the commit
 *   5. what was published since the last commit is removed (publish.h); if this
 *      commit is synced, synced-<step>/ too
 *   6. older optimizer files, and shards that the new file replaces, are
 *      removed
 *   7. step-<step>/ is made; the oldest of these are removed
 *
 * Before 4 the directory holds the old step with its optimizer file, after 4
 * the new one.  So a failure before 4 leaves the old step, and one after 4
 * does not undo the new one.  What a killed process left is removed by the
 * next commit, or when the optimizer file is opened.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/par.h"
#include "io/atomic.h"
#include "io/json.h"
#include "nn/ckpt_parts.h"
#include "nn/commit.h"
#include "nn/publish.h"
#include "nn/snapshot.h"

enum { INDEX_MAX = 8 << 20 };

char *
ckpt_optimizer_name(uint64_t step)
{
	struct buf b = { 0 };

	buf_addf(&b, "optimizer-%" PRIu64 ".safetensors", step);
	return buf_text(&b);
}

static char *
optimizer_path(const struct ckpt *c, uint64_t step)
{
	char *name = ckpt_optimizer_name(step), *path = ckpt_path(c, name);

	free(name);
	return path;
}

char *
ckpt_lines_path(const struct ckpt *c, uint64_t step)
{
	struct buf b = { 0 };

	buf_addf(&b, "%s/optimizer-%" PRIu64 ".jsonl", c->dir, step);
	return buf_text(&b);
}

char *
ckpt_optimizer_path(const struct ckpt *c)
{
	return optimizer_path(c, c->step);
}

int
ckpt_optimizer_fail_in(const struct ckpt *c)
{
	char *path = ckpt_optimizer_path(c);

	(void)fail_in("%s", path);
	free(path);
	return -1;
}

/* The step of "optimizer-STEP.safetensors", or .jsonl: 1; else 0. */
static int
optimizer_step(const char *name, uint64_t *step)
{
	char digits[32];
	int end = 0;

	if (sscanf(name, "optimizer-%20[0-9]%n", digits, &end) != 1 ||
	    (strcmp(name + end, ".safetensors") != 0 &&
		strcmp(name + end, ".jsonl") != 0))
		return 0;
	return num_u64(digits, 0, UINT64_MAX, step) == 0;
}

/* Whether a commit gives such names to its files. */
static bool
is_ours(const char *name)
{
	static const char *const ours[] = { "model.safetensors.tmp.",
		"adapter_model.safetensors.tmp.", "live.safetensors.tmp.",
		"optimizer-", "step-", "synced-" };
	bool known = false;
	size_t i;

	for (i = 0; i < sizeof ours / sizeof *ours; i++)
		known |= strncmp(name, ours[i], strlen(ours[i])) == 0;
	return known;
}

/* Remove optimizer files of other steps, and what killed processes left. */
static void
sweep(const struct ckpt *c, uint64_t keep)
{
	DIR *d = opendir(c->dir);
	const struct dirent *e;
	uint64_t step;
	char *path;

	while (d != NULL && (e = readdir(d)) != NULL) {
		path = ckpt_path(c, e->d_name);
		if ((optimizer_step(e->d_name, &step) && step != keep) ||
		    (is_ours(e->d_name) && atomic_left_over(path)))
			remove_path(path);
		free(path);
	}
	if (d != NULL)
		(void)closedir(d);
}

struct safetensors *
ckpt_optimizer(const struct ckpt *c)
{
	char *path = ckpt_optimizer_path(c);
	struct safetensors *s = NULL;

	sweep(c, c->step);
	if (file_exists(path))
		s = st_open(path);
	else
		(void)fail("%s: not there", path);
	free(path);
	return s;
}

/* The optimizer file of the step that is open: 0, or -1 if it is damaged. */
static int
open_state(struct ckpt *c, struct safetensors **file)
{
	char *path = ckpt_optimizer_path(c);
	int rc = 0;

	*file = file_exists(path) ? st_open(path) : NULL;
	if (*file != NULL) {
		c->file = mem_grow(c->file, &c->file_cap, c->files + 1,
		    sizeof(struct safetensors *));
		c->file[c->files++] = *file;
	} else if (file_exists(path))
		rc = -1;
	free(path);
	return rc;
}

int
ckpt_open_trained(struct ckpt *c, const char *dir, struct safetensors **file)
{
	uint64_t now;
	int rc, state;
	bool again;

	do {
		rc = ckpt_open(c, dir);
		if (rc < 0)
			return -1;
		state = open_state(c, file);
		/* A commit in between removes the file of the older step. */
		now = ckpt_identity(c, ckpt_weights_name(c));
		again = *file == NULL && now != 0 && now != c->identity;
		if (again || state != 0)
			ckpt_close(c);
	} while (again);
	return state != 0 ? -1 : rc;
}

/*
 * Call fn for the index and each shard that it names, shards first; -1 if a
 * call did.
 */
static int
each_shard(const struct ckpt *c, int (*fn)(const char *path))
{
	char *index = ckpt_path(c, "model.safetensors.index.json"), *path;
	struct json *j = NULL;
	const struct json *map;
	const char *name;
	void *it;
	int rc = 0;

	if (file_exists(index))
		j = json_read_file(index, INDEX_MAX);
	map = json_get(j, "weight_map");
	for (it = json_next(map, NULL); it != NULL; it = json_next(map, it)) {
		name = json_text(json_value(it), NULL);
		if (name == NULL || strchr(name, '/') != NULL ||
		    strcmp(name, "model.safetensors") == 0)
			continue;
		path = ckpt_path(c, name);
		rc = rc != 0 ? rc : fn(path);
		free(path);
	}
	if (j != NULL && rc == 0)
		rc = fn(index);
	json_free(j);
	free(index);
	return rc;
}

static int
remove_one(const char *path)
{
	(void)unlink(path);
	return 0;
}

static int
refuse_link(const char *path)
{
	return is_link(path) ? fail("%s: a symbolic link", path) : 0;
}

int
ckpt_check_links(const struct ckpt *c)
{
	char *weights = ckpt_path(c, ckpt_weights_name(c));
	int rc = refuse_link(weights);

	if (rc == 0 && c->adapter == NULL && !file_exists(weights))
		rc = each_shard(c, refuse_link);
	free(weights);
	if (rc != 0)
		return fail_kind(ERR_LINKED_WEIGHTS, c->dir,
		    "%s: training would replace it in this directory, which "
		    "may be a download cache",
		    err_last());
	if (c->config.inside && c->adapter == NULL)
		return fail_kind(ERR_LINKED_WEIGHTS, c->dir,
		    "%s: training would drop the parts of this model that do "
		    "not read text",
		    c->dir);
	return 0;
}

/* The two files of a step, on their way. */
enum { STATE, WEIGHTS, FILES };

struct writing {
	const struct ckpt *c;
	const struct params *weights;
	const struct st_tensor *state;
	size_t n;
	uint64_t step;
	char *path[FILES];
	struct atomic *aside[FILES];
	char *error[FILES]; /* messages belong to threads */
};

static void
write_file(size_t i, void *arg)
{
	struct writing *w = arg;
	const struct ckpt_weights weights = { w->c->dir, w->path[WEIGHTS],
		w->weights, w->c->dtype, w->c->id, w->step, w->c->base };

	if (i == WEIGHTS)
		w->aside[i] = ckpt_weights_aside(&weights);
	else if (w->n > 0)
		w->aside[i] =
		    st_write_aside(w->path[i], w->state, w->n, NULL, 0);
	if (w->aside[i] == NULL && (i == WEIGHTS || w->n > 0))
		w->error[i] = mem_dup(err_last(), strlen(err_last()));
}

/* Both aside, or none. */
static int
write_files(struct writing *w)
{
	size_t i;
	int rc = 0;

	par_for(FILES, write_file, w);
	for (i = FILES; i-- > 0;) /* of two failures, the first is reported */
		if (w->error[i] != NULL)
			rc = fail("%s", w->error[i]);
	for (i = 0; i < FILES; i++) {
		if (rc != 0)
			atomic_abort(w->aside[i]);
		free(w->error[i]);
	}
	return rc;
}

/* As atomic_commit of the weights: what counts is whether they are renamed. */
static int
commit_files(struct writing *w, bool sync)
{
	const bool fresh = w->step != w->c->step;
	int rc = w->n > 0 ? atomic_commit(w->aside[STATE], sync) : 0;

	if (rc == 0)
		rc = atomic_commit(w->aside[WEIGHTS], sync);
	else {
		atomic_abort(w->aside[WEIGHTS]);
		rc = -1;
	}
	if (rc < 0 && fresh)
		(void)unlink(w->path[STATE]);
	return rc;
}

int
ckpt_sync_files(const struct ckpt *c)
{
	char *weights = ckpt_path(c, ckpt_weights_name(c));
	char *state = optimizer_path(c, c->step);
	int rc = 0;

	/* A policy that is still in shards has had no commit. */
	if (file_exists(weights))
		rc = sync_path(weights);
	if (rc == 0 && file_exists(state))
		rc = sync_path(state);
	if (rc == 0)
		rc = sync_path(c->dir);
	free(weights);
	free(state);
	return rc;
}

/* What follows the rename, which it does not undo: 0, or 1 with a message. */
static int
tidy(const struct ckpt *c, enum ckpt_sync sync, size_t keep)
{
	int rc = 0;

	ckpt_unpublish(c);
	if (sync == CKPT_SYNC_NOW)
		snapshot_prune(c, SNAPSHOT_SYNCED, 0);
	sweep(c, c->step);
	(void)each_shard(c, remove_one);
	if (keep > 0) {
		rc = snapshot_make(c, SNAPSHOT_KEPT, c->step);
		snapshot_prune(c, SNAPSHOT_KEPT, keep);
	}
	return rc == 0 ? 0 : 1;
}

int
ckpt_commit(struct ckpt *c, const struct params *weights,
    const struct st_tensor *state, size_t n, uint64_t step, enum ckpt_sync sync,
    size_t keep)
{
	struct writing w = { .c = c,
		.weights = weights,
		.state = state,
		.n = n,
		.step = step,
		.path = { optimizer_path(c, step),
		    ckpt_path(c, ckpt_weights_name(c)) } };
	int rc = write_files(&w);

	if (rc == 0) {
		if (sync == CKPT_SYNC_LATER && !ckpt_hold_synced(c))
			sync = CKPT_SYNC_NOW;
		rc = commit_files(&w, sync == CKPT_SYNC_NOW);
	}
	free(w.path[STATE]);
	free(w.path[WEIGHTS]);
	if (rc >= 0)
		c->step = step;
	if (rc == 0) /* otherwise the disk may still need the old files */
		rc = tidy(c, sync, keep);
	if (rc > 0)
		(void)fail_in("%s: step %" PRIu64 " is committed, but", c->dir,
		    step);
	return rc;
}

int
ckpt_sync(const struct ckpt *c)
{
	if (ckpt_sync_files(c) != 0)
		return -1;
	snapshot_prune(c, SNAPSHOT_SYNCED, 0);
	return 0;
}

int
ckpt_lock(const struct ckpt *c)
{
	enum { TRIES = 20 };
	const struct timespec moment = { .tv_nsec = 100000000 };
	int fd = open(c->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), i, rc;

	if (fd < 0)
		return fail_sys("%s", c->dir);
	for (i = 0; (rc = flock(fd, LOCK_EX | LOCK_NB)) != 0 &&
	     errno == EWOULDBLOCK && i < TRIES;
	     i++)
		(void)nanosleep(&moment, NULL);
	if (rc == 0 || errno != EWOULDBLOCK)
		return fd;
	(void)close(fd);
	return fail("%s: another process is training it: wait for it, or "
		    "end it",
	    c->dir);
}
