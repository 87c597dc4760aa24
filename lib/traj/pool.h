/* SPDX-License-Identifier: MIT */
/*
 * pool: demonstrations held in memory, to be drawn from.
 *
 * pool_draw picks as many demonstrations as a segment has rollouts (or all,
 * where there are fewer): first of the same prompts (equal `group`, no more
 * than the prompt has rollouts), then of the others, both at random.  None is
 * picked twice.
 * What is drawn depends on (seed, step) and the segment alone.
 */
#ifndef TRAJ_POOL_H
#define TRAJ_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "traj/traj.h"

struct pool;

/* All trajectories of a stream; their role is expert. NULL on failure. */
struct pool *pool_open(const char *file);
void pool_close(struct pool *);
size_t pool_size(const struct pool *);
/* Of the stream's first header; "" and 0 where it does not say. */
const char *pool_tokenizer(const struct pool *);
/* Every demonstration fits vocabulary and context. */
must_use int pool_check(const struct pool *, const char *tokenizer,
    size_t vocab, size_t context);

/* picks[segment n] takes borrowed demonstrations; how many. */
size_t pool_draw(struct pool *, const struct traj_segment *, uint64_t seed,
    uint64_t step, const struct traj **picks);

/* Whether a demonstration of the trajectory's group has the same last span. */
bool pool_has_response(const struct pool *, const struct traj *);

#endif
