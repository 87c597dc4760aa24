/* SPDX-License-Identifier: MIT */
/*
 * objectiveplan: what the gradients of a stream would take, in memory and time
 * (nn/plan.h); none is computed.
 *
 *	options.plan = true;
 *	objectivegrad_open(&g, &settings, &options, &policy);
 *	objectiveplan_read(&g, in, json, &text);
 *
 * The policy may be one of ckpt_open_unread.
 */
#ifndef OBJECTIVE_OBJECTIVEPLAN_H
#define OBJECTIVE_OBJECTIVEPLAN_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "io/stream.h"
#include "objective/objectivegrad.h"

/*
 * Read the stream, probe the machine, and append the plan to the text: 1; 0
 * without a trajectory; -1 names a record that objectivegrad_send would refuse
 * too, or what is missing.
 */
must_use int objectiveplan_read(const struct objectivegrad *,
    struct stream_in *, bool json, struct buf *text);

#endif
