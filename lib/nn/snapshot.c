/* SPDX-License-Identifier: MIT */
#include "nn/snapshot.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "nn/ckpt_parts.h"

static const char *const prefixes[SNAPSHOTS] = {
	[SNAPSHOT_KEPT] = "step-",
	[SNAPSHOT_SYNCED] = "synced-",
};

char *
snapshot_name(enum snapshot kind, uint64_t step)
{
	struct buf b = { 0 };

	buf_addf(&b, "%s%06" PRIu64, prefixes[kind], step);
	return buf_text(&b);
}

/* Whether that is a snapshot's name, as we write it. */
static bool
read_name(enum snapshot kind, const char *name, uint64_t *step)
{
	const size_t n = strlen(prefixes[kind]);
	char *ours;
	bool same;

	if (strncmp(name, prefixes[kind], n) != 0)
		return false;
	*step = strtoull(name + n, NULL, 10);
	ours = snapshot_name(kind, *step);
	same = strcmp(name, ours) == 0;
	free(ours);
	return same;
}

size_t
snapshot_count(const struct ckpt *c, enum snapshot kind, uint64_t *oldest,
    uint64_t *newest)
{
	DIR *d = opendir(c->dir);
	const struct dirent *e;
	uint64_t step;
	size_t n = 0;

	*oldest = UINT64_MAX;
	*newest = 0;
	while (d != NULL && (e = readdir(d)) != NULL)
		if (read_name(kind, e->d_name, &step)) {
			n++;
			*oldest = step < *oldest ? step : *oldest;
			*newest = step > *newest ? step : *newest;
		}
	if (d != NULL)
		(void)closedir(d);
	return n;
}

/* A name that belongs to this process, so that a sweep finds it later. */
static char *
aside_of(const char *path)
{
	struct buf b = { 0 };

	buf_addf(&b, "%s.tmp.%ld", path, (long)getpid());
	return buf_text(&b);
}

/* Remove a snapshot: none of its names ever leads to a part of its files. */
static void
drop(const char *path)
{
	struct buf old = { 0 };
	struct stat st;

	buf_addf(&old, "%s.old.tmp.%ld", path, (long)getpid());
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode) &&
	    rename(path, buf_text(&old)) == 0)
		remove_path(old.p);
	buf_release(&old);
}

void
snapshot_prune(const struct ckpt *c, enum snapshot kind, size_t keep)
{
	uint64_t oldest, newest;
	char *name, *path;
	bool gone = true;

	while (gone && snapshot_count(c, kind, &oldest, &newest) > keep) {
		name = snapshot_name(kind, oldest);
		path = ckpt_path(c, name);
		drop(path);
		gone = !file_exists(path);
		free(path);
		free(name);
	}
}

/* DIR/NAME; the caller frees. */
static char *
inside(const char *dir, const char *name)
{
	struct buf b = { 0 };

	buf_addf(&b, "%s/%s", dir, name);
	return buf_text(&b);
}

/*
 * A hard link in the folder `to`, if there is such a file: 0 or an errno.
 * Symbolic links are followed, since they may be relative to where they lie.
 */
static int
link_into(const struct ckpt *c, const char *to, const char *name)
{
	char *from = ckpt_path(c, name), *path = inside(to, name);
	int rc = linkat(AT_FDCWD, from, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
	int error = rc == 0 || errno == ENOENT ? 0 : errno;

	free(path);
	free(from);
	return error;
}

static int
link_own(const struct ckpt *c, const char *to, const char *name)
{
	errno = link_into(c, to, name);
	return errno == 0 ? 0 : fail_sys("%s/%s", to, name);
}

/* A file that is not ours, or lies elsewhere, is copied. */
static int
link_or_copy(const struct ckpt *c, const char *to, const char *name)
{
	errno = link_into(c, to, name);
	if (errno == EXDEV || errno == EPERM || errno == EMLINK)
		return ckpt_copy_file(to, c->dir, name);
	return errno == 0 ? 0 : fail_sys("%s/%s", to, name);
}

static int
fill(const struct ckpt *c, const char *to, bool state, uint64_t step)
{
	const char *const *name = ckpt_extra_files();
	char *optimizer = ckpt_optimizer_name(step);
	int rc = link_own(c, to, ckpt_weights_name(c));

	if (rc == 0 && state)
		rc = link_own(c, to, optimizer);
	if (rc == 0)
		rc = link_or_copy(c, to,
		    c->adapter == NULL ? "config.json" : "adapter_config.json");
	for (; rc == 0 && *name != NULL; name++)
		rc = link_or_copy(c, to, *name);
	free(optimizer);
	return rc;
}

int
snapshot_make(const struct ckpt *c, enum snapshot kind, uint64_t step)
{
	const bool synced = kind == SNAPSHOT_SYNCED;
	char *name = snapshot_name(kind, step), *path = ckpt_path(c, name);
	char *aside = aside_of(path);
	int rc = 0;

	remove_path(aside);
	if (mkdir(aside, 0777) != 0)
		rc = fail_sys("%s", aside);
	if (rc == 0)
		rc = fill(c, aside, synced || c->whole_steps, step);
	if (rc == 0 && synced)
		rc = sync_path(aside);
	/* The same step of a run that went back to an earlier one. */
	if (rc == 0)
		drop(path);
	if (rc == 0 && rename(aside, path) != 0)
		rc = fail_sys("%s", path);
	if (rc == 0 && synced)
		rc = sync_path(c->dir);
	if (rc != 0)
		remove_path(aside);
	free(aside);
	free(path);
	free(name);
	return rc;
}

/* By a link aside that is renamed: the place is never empty. */
static int
put_back(const struct ckpt *c, const char *folder, const char *name)
{
	char *from = inside(folder, name), *to = ckpt_path(c, name);
	char *aside = aside_of(to);
	int rc = 0;

	if (file_exists(from)) {
		(void)unlink(aside);
		if (link(from, aside) != 0 || rename(aside, to) != 0)
			rc = fail_sys("%s", to);
	}
	free(aside);
	free(to);
	free(from);
	return rc;
}

int
snapshot_restore(const struct ckpt *c, enum snapshot kind, uint64_t step)
{
	char *name = snapshot_name(kind, step), *folder = ckpt_path(c, name);
	char *optimizer = ckpt_optimizer_name(step);
	int rc = put_back(c, folder, optimizer);

	if (rc == 0)
		rc = put_back(c, folder, ckpt_weights_name(c));
	if (rc == 0)
		rc = sync_path(c->dir);
	free(optimizer);
	free(folder);
	free(name);
	return rc;
}
