/* SPDX-License-Identifier: MIT */
#include "serve/request.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/mem.h"

int
request_number(const struct json *j, const char *key, uint64_t lo, uint64_t hi,
    size_t *out)
{
	const struct json *v = json_get(j, key);
	const int64_t x = json_int(v, 0);

	if (json_kind(v) == JSON_T_NULL)
		return 0;
	if (json_kind(v) != JSON_T_INT)
		return fail("field \"%s\": expected a whole number, found %s",
		    key, json_kind_name(v));
	if (x < 0 || (uint64_t)x < lo || (uint64_t)x > hi)
		return fail("field \"%s\": %" PRId64 " is not between %" PRIu64
			    " and %" PRIu64,
		    key, x, lo, hi);
	*out = (size_t)x;
	return 1;
}

static int
read_real(const struct json *j, const char *key, double lo, double hi,
    double *out)
{
	double v;
	int rc = json_get_real(j, key, &v);

	if (rc == 1 && !(v >= lo && v <= hi))
		return fail("field \"%s\": %g is not between %g and %g", key, v,
		    lo, hi);
	if (rc == 1)
		*out = v;
	return rc;
}

/* -1 and 0 are all tokens. */
static int
read_top_k(const struct json *j, size_t *out)
{
	const struct json *v = json_get(j, "top_k");

	if (json_kind(v) == JSON_T_INT && json_int(v, 0) == -1)
		return 0;
	return request_number(j, "top_k", 0, UINT32_MAX, out);
}

static int
read_seed(const struct json *j, uint64_t *out)
{
	const struct json *v = json_get(j, "seed");

	if (json_kind(v) == JSON_T_INT) {
		*out = (uint64_t)json_int(v, 0);
		return 0;
	}
	if (json_kind(v) != JSON_T_NULL)
		return fail("field \"seed\": expected a whole number, found %s",
		    json_kind_name(v));
	if (getrandom(out, sizeof *out, 0) != (ssize_t)sizeof *out)
		return fail_sys("random numbers");
	return 0;
}

static int
add_stop(struct request *r, const struct json *j)
{
	size_t n;
	const char *text = json_text(j, &n);

	if (text == NULL)
		return fail("field \"stop\": expected a text, found %s",
		    json_kind_name(j));
	if (strlen(text) != n)
		return fail("field \"stop\": a text with a NUL");
	return stops_add(text, &r->stops) == 0 ? 0 : fail_in("field \"stop\"");
}

/* A text or a list of texts. */
static int
read_stop(struct request *r, const struct json *j)
{
	const struct json *v = json_get(j, "stop");
	size_t i;

	if (json_kind(v) == JSON_T_NULL)
		return 0;
	if (json_kind(v) != JSON_T_ARRAY)
		return add_stop(r, v);
	if (json_count(v) > REQUEST_STOPS)
		return fail("field \"stop\": more than %d texts",
		    REQUEST_STOPS);
	for (i = 0; i < json_count(v); i++)
		if (add_stop(r, json_at(v, i)) != 0)
			return -1;
	return 0;
}

int
request_read_common(struct request *r)
{
	const struct json *j = r->body;

	r->n = 1;
	r->draws = true;
	r->end = -1;
	r->own.how = (struct sampling){ .temperature = 1, .top_p = 1 };
	if (read_real(j, "temperature", 0, 1e6, &r->own.how.temperature) < 0 ||
	    read_real(j, "top_p", 1e-9, 1, &r->own.how.top_p) < 0 ||
	    read_top_k(j, &r->own.how.top_k) < 0 ||
	    read_seed(j, &r->own.seed) < 0 ||
	    request_number(j, "n", 1, REQUEST_N, &r->n) < 0 ||
	    read_stop(r, j) < 0 || json_get_bool(j, "stream", &r->stream) < 0)
		return -1;
	return json_get_bool(json_get(j, "stream_options"), "include_usage",
		   &r->usage) < 0 ?
	    fail_in("field \"stream_options\"") :
	    0;
}

