/* SPDX-License-Identifier: MIT */
/*
 * commit: writing the steps of a policy.
 *
 * The commit of a step is one rename: ckpt_commit writes the optimizer file
 * optimizer-<step>.safetensors, then the weights aside, and renames them
 * over model.safetensors.
 *
 * What a loss of power can take: a synced commit is on the disk when
 * ckpt_commit returns.  While later ones are not, synced-<step>/ holds the
 * last synced step with its optimizer file, until the next sync replaces it:
 * one more pair of files.  If the newest weights are then no whole file,
 * ckpt_open reads that step instead, and ckpt_restore puts it back.  A file
 * of the right length with wrong bytes is not detected.
 */
#ifndef NN_COMMIT_H
#define NN_COMMIT_H

#include "nn/ckpt.h"

/* When a commit is forced to the disk. */
enum ckpt_sync {
	CKPT_SYNC_NEVER, /* nothing is promised */
	CKPT_SYNC_NOW,
	CKPT_SYNC_LATER /* by a later commit or ckpt_sync; holds synced-STEP/ */
};

/*
 * Commit `weights` (F32 masters) as step `step` of the policy: the optimizer
 * file (tensors `state`, n of them; none if n is 0), then the weights in
 * ckpt.dtype.  Other optimizer files are removed.  With keep > 0, step-%06u/
 * gets hard links to weights, config and tokenizer files, with whole_steps to
 * the optimizer file too, and the newest `keep` of these stay.
 *
 * 0: done.  -1: the directory holds the old step; a value that is not finite
 * in ckpt.dtype fails so.  1: it holds the new step, but what comes after
 * failed (the sync of the folder, keeping the step), and the message says why.
 */
must_use int ckpt_commit(struct ckpt *, const struct params *weights,
    const struct st_tensor *state, size_t n, uint64_t step, enum ckpt_sync,
    size_t keep);
/*
 * Refuse to train weights that are symbolic links, as in a download cache: a
 * commit would replace the link.  Links to config and tokenizer are fine.
 */
must_use int ckpt_check_links(const struct ckpt *);
/*
 * Become the only process that commits, until the returned descriptor is
 * closed, also by the end of the process: flock(2) of the directory.  Waits
 * two seconds for a process that may be about to end, then fails.  On a file
 * system without locks the descriptor excludes nobody.
 */
must_use int ckpt_lock(const struct ckpt *);
/* Force weights, optimizer file and directory to the disk. */
must_use int ckpt_sync(const struct ckpt *);
/* Whether there is a synced-STEP/, and its step (NULL: not wanted). */
bool ckpt_synced(const struct ckpt *, uint64_t *step);
/* Go back to the step that was synced last: 1 done, 0 there is none, -1. */
must_use int ckpt_restore(struct ckpt *);
/* Its path, there or not; the caller frees. */
char *ckpt_optimizer_path(const struct ckpt *);
/* Put its path in front of the message of a failure; -1. */
int ckpt_optimizer_fail_in(const struct ckpt *);
/*
 * optimizer-STEP.jsonl, of lines about the steps that the commit of this step
 * makes (optim/journal.h); the caller frees.  It is removed with the optimizer
 * file of its step.
 */
char *ckpt_lines_path(const struct ckpt *, uint64_t step);
/*
 * The optimizer file of the step of the weights; NULL if there is none or,
 * where the path exists, it is damaged.  Removes those of other steps, and
 * what killed processes left.
 */
struct safetensors *ckpt_optimizer(const struct ckpt *);
/*
 * For readers: as ckpt_open, with the optimizer file of the same step, which is
 * closed with the checkpoint; *file is NULL if there is none.  Another process
 * may train the policy meanwhile.
 */
must_use int ckpt_open_trained(struct ckpt *, const char *dir,
    struct safetensors **file);

#endif
