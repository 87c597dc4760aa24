/* SPDX-License-Identifier: MIT */
/*
 * The step that is known to be on the disk: synced-STEP/, a folder of links
 * to its files (nn/snapshot.h), while the directory holds newer ones.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "nn/ckpt_parts.h"
#include "nn/commit.h"
#include "nn/snapshot.h"

bool
ckpt_synced(const struct ckpt *c, uint64_t *step)
{
	uint64_t oldest, newest;
	bool there = snapshot_count(c, SNAPSHOT_SYNCED, &oldest, &newest) > 0;

	if (step != NULL)
		*step = newest;
	return there;
}

bool
ckpt_hold_synced(const struct ckpt *c)
{
	char *weights = ckpt_path(c, ckpt_weights_name(c));
	const bool whole = file_exists(weights); /* not in shards */

	free(weights);
	return ckpt_synced(c, NULL) ||
	    (whole && ckpt_sync_files(c) == 0 &&
		snapshot_make(c, SNAPSHOT_SYNCED, c->step) == 0);
}

int
ckpt_restore(struct ckpt *c)
{
	uint64_t step;

	if (!ckpt_synced(c, &step))
		return 0;
	if (snapshot_restore(c, SNAPSHOT_SYNCED, step) != 0 ||
	    ckpt_refresh(c) < 0)
		return -1;
	return 1;
}

int
ckpt_fall_back(struct ckpt *c)
{
	char *why = mem_dup(err_last(), strlen(err_last())), *name = NULL;
	struct buf b = { 0 };
	uint64_t step;
	int rc = -1;

	if (err_last_kind() == ERR_DAMAGED && ckpt_synced(c, &step)) {
		name = snapshot_name(SNAPSHOT_SYNCED, step);
		buf_addf(&b, "%s/%s", name, ckpt_weights_name(c));
		c->fallback = buf_text(&b);
		rc = ckpt_load(c) == 0 ? 1 : -1;
	}
	if (rc > 0)
		(void)fail("%s; %s/%s is whole", why, c->dir, name);
	else
		(void)fail("%s", why);
	free(name);
	free(why);
	return rc;
}