struct request_prompt *
request_add_prompt(struct request *r)
{
	r->prompt = mem_grow(r->prompt, &r->prompt_cap, r->prompts + 1,
	    sizeof *r->prompt);
	return &r->prompt[r->prompts++];
}

/* The tokens of a choice, as many as it may have. */
static size_t
most_tokens(const struct request *r, size_t n, size_t context)
{
	const size_t most = r->own.max_new;

	if (!r->draws)
		return n;
	return most > 0 && most < context - n ? n + most : context;
}

static int
check_sizes(const struct request *r, size_t context)
{
	size_t i, n, all = 0;

	if (r->prompts == 0)
		return fail("field \"prompt\": an empty list");
	if (r->prompts * r->n > REQUEST_CHOICES)
		return fail("%zu choices, at most %d in a request",
		    r->prompts * r->n, REQUEST_CHOICES);
	for (i = 0; i < r->prompts; i++) {
		n = r->prompt[i].n;
		if (n == 0)
			return fail("prompt %zu: empty", i);
		if (n > context || (r->draws && n == context))
			return fail("prompt %zu has %zu tokens, the policy's "
				    "context is %zu",
			    i, n, context);
		all += r->n * most_tokens(r, n, context);
	}
	return all <= REQUEST_TOKENS ?
	    0 :
	    fail("up to %zu tokens, at most %d in a request: ask for fewer "
		 "choices or fewer tokens",
		all, REQUEST_TOKENS);
}

int
request_finish(struct request *r, const struct tokenizer *t,
    const struct config *config)
{
	struct choice *c;
	size_t i, k;

	if (check_sizes(r, config->context) != 0)
		return -1;
	r->top = r->top < config->V ? r->top : config->V;
	if (r->stream && (r->logprobs || r->echo))
		return fail("field \"stream\": does not go with \"%s\"",
		    r->logprobs ? "logprobs" : "echo");
	r->choices = r->prompts * r->n;
	r->choice = c = mem_alloc(r->choices, sizeof *r->choice);
	for (i = 0; i < r->prompts; i++)
		for (k = 0; k < r->n; k++, c++) {
			c->prompt = &r->prompt[i];
			(void)snprintf(c->id, sizeof c->id, "text#%zu", k);
			continuation_init_ids(&c->text, t, c->prompt->tokens,
			    c->prompt->n);
		}
	return 0;
}

void
request_release(struct request *r)
{
	size_t i;

	for (i = 0; i < r->choices; i++) {
		struct choice *c = &r->choice[i];

		free(c->job.tokens);
		free(c->job.logp);
		free(c->job.logq);
		continuation_release(&c->text);
		heard_release(&c->heard);
		buf_release(&c->said);
		free(c->logp);
		free(c->top);
	}
	for (i = 0; i < r->prompts; i++)
		free(r->prompt[i].tokens);
	free(r->choice);
	free(r->prompt);
	stops_release(&r->stops);
	json_free(r->body);
	*r = (struct request){ 0 };
}

size_t
request_first(const struct request *r, const struct choice *c)
{
	return r->echo ? 1 : c->prompt->n;
}

uint32_t
choice_token(const struct choice *c, size_t i)
{
	return i < c->prompt->n ? c->prompt->tokens[i] :
				  c->job.tokens[i - c->prompt->n];
}

size_t
choice_tokens(const struct choice *c)
{
	return c->prompt->n + c->job.n;
}

size_t
request_prompt_tokens(const struct request *r)
{
	size_t i, n = 0;

	for (i = 0; i < r->prompts; i++)
		n += r->prompt[i].n;
	return n;
}

size_t
request_drawn(const struct request *r)
{
	size_t i, n = 0;

	for (i = 0; i < r->choices; i++)
		n += r->choice[i].job.n;
	return n;
}
