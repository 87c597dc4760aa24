/* SPDX-License-Identifier: MIT */
/*
 * How a step of a policy reaches its directory (apprentice-policy(5)):
 *
 *   1. optimizer-<step>.safetensors and the weights are written aside, by
 *      two threads where there are
 *   2. the optimiser's file is renamed
 *   3. the weights are renamed over model.safetensors: the commit
 *   4. older optimiser files, and shards that the new file replaces, go
 *   5. step-<step>/ is made aside and renamed; the oldest of these go
 *
 * Before 3 the directory holds the old step, with its optimiser file still
 * there; after 3 it holds the new one.  What a killed run left lying is
 * removed by the next commit, or when the optimiser's file is opened.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
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

enum { INDEX_MAX = 8 << 20 };

static char *
optimizer_path(const struct ckpt *c, uint64_t step)
{
	struct buf b = { 0 };

	buf_addf(&b, "%s/optimizer-%" PRIu64 ".safetensors", c->dir, step);
	return buf_text(&b);
}

/* The step of "optimizer-STEP.safetensors": 1, or 0 for another name. */
static int
optimizer_step(const char *name, uint64_t *step)
{
	char digits[32];
	int end = 0;

	if (sscanf(name, "optimizer-%20[0-9].safetensors%n", digits, &end) !=
		1 ||
	    end == 0 || name[end] != '\0')
		return 0;
	return num_u64(digits, 0, UINT64_MAX, step) == 0;
}

/* One of our names with ".tmp.PID" of a process that is no more. */
static bool
is_left_over(const char *name)
{
	static const char *const ours[] = { "model.safetensors.tmp.",
		"adapter_model.safetensors.tmp.", "optimizer-", "step-" };
	const char *at = strstr(name, ".tmp.");
	bool known = false;
	uint64_t pid;
	size_t i;

	for (i = 0; i < sizeof ours / sizeof *ours; i++)
		known |= strncmp(name, ours[i], strlen(ours[i])) == 0;
	return known && at != NULL &&
	    num_u64(at + 5, 1, INT32_MAX, &pid) == 0 &&
	    kill((pid_t)pid, 0) != 0 && errno == ESRCH;
}

void
ckpt_remove_folder(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			(void)unlinkat(dirfd(d), e->d_name, 0);
	if (d != NULL)
		(void)closedir(d);
	(void)rmdir(dir);
}

/* Remove optimiser files of other steps, and what killed runs left. */
static void
sweep(const struct ckpt *c, uint64_t keep)
{
	DIR *d = opendir(c->dir);
	struct dirent *e;
	uint64_t step;
	char *path;

	while (d != NULL && (e = readdir(d)) != NULL) {
		if (!(optimizer_step(e->d_name, &step) && step != keep) &&
		    !is_left_over(e->d_name))
			continue;
		path = ckpt_path(c, e->d_name);
		if (unlink(path) != 0)
			ckpt_remove_folder(path);
		free(path);
	}
	if (d != NULL)
		(void)closedir(d);
}

struct safetensors *
ckpt_optimizer(const struct ckpt *c)
{
	char *path = optimizer_path(c, c->step);
	struct safetensors *s = NULL;

	sweep(c, c->step);
	if (file_exists(path))
		s = st_open(path);
	else
		(void)fail("%s: not there", path);
	free(path);
	return s;
}

/* The weights as the file's dtype has them; the caller frees *block. */
static struct st_tensor *
as_stored(const struct params *w, enum st_dtype dtype, char **block)
{
	struct st_tensor *t = mem_alloc(w->tensors, sizeof *t);
	size_t size = st_dtype_size(dtype), at = 0, i;

	*block = dtype == ST_F32 ? NULL : mem_alloc(w->total, size);
	for (i = 0; i < w->tensors; i++) {
		const struct tensor *from = &w->tensor[i];

		t[i] = (struct st_tensor){ .name = from->name,
			.dtype = dtype,
			.dims = from->dims,
			.shape = { from->rows, from->cols },
			.n = from->n,
			.bytes = from->n * size,
			.data = from->p };
		if (*block != NULL) {
			t[i].data = *block + at;
			st_from_f32(t[i].data, from->p, dtype, from->n);
			at += t[i].bytes;
		}
	}
	return t;
}

