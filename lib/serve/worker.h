/* SPDX-License-Identifier: MIT */
/*
 * worker: answers calls.  It runs in one thread, the only one that computes.
 *
 * All calls that wait become one batch of the decoder (nn/decode.h), which
 * gives each sample its own way of sampling, length and seed, and whose results
 * do not depend on what else is in a batch.  If a batch fails, each of its
 * calls is tried alone, and those that fail are answered with the reason.
 */
#ifndef SERVE_WORKER_H
#define SERVE_WORKER_H

#include "serve/queue.h"
#include "serve/served.h"

/* Answer calls until the queue is closed and empty; memory: for keys and
 * values, in bytes. */
void worker_run(struct served *, struct queue *, size_t memory);

#endif
