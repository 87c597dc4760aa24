/* SPDX-License-Identifier: MIT */
#include "serve/service.h"

#include <string.h>

#include "io/json.h"
#include "serve/answer.h"
#include "serve/chatfields.h"
#include "serve/completionfields.h"
#include "serve/tokenanswers.h"

void
reply_error(struct reply *r, int status, const char *message)
{
	r->status = status;
	buf_reset(&r->body);
	answer_error(&r->body, status, message);
}

/* ---- endpoints without a body */

static int
health(const struct served *s, const struct json *none, struct buf *out)
{
	(void)s;
	(void)none;
	buf_adds(out, "{\"status\":\"ok\"}");
	return 0;
}

static int
models(const struct served *s, const struct json *none, struct buf *out)
{
	(void)none;
	buf_adds(out, "{\"object\":\"list\",\"data\":[{\"id\":");
	json_put_string(out, s->name.p, s->name.n);
	buf_addf(out,
	    ",\"object\":\"model\",\"created\":%ld,"
	    "\"owned_by\":\"apprentice\",\"max_model_len\":%zu}]}",
	    s->created, s->policy.config.context);
	return 0;
}

static int
tokenizer_info(const struct served *s, const struct json *none, struct buf *out)
{
	(void)none;
	buf_add(out, s->about.p, s->about.n);
	return 0;
}

/* `answer` answers at once; `read` fills a request for the worker. */
static const struct endpoint {
	const char *method, *path;
	int (*answer)(const struct served *, const struct json *, struct buf *);
	int (*read)(struct request *, const struct served *);
} endpoints[] = {
	{ "GET", "/health", .answer = health },
	{ "GET", "/v1/models", .answer = models },
	{ "GET", "/tokenizer_info", .answer = tokenizer_info },
	{ "POST", "/tokenize", .answer = tokenize_answer },
	{ "POST", "/detokenize", .answer = detokenize_answer },
	{ "POST", "/v1/completions", .read = completion_read },
	{ "POST", "/v1/chat/completions", .read = chat_read },
};

static const struct endpoint *
find(const char *method, const char *path)
{
	size_t i;

	for (i = 0; i < sizeof endpoints / sizeof *endpoints; i++)
		if (strcmp(endpoints[i].method, method) == 0 &&
		    strcmp(endpoints[i].path, path) == 0)
			return &endpoints[i];
	return NULL;
}

/* The body as an object; NULL on failure. */
static struct json *
parse(const char *body, size_t n)
{
	struct json *j;

	if (n == 0) {
		(void)fail("empty");
		return NULL;
	}
	if (json_values(body, n) > JSON_VALUES_MAX) {
		(void)fail("more than %d values", JSON_VALUES_MAX);
		return NULL;
	}
	j = json_parse(body, n);
	if (j != NULL && json_kind(j) != JSON_T_OBJECT) {
		(void)fail("expected an object, found %s", json_kind_name(j));
		json_free(j);
		return NULL;
	}
	return j;
}

/* Read a request, and add a call of it. */
static void
call(struct service *s, const struct endpoint *e, struct json *body,
    struct reply *reply)
{
	struct request r = { .body = body };
	struct call *c;

	if (e->read(&r, &s->served) != 0) {
		reply_error(reply, 400, err_last());
		request_release(&r);
		return;
	}
	c = call_new(&r);
	if (queue_add(&s->queue, c) != 0) {
		reply_error(reply, 503, err_last());
		call_free(c);
		return;
	}
	reply->call = c;
}

void
service_answer(struct service *s, const char *method, const char *path,
    const char *body, size_t n, struct reply *reply)
{
	const struct endpoint *e = find(method, path);
	struct json *j = NULL;

	if (e == NULL) {
		(void)fail("%s %s: no such endpoint", method, path);
		reply_error(reply, 404, err_last());
		return;
	}
	if (strcmp(method, "POST") == 0 && (j = parse(body, n)) == NULL) {
		(void)fail_in("body");
		reply_error(reply, 400, err_last());
		return;
	}
	if (e->read != NULL) {
		call(s, e, j, reply); /* the request owns the body */
		return;
	}
	reply->status = 200;
	if (e->answer(&s->served, j, &reply->body) != 0)
		reply_error(reply, 400, err_last());
	json_free(j);
}