struct atomic *
ckpt_weights_aside(const char *path, const struct params *w,
    enum st_dtype dtype, const char *id, uint64_t step, const struct ckpt *base)
{
	char text[24], of[24], *block;
	const char *const meta[][2] = { { "apprentice.id", id },
		{ "apprentice.step", text },
		{ "apprentice.base", base == NULL ? NULL : base->id },
		{ "apprentice.base_step", of } };
	struct st_tensor *t = as_stored(w, dtype, &block);
	struct atomic *a;

	(void)snprintf(text, sizeof text, "%" PRIu64, step);
	(void)snprintf(of, sizeof of, "%" PRIu64,
	    base == NULL ? 0 : base->step);
	a = st_write_aside(path, t, w->tensors, meta, base == NULL ? 2 : 4);
	free(t);
	free(block);
	return a;
}

/*
 * The shards that model.safetensors has replaced, and then their index: as
 * long as that is there, a shard may be.
 */
static void
remove_shards(const struct ckpt *c)
{
	char *index = ckpt_path(c, "model.safetensors.index.json"), *path;
	struct json *j = NULL;
	const struct json *map;
	const char *name;
	void *it;

	if (file_exists(index))
		j = json_read_file(index, INDEX_MAX);
	map = json_get(j, "weight_map");
	for (it = json_next(map, NULL); it != NULL; it = json_next(map, it)) {
		name = json_text(json_value(it), NULL);
		if (name == NULL || strchr(name, '/') != NULL ||
		    strcmp(name, "model.safetensors") == 0)
			continue;
		path = ckpt_path(c, name);
		(void)unlink(path);
		free(path);
	}
	if (j != NULL)
		(void)unlink(index);
	json_free(j);
	free(index);
}

/* Whether that is the name of a step that is kept, as we write it. */
static bool
kept_step(const char *name, uint64_t *step)
{
	char ours[40];

	if (strncmp(name, "step-", 5) != 0 ||
	    num_u64(name + 5, 0, INT64_MAX, step) != 0)
		return false;
	(void)snprintf(ours, sizeof ours, "step-%06" PRIu64, *step);
	return strcmp(name, ours) == 0;
}

/* Remove the oldest kept steps until `keep` are left. */
static void
prune(const struct ckpt *c, size_t keep)
{
	uint64_t step, oldest;
	struct dirent *e;
	char name[40], *path;
	size_t n;
	DIR *d;

	do {
		n = 0;
		oldest = UINT64_MAX;
		d = opendir(c->dir);
		while (d != NULL && (e = readdir(d)) != NULL)
			if (kept_step(e->d_name, &step)) {
				n++;
				oldest = step < oldest ? step : oldest;
			}
		if (d != NULL)
			(void)closedir(d);
		if (n <= keep)
			return;
		(void)snprintf(name, sizeof name, "step-%06" PRIu64, oldest);
		path = ckpt_path(c, name);
		ckpt_remove_folder(path);
		n -= !file_exists(path);
		free(path);
	} while (n > keep);
}

/* A hard link in the folder `to`, where there is such a file. */
static int
link_into(const struct ckpt *c, const char *to, const char *name)
{
	char *from = ckpt_path(c, name);
	struct buf path = { 0 };
	int rc = 0;

	buf_addf(&path, "%s/%s", to, name);
	if (link(from, buf_text(&path)) != 0 && errno != ENOENT)
		rc = fail_sys("%s", path.p);
	buf_release(&path);
	free(from);
	return rc;
}

