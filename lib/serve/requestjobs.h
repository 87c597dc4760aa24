/* SPDX-License-Identifier: MIT */
/*
 * requestjobs: the jobs of the decoder for the choices of a request.
 */
#ifndef SERVE_REQUESTJOBS_H
#define SERVE_REQUESTJOBS_H

#include "base/err.h"
#include "nn/ckpt.h"
#include "serve/request.h"

/*
 * Make the job of each choice, for the policy as it is now; the request stays
 * in its place from then on.  `batch`: the options of the decoder.  -1: one
 * can never be drawn (decode_check).
 */
must_use int requestjobs_make(struct request *, const struct ckpt *,
    const struct decode_options *batch);

#endif
