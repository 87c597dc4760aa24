/* SPDX-License-Identifier: MIT */
/*
 * gradient: sums of a gradient <-> records of a `grad` stream.
 *
 * A stream carries sums and the number of units summed, never means, so
 * shards add.  A tensor is sent in pieces of at most 2^18 elements; a tensor
 * that is not trained is absent.
 *
 * Reading: gradient_open on a stream, then for each segment gradient_next
 * (its header, checked, and whether it has records), then gradient_add, or
 * gradient_piece until it returns 0.  Between the two the readers of
 * several streams can agree on the factors.
 */
#ifndef GRADIENT_GRADIENT_H
#define GRADIENT_GRADIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "io/stream.h"
#include "nn/params.h"

enum { GRADIENT_PIECE = 1 << 18 };

struct gradient_head {
	char objective[64];
	char unit[16]; /* token, trajectory, pair */
	double units, weight;
	char policy[64]; /* "" where absent */
	uint64_t step;
	struct msg header; /* the whole inner map */
	bool more;         /* for the writer; a reader asks gradient_more */
};

/*
 * Write one segment: the header with the fields above set in it, then every
 * tensor of d that has memory, or none at all where d is NULL.  -1 on a value
 * that is not finite (or not as bfloat16), naming the tensor.
 */
must_use int gradient_write(struct stream_out *, const struct gradient_head *,
    const struct params *d, bool bf16);
/* The parts of it: the header, and one tensor; stream_end is the end. */
must_use int gradient_begin(struct stream_out *, const struct gradient_head *);
must_use int gradient_put(struct stream_out *, const char *name, const float *,
    size_t n, bool bf16);
void gradient_head_release(struct gradient_head *);

struct gradient_in;

struct gradient_piece {
	const char *name; /* borrowed until the next, as is data */
	size_t offset, n, of;
	const void *data; /* n floats, at any address */
};

/* A reader of a stream, which it owns from here on. */
struct gradient_in *gradient_open(struct stream_in *);
void gradient_close(struct gradient_in *);
/*
 * The next segment: 1 and its header, 0 end of the stream, -1.  Units are
 * above 0 and weights finite where it has records; where it is empty, it is
 * over.
 */
must_use int gradient_next(struct gradient_in *, struct gradient_head *,
    bool *empty);
/* 1 and a piece that lies inside its tensor, 0 end of the segment, -1. */
must_use int gradient_piece(struct gradient_in *, struct gradient_piece *);
/*
 * The rest of the segment: d += factor * sums, each element exactly once,
 * and touched[i] set for the tensors that are there (the others keep what it
 * says).  Where touched[i] was not set, what was in d does not count: = and
 * not +=.  On -1, also where the end record was not right, d is to be thrown
 * away.
 */
must_use int gradient_add(struct gradient_in *, double factor, struct params *d,
    bool *touched);
/* After the end of a segment: do more follow? */
bool gradient_more(const struct gradient_in *);
/* "NAME: segment 2: record 7: " in front of the last failure; -1. */
int gradient_fail(const struct gradient_in *);

#endif
