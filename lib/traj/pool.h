/* SPDX-License-Identifier: MIT */
/*
 * pool: demonstrations held in memory, to draw from.
 *
 * pool_draw picks as many demonstrations as a segment has rollouts, or all if
 * the pool has fewer: first of the same prompts (equal group; no more than the
 * prompt has rollouts), then of the others, both at random and none twice.
 * The draw depends only on (seed, step) and the segment.
 */
#ifndef TRAJ_POOL_H
#define TRAJ_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "traj/traj.h"

struct pool;

/*
 * Read all trajectories of a stream and give them the role expert.  NULL on
 * failure, also where segments differ in their tokenizer.
 */
struct pool *pool_open(const char *file);
void pool_close(struct pool *);
size_t pool_size(const struct pool *);
/* The memory of its demonstrations. */
size_t pool_bytes(const struct pool *);
/* The tokenizer of the stream's header; "" where it does not say. */
const char *pool_tokenizer(const struct pool *);
/* Segment and demonstrations have one tokenizer; -1 names both. */
must_use int pool_share_tokenizer(const struct pool *,
    const struct traj_segment *);
/* Check tokenizer, vocabulary and context of every demonstration. */
must_use int pool_check(const struct pool *, const char *tokenizer,
    size_t vocab, size_t context);

/* Write borrowed demonstrations to picks[segment n]; how many. */
size_t pool_draw(struct pool *, const struct traj_segment *, uint64_t seed,
    uint64_t step, const struct traj **picks);

/* The k-th demonstration of a group, borrowed; NULL after its last. */
const struct traj *pool_of_group(const struct pool *, const char *group,
    size_t k);

/* Whether a demonstration of the same group has the same last span. */
bool pool_has_response(const struct pool *, const struct traj *);

#endif
