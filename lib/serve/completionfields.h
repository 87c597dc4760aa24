/* SPDX-License-Identifier: MIT */
/*
 * completionfields: the fields of POST /v1/completions.
 *
 * prompt: a text, a list of ids, or a list of either; max_tokens (16; 0 with
 * echo); echo; logprobs; and those of request.h.
 */
#ifndef SERVE_COMPLETIONFIELDS_H
#define SERVE_COMPLETIONFIELDS_H

#include "serve/request.h"
#include "serve/served.h"

/* Fill a request from its body, an object.  -1: names the field. */
must_use int completion_read(struct request *, const struct served *);

#endif
