/* SPDX-License-Identifier: MIT */
/*
 * snapshot: folders in a policy's directory that keep a step: hard links to all
 * its files, so that each is a policy by itself.
 *
 *	step-000042/	a step that was kept, with its optimizer file if the
 *			checkpoint has whole_steps
 *	synced-000042/	the last step that is known to be on the disk, with its
 *			optimizer file, while newer steps are not (ckpt_commit)
 *
 * A folder is filled as NAME.tmp.PID and renamed, and renamed away before its
 * files are removed, so one that is there is whole.
 */
#ifndef NN_SNAPSHOT_H
#define NN_SNAPSHOT_H

#include "nn/ckpt.h"

enum snapshot { SNAPSHOT_KEPT, SNAPSHOT_SYNCED, SNAPSHOTS };

/* "step-000042"; the caller frees. */
char *snapshot_name(enum snapshot, uint64_t step);
/* How many there are; *oldest and *newest of their steps if there are any. */
size_t snapshot_count(const struct ckpt *, enum snapshot, uint64_t *oldest,
    uint64_t *newest);
/*
 * Make one of the files that the directory holds now, which are those of
 * `step`; a SNAPSHOT_SYNCED is forced to the disk with its folder.
 */
must_use int snapshot_make(const struct ckpt *, enum snapshot, uint64_t step);
/* Remove the oldest until `keep` are left. */
void snapshot_prune(const struct ckpt *, enum snapshot, size_t keep);
/* Put weights and optimizer file of a snapshot back in their place. */
must_use int snapshot_restore(const struct ckpt *, enum snapshot,
    uint64_t step);

#endif
