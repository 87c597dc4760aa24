/* SPDX-License-Identifier: MIT */
/*
 * worker: answers calls.  It runs in one thread, the only one that computes.
 *
 * The calls are answered in a batch of the decoder (nn/decode.h), which has a
 * row for each choice that is drawn.  A call joins the batch while it is at
 * work, and leaves when its last choice is over or its client has left.  A
 * free row goes to the call that has the fewest, so a long answer does not
 * make a short one wait, nor many choices a single one.  What a call is
 * answered does not depend on what else is in the batch.
 *
 * The weights change between two batches: once there are newer ones, calls
 * that come wait until those of the batch are answered.
 */
#ifndef SERVE_WORKER_H
#define SERVE_WORKER_H

#include "serve/queue.h"
#include "serve/served.h"

/* Answer calls until the queue is closed and empty; memory: for keys and
 * values, in bytes. */
void worker_run(struct served *, struct queue *, size_t memory);

#endif
