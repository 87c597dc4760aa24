/* SPDX-License-Identifier: MIT */
/*
 * scoring: the log-probabilities that an answer shows.
 *
 * Those of drawn tokens are what the decoder recorded.  Those of a prompt, and
 * the likeliest tokens of each place, come from one more pass, which gives the
 * same numbers for the same tokens in every bit.
 */
#ifndef SERVE_SCORING_H
#define SERVE_SCORING_H

#include "serve/request.h"
#include "serve/served.h"

/* Fill logp and top of all choices, if they are asked for. */
must_use int scoring_run(struct request *, const struct served *);

#endif
