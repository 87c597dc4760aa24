/* SPDX-License-Identifier: MIT */
/*
 * tfevents: curves as an event file of TensorBoard: records (io/tfrecord.h)
 * of the protocol buffer Event, of which these fields are written:
 *
 *	Event          1 wall_time, double; 2 step, int64; 3 file_version, text;
 *	               5 summary
 *	Summary        1 value, repeated
 *	Summary.Value  1 tag, text; 2 simple_value, float
 *
 * The first event has file_version "brain.Event:2"; each line makes one event.
 */
#ifndef EVAL_TFEVENTS_H
#define EVAL_TFEVENTS_H

#include "base/buf.h"
#include "base/err.h"
#include "eval/curves.h"

/* Append the bytes of the file. */
void tfevents_put(const struct curves *, struct buf *);
/*
 * Write them to DIR/events.out.tfevents.SECONDS.apprentice, SECONDS being the
 * time of the first line: curves that begin with the same line replace it.
 * DIR is made if it does not exist.
 */
must_use int tfevents_write(const struct curves *, const char *dir);

#endif
