/* SPDX-License-Identifier: MIT */
/*
 * ensemble: responses of several policies, one of which is drawn for each
 * response and then draws all of it, so that the responses are samples of the
 * policies' mixture (mixture.h).
 *
 * Which one it is depends on the seed and on the pass and the id of the
 * response.  What it draws is, bit for bit, what it draws alone.
 */
#ifndef LIKELIHOOD_ENSEMBLE_H
#define LIKELIHOOD_ENSEMBLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "likelihood/mixture.h"
#include "likelihood/respond.h"
#include "nn/ckpt.h"
#include "nn/decode.h"
#include "traj/traj.h"

/* Which of n policies draws the response `id`, from 0 on. */
size_t ensemble_choice(uint64_t seed, uint64_t pass, const char *id, size_t n);
/*
 * Make the jobs of a segment (respond_plan), and choose who draws each; the
 * smallest context of all counts, which goes into *context.
 */
must_use int ensemble_plan(struct responses *, const struct traj_segment *,
    struct ckpt *first, const struct mixture *, uint64_t seed,
    const struct respond_options *, size_t *context);
/*
 * part->job[jobs] = the jobs of one policy, index[] where they are among all;
 * both arrays have room for all.
 */
void ensemble_share(const struct responses *all, const struct ckpt *by,
    struct responses *part, size_t *index);
/*
 * As draw_segment of `first` and the members, with each one's step.  exact:
 * with respond_exact.
 */
must_use int ensemble_draw(struct responses *, const struct traj_segment *,
    struct ckpt *first, struct mixture *, const struct decode_options *,
    const struct respond_options *, bool exact,
    int (*tick)(void *ctx, size_t drawn), void *ctx);
/* Policy k of the ensemble: first, or a member. */
struct ckpt *ensemble_policy(struct ckpt *first, const struct mixture *,
    size_t k);
/*
 * The ensemble as the policy that sampled: the first one with an id made of
 * all their ids and steps, and step 0.  What the copy points to is borrowed.
 */
struct ckpt ensemble_named(const struct ckpt *first, const struct mixture *);

#endif
