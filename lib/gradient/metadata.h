/* SPDX-License-Identifier: MIT */
/*
 * metadata: what the headers of one objective's shards say together.
 *
 * Shards add: units are summed, and so are stats that are sums themselves
 * ("divgrad.NAME", and names without a tool).  Other stats are averaged,
 * weighted by units.  Shards have to agree on objective, unit, weight, policy
 * and step.
 */
#ifndef GRADIENT_METADATA_H
#define GRADIENT_METADATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "gradient/gradient.h"

struct metadata_stat {
	char *name; /* owned */
	bool is_sum;
	double value; /* the sum, or the average */
	double units; /* of the shards that have this stat */
};

/* All zero: no shards yet. */
struct gradient_metadata {
	char name[64], unit[16];
	char policy[64]; /* "" where no shard names one */
	uint64_t step;
	double units, weight;
	size_t shards;
	struct metadata_stat *stat; /* owned */
	size_t stats, cap;
};

/* Add the header of one more shard; -1 names the field that differs. */
must_use int metadata_add(struct gradient_metadata *,
    const struct gradient_head *);
/* Set header["stats"], with sums as sums. */
void metadata_stats(const struct gradient_metadata *, struct msg *header);
/*
 * A stat as a mean: sums are divided by the units; NaN where there is none of
 * that name.
 */
double metadata_mean(const struct gradient_metadata *, const char *name);
/*
 * Append {"objective", "unit", "units", "weight", "stats": {...}} as JSON,
 * where stats that are sums are divided by the units.
 */
void metadata_json(const struct gradient_metadata *, struct buf *);
/* Append a number, or null where it is not finite: JSON has no NaN. */
void metadata_number(struct buf *, double);
/* Free everything; no shards again. */
void metadata_release(struct gradient_metadata *);

#endif