/* step-000042/: hard links to the weights and to what belongs to them. */
static int
keep_step(const struct ckpt *c, uint64_t step)
{
	const char *const *beside = ckpt_beside();
	struct buf dir = { 0 }, aside = { 0 };
	int rc = 0;

	buf_addf(&dir, "%s/step-%06" PRIu64, c->dir, step);
	buf_addf(&aside, "%s.tmp.%ld", buf_text(&dir), (long)getpid());
	if (mkdir(buf_text(&aside), 0777) != 0)
		rc = fail_sys("%s", aside.p);
	if (rc == 0)
		rc = link_into(c, aside.p, ckpt_weights_name(c));
	if (rc == 0)
		rc = link_into(c, aside.p,
		    c->adapter == NULL ? "config.json" : "adapter_config.json");
	for (; rc == 0 && *beside != NULL; beside++)
		rc = link_into(c, aside.p, *beside);
	/* Of a run that was there before this one went back. */
	if (rc == 0)
		ckpt_remove_folder(dir.p);
	if (rc == 0 && rename(aside.p, dir.p) != 0)
		rc = fail_sys("%s", dir.p);
	if (rc != 0)
		ckpt_remove_folder(aside.p);
	buf_release(&dir);
	buf_release(&aside);
	return rc;
}

/* The two files of a step on their way. */
enum { STATE, WEIGHTS, FILES };

struct writing {
	const struct ckpt *c;
	const struct params *weights;
	const struct st_tensor *state;
	size_t n;
	uint64_t step;
	char *path[FILES];
	struct atomic *aside[FILES];
	char *error[FILES]; /* a thread's own words */
};

static void
write_file(size_t i, void *arg)
{
	struct writing *w = arg;

	if (i == WEIGHTS)
		w->aside[i] = ckpt_weights_aside(w->path[i], w->weights,
		    w->c->dtype, w->c->id, w->step, w->c->base);
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
	for (i = FILES; i-- > 0;) /* of two, the first is told */
		if (w->error[i] != NULL)
			rc = fail("%s", w->error[i]);
	for (i = 0; i < FILES; i++) {
		if (rc != 0)
			atomic_abort(w->aside[i]);
		free(w->error[i]);
	}
	return rc;
}

static int
commit_files(struct writing *w, bool sync)
{
	int rc = 0;

	if (w->n > 0)
		rc = atomic_commit(w->aside[STATE], sync);
	if (rc != 0) {
		atomic_abort(w->aside[WEIGHTS]);
		return -1;
	}
	rc = atomic_commit(w->aside[WEIGHTS], sync);
	if (rc != 0 && w->step != w->c->step)
		(void)unlink(w->path[STATE]);
	return rc;
}

int
ckpt_commit(struct ckpt *c, const struct params *weights,
    const struct st_tensor *state, size_t n, uint64_t step, bool sync,
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

	if (rc == 0)
		rc = commit_files(&w, sync);
	free(w.path[STATE]);
	free(w.path[WEIGHTS]);
	if (rc != 0)
		return -1;
	c->step = step;
	sweep(c, step);
	remove_shards(c);
	if (keep == 0)
		return 0;
	rc = keep_step(c, step);
	prune(c, keep);
	return rc;
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

static int
sync_one(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc = 0;

	if (fd < 0 || fsync(fd) != 0)
		rc = fail_sys("%s", path);
	if (fd >= 0)
		(void)close(fd);
	return rc;
}

int
ckpt_sync(const struct ckpt *c)
{
	char *weights = ckpt_path(c, ckpt_weights_name(c));
	char *state = optimizer_path(c, c->step);
	int rc = 0;

	/* Nothing was ever committed of a policy that is still in shards. */
	if (file_exists(weights))
		rc = sync_one(weights);
	if (rc == 0 && file_exists(state))
		rc = sync_one(state);
	if (rc == 0)
		rc = sync_one(c->dir);
	free(weights);
	free(state);
	return rc;
}
