/* SPDX-License-Identifier: MIT */
/*
 * rolloutplan: what sampling from the prompts of a stream would take, in memory
 * and time (nn/plan.h), if each sample is as long as it may be; nothing is
 * sampled.
 */
#ifndef LIKELIHOOD_ROLLOUTPLAN_H
#define LIKELIHOOD_ROLLOUTPLAN_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "io/stream.h"
#include "likelihood/mixture.h"
#include "likelihood/respond.h"

/*
 * Read the stream, probe the machine, and append the plan to the text: 1; 0
 * without a prompt; -1 where sampling would fail too, naming the record.  The
 * policy may be one of ckpt_open_unread; exact: with respond_exact.  The
 * members of the mixture sample, too (ensemble.h).
 */
must_use int rolloutplan_read(struct ckpt *policy, const struct mixture *,
    const struct decode_options *, const struct respond_options *, bool exact,
    struct stream_in *, bool json, struct buf *text);

#endif
