/* SPDX-License-Identifier: MIT */
/*
 * gradient: one gradient <-> one segment of a `grad` stream.
 *
 * A stream carries sums and the number of units summed, never means, so the
 * gradients of shards add.  A tensor travels in pieces of at most 2^18
 * elements; a tensor that is not trained is absent.
 *
 * Writing: gradient_write, or gradient_begin, gradient_put for each tensor
 * and stream_end.
 *
 * Reading: gradient_open on a stream; then for each segment gradient_next,
 * which reads and checks the header, and either gradient_add, or
 * gradient_piece until it returns 0.  A caller with several streams reads all
 * headers first, because they decide by which factor the sums are multiplied
 * (inputs.h).
 *
 * Every failure while reading names stream, segment and record.
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

/* What stands before the name of a divergence from a teacher, or one-hot. */
extern const char gradient_of_teacher[], gradient_of_onehot[];

struct gradient_head {
	char objective[64];
	char unit[16];       /* token, trajectory, pair */
	double units;        /* number of units summed */
	double weight;       /* share of this objective in a joint one */
	char policy[64];     /* id, "" where absent */
	uint64_t step;       /* of the policy */
	bool has_batch;      /* the header has `batch` */
	uint64_t batch;      /* index of the batch in its stream */
	uint64_t batch_size; /* records of the batch in all shards, or 0 */
	struct msg header;   /* the whole inner map; owned */
	bool more;           /* for the writer; a reader asks gradient_more */
};

/*
 * Write one segment: the header, with objective, unit, units, weight and
 * policy set in it, then every tensor of d that has memory; d NULL: no
 * records.  A value that is not finite (with bf16: after rounding) fails and
 * names its tensor.
 */
must_use int gradient_write(struct stream_out *, const struct gradient_head *,
    const struct params *d, bool bf16);
/* The same in parts: the header, then each tensor; end with stream_end. */
must_use int gradient_begin(struct stream_out *, const struct gradient_head *);
must_use int gradient_put(struct stream_out *, const char *name, const float *,
    size_t n, bool bf16);
void gradient_head_release(struct gradient_head *);

struct gradient_in;

struct gradient_piece {
	const char *name; /* borrowed until the next piece, as is data */
	size_t offset, n;
	size_t total;     /* elements of the whole tensor */
	const void *data; /* n floats, not aligned */
};

/* A reader; it owns the stream. */
struct gradient_in *gradient_open(struct stream_in *);
void gradient_close(struct gradient_in *);
/*
 * Read the next header: 1, 0 at the end of the stream, -1.  *empty: the
 * segment has no records, and is read to its end.  Otherwise units is above 0
 * and weight is finite.
 */
must_use int gradient_next(struct gradient_in *, struct gradient_head *,
    bool *empty);
/* 1 and a piece that lies inside its tensor, 0 end of the segment, -1. */
must_use int gradient_piece(struct gradient_in *, struct gradient_piece *);
/*
 * Read the rest of the segment: d[i] += factor * sums where touched[i] is
 * set; else d[i] = factor * sums, and touched[i] is set.  Every tensor of the
 * segment has to be one of d and complete.  After -1 discard d.
 */
must_use int gradient_add(struct gradient_in *, double factor, struct params *d,
    bool *touched);
/* At the end of a segment: does its end record say that more follow? */
bool gradient_more(const struct gradient_in *);
/* The name of the stream's file; borrowed. */
const char *gradient_name(const struct gradient_in *);
/* Put "FILE: segment 2, record 7: " in front of the message; -1. */
int gradient_fail(const struct gradient_in *);

#endif
