/* SPDX-License-Identifier: MIT */
/*
 * A commit renames a new file over the weights, and a step that is published
 * one over live.safetensors, so the file's identity changes.  inotify on the
 * directory reports it at once; a look each second finds it on file systems
 * without inotify.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "io/wait.h"
#include "nn/ckpt_parts.h"

/* Map the file that is the newest now. */
static int
reload(struct ckpt *c)
{
	char id[CKPT_ID];

	memcpy(id, c->id, sizeof id);
	free(c->fallback);
	c->fallback = NULL;
	if (ckpt_load(c) != 0)
		return -1;
	if (strcmp(id, c->id) != 0)
		return fail("%s: became another policy, %s, meanwhile", c->dir,
		    c->id);
	return 1;
}

/* The identity of the newest weights; whether they are published. */
static uint64_t
newest(const struct ckpt *c, bool *is_live)
{
	const uint64_t live = ckpt_identity(c, ckpt_live_name);
	const uint64_t now = ckpt_identity(c, ckpt_weights_name(c));

	*is_live = live != 0 && live != c->left;
	if (*is_live)
		return live;
	return now == 0 && c->shards ? /* nothing is committed yet */
	    c->identity :
	    now;
}

bool
ckpt_outdated(const struct ckpt *c)
{
	bool is_live;

	return newest(c, &is_live) != c->identity;
}

int
ckpt_refresh(struct ckpt *c)
{
	int rc;

	if (newest(c, &c->live) == c->identity)
		return 0;
	rc = reload(c);
	/* A commit has removed it meanwhile. */
	if (rc < 0 && c->live && ckpt_identity(c, ckpt_live_name) == 0)
		rc = ckpt_refresh(c);
	return rc;
}

/* A descriptor, readable after a change in the directory; -1: no inotify. */
static int
watch(const char *dir)
{
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (fd >= 0 &&
	    inotify_add_watch(fd, dir,
		IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE) < 0) {
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

static void
drain(int fd)
{
	char events[4096];

	while (read(fd, events, sizeof events) > 0)
		continue;
}

uint64_t
follow_step(const struct follow *f, uint64_t segment)
{
	const uint64_t made = segment * f->every;

	return f->first + (made > f->lag ? made - f->lag : 0);
}

int
ckpt_follow(struct ckpt *c, uint64_t step)
{
	enum { POLL_MILLIS = 1000 };
	int fd, r = ckpt_refresh(c);
	bool replaced = r > 0;

	if (r < 0 || c->step >= step)
		return r < 0 ? -1 : replaced;
	fd = watch(c->dir);
	/* The first look finds a commit from before the watch. */
	while ((r = ckpt_refresh(c)) >= 0) {
		replaced |= r > 0;
		if (c->step >= step)
			break;
		r = wait_for(fd, POLL_MILLIS);
		if (r < 0)
			break;
		if (r > 0)
			drain(fd);
	}
	if (fd >= 0)
		(void)close(fd);
	return r < 0 ? -1 : replaced;
}
