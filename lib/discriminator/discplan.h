/* SPDX-License-Identifier: MIT */
/*
 * discplan: what rounds over the segments of a stream would take, in memory and
 * time (nn/plan.h); nothing is fitted or scored.
 *
 *	settings.plan = true;
 *	discplan_read(&settings, in, json, &text);
 */
#ifndef DISCRIMINATOR_DISCPLAN_H
#define DISCRIMINATOR_DISCPLAN_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "discriminator/disc_round.h"
#include "io/stream.h"

/*
 * Read the stream, probe the machine, and append the plan to the text: 1; 0
 * without a trajectory; -1 where a round would fail too, naming the record.
 */
must_use int discplan_read(const struct disc_settings *, struct stream_in *,
    bool json, struct buf *text);

#endif
