/* SPDX-License-Identifier: MIT */
/*
 * objective: what the headers of one objective's shards say together.
 *
 * Shards add: units are summed, and so are the stats that are sums
 * (divgrad's own, "divgrad.NAME", and names without a tool); the others
 * are averaged by units.  Shards must agree on unit, weight, policy and
 * step.
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
	char *name;
	bool sum;            /* else an average */
	double value, units; /* units: of the shards that told it */
};

/* All zero is an objective without shards. */
struct gradient_metadata {
	char name[64], unit[16];
	char policy[64]; /* "" where no shard told it */
	uint64_t step;
	double units, weight;
	size_t shards;
	struct metadata_stat *stat;
	size_t stats, cap;
};

/* One more shard; -1 names the field on which it differs. */
must_use int metadata_add(struct gradient_metadata *,
    const struct gradient_head *);
/* The sums, as `stats` of a gradient's header. */
void metadata_stats(const struct gradient_metadata *, struct msg *header);
/*
 * The means, for people: sums divided by the units, the others as they are;
 * {"objective", "unit", "units", "weight", "stats": {...}}.
 */
void metadata_json(const struct gradient_metadata *, struct buf *);
/* A number, or null where it is not finite, which JSON has no word for. */
void metadata_number(struct buf *, double);
/* No shards again; frees. */
void metadata_release(struct gradient_metadata *);

#endif
