/* SPDX-License-Identifier: MIT */
/*
 * publish: steps that followers see, and that need not survive.
 *
 * A commit (commit.h) writes weights and optimizer: for F32 and AdamW three
 * times the weights, for BF16 seven times.  A step that is published is the
 * weights alone, live.safetensors, renamed over that of the step before.  The
 * directory's own files stay those of the last commit, which is what a run
 * that was killed goes on from.  The next commit removes live.safetensors.
 *
 * A reader takes a live.safetensors that was written after it opened the policy
 * (ckpt_refresh, ckpt_follow): an older one may be what a killed run left.
 */
#ifndef NN_PUBLISH_H
#define NN_PUBLISH_H

#include "nn/ckpt.h"

/*
 * Publish `weights` as step `step`, which leaves the checkpoint's own step as
 * it is: 0, or -1 and followers keep what they had.
 */
must_use int ckpt_publish(const struct ckpt *, const struct params *weights,
    uint64_t step);
/* Remove what was published, if anything was. */
void ckpt_unpublish(const struct ckpt *);

#endif
