/* SPDX-License-Identifier: MIT */
/*
 * request: what a client asks for, checked, and what is drawn for it.
 *
 * A request has prompts and n choices of each.  Its fields are read from the
 * JSON of its endpoint (completionfields.h, chatfields.h); those that both
 * endpoints have, by request_read_common.  Unknown fields are ignored.  The
 * random numbers of choice k of prompt i are those of the sample "text#k" of
 * `rollout --text` in pass i, so they depend on the request alone.  Use:
 *
 *	struct request r = { .body = json };	// owned from now on
 *	rc = completion_read(&r, &served);
 *	... worker_run ...
 *	request_release(&r);
 */
#ifndef SERVE_REQUEST_H
#define SERVE_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "io/json.h"
#include "likelihood/heard.h"
#include "nn/decode.h"
#include "text/continuation.h"
#include "text/stops.h"

enum {
	REQUEST_N = 128,          /* choices of a prompt */
	REQUEST_CHOICES = 1024,   /* in all */
	REQUEST_TOKENS = 1 << 20, /* in all, as long as they may become */
	REQUEST_TOP = 20,         /* alternatives of a token */
	REQUEST_STOPS = 64
};

struct request_prompt {
	uint32_t *tokens;
	size_t n, cap;
};

/* A token that could have stood in a place, and its log-probability. */
struct alternative {
	uint32_t id;
	float logp;
};

/* One sample of a prompt. */
struct choice {
	const struct request_prompt *prompt; /* borrowed */
	char id[32];
	struct decode_job job; /* what was drawn; its arrays are owned */
	struct continuation text;
	struct heard heard;
	struct buf said;     /* the text, once it is complete */
	bool opened, closed; /* a stream has had its beginning, all of it */
	/* of the tokens from request_first on: log-probabilities [scored], and
	 * the `top` likeliest tokens of each place [scored, top] */
	size_t scored;
	float *logp;
	struct alternative *top;
};

struct request {
	struct json *body; /* owned; stop texts lie in it */
	bool chat, echo, logprobs;
	bool stream, usage; /* as events; with an event of usage */
	size_t n, top;      /* choices of a prompt; alternatives */
	bool draws;         /* false: only the prompt is scored */
	/* how, max_new, seed; the rest: requestjobs.h */
	struct decode_options own;
	struct stops stops;
	int64_t end; /* a token that ends an answer too, or -1 */
	struct request_prompt *prompt;
	size_t prompts, prompt_cap;
	struct choice *choice; /* [choices], those of a prompt side by side */
	size_t choices;
};

/*
 * temperature, top_p, top_k, seed, n, stop, stream and stream_options.  Without
 * a seed the request gets a random one.  -1: names the field.
 */
must_use int request_read_common(struct request *);
/* A whole number in lo .. hi: 1, 0 absent or null, -1 names the field. */
must_use int request_number(const struct json *, const char *key, uint64_t lo,
    uint64_t hi, size_t *);
/* Append an empty prompt; borrowed until the next call. */
struct request_prompt *request_add_prompt(struct request *);
/*
 * After the fields and prompts: check counts and lengths, and make the
 * choices.
 */
must_use int request_finish(struct request *, const struct tokenizer *,
    const struct config *);
void request_release(struct request *);

/* The token from which log-probabilities are wanted. */
size_t request_first(const struct request *, const struct choice *);
/* A choice's token i, of its prompt or drawn; their number. */
uint32_t choice_token(const struct choice *, size_t i);
size_t choice_tokens(const struct choice *);
/* The tokens of all prompts; those drawn. */
size_t request_prompt_tokens(const struct request *);
size_t request_drawn(const struct request *);

#endif
