/* SPDX-License-Identifier: MIT */
/*
 * worker: calls join a batch that is at work, share its rows and its memory,
 * and leave it.  An endless call, of so many tokens that it does not end while
 * the test runs, is the one that is at work.
 */
#include "serve/worker.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "nn/params_random.h"
#include "serve/completionfields.h"
#include "tests/policydir.h"
#include "tests/scratch.h"
#include "tests/tap.h"
#include "text/bpetrain.h"

enum { V = 260, BAD = 259, CONTEXT = 1 << 20, MINUTE = 60000 };
#define ENDLESS "\"temperature\":0,\"max_tokens\":500000,\"stream\":true"

struct bench {
	struct served served;
	struct queue queue;
	size_t memory;
};

/*
 * A policy without an end token.  What follows the token BAD is not finite;
 * its logit is always 0, so it is never among the likeliest.
 */
static void
make_served(struct served *s)
{
	static const char *const specials[] = { "<A>", "<B>", "<C>", "<D>" };
	static const char text[] = "a";
	const struct config_sizes sizes = { .family = FAMILY_LLAMA,
		.dim = 16,
		.layers = 1,
		.vocab = V,
		.context = CONTEXT,
		.heads = 1 };
	struct ckpt *p = &s->policy;
	struct buf json = { 0 };

	need(bpe_train(text, sizeof text - 1, V, specials, 4, &json));
	put("tokenizer.json", buf_text(&json));
	s->tokenizer = tokenizer_open(".");
	need(s->tokenizer == NULL ? -1 : 0);
	(void)unlink("tokenizer.json");
	need(config_new(&p->config, &sizes));
	p->config.eos_count = 0;
	params_init(&p->params, &p->config, NULL);
	params_alloc(&p->params);
	params_random(&p->params, &p->config, 1);
	p->params.embed[BAD * p->config.D] = NAN;
	memset(p->params.head + BAD * p->config.D, 0,
	    p->config.D * sizeof(float));
	s->likelihood = likelihood_new(&p->config, 64);
	buf_release(&json);
}

static void *
work(void *arg)
{
	struct bench *b = arg;

	worker_run(&b->served, &b->queue, b->memory);
	return NULL;
}

static struct call *
ask(struct bench *b, const char *fields)
{
	struct request r = { 0 };
	struct buf body = { 0 };
	struct call *c;

	buf_addf(&body, "{%s}", fields);
	r.body = json_parse(body.p, body.n);
	need(completion_read(&r, &b->served));
	c = call_new(&r);
	need(queue_add(&b->queue, c));
	buf_release(&body);
	return c;
}

static bool
is_done(struct bench *b, struct call *c)
{
	return queue_wait(&b->queue, c, SIZE_MAX, 0) != 0;
}

/* Whether a call has said something. */
static bool
speaks(struct bench *b, struct call *c)
{
	return queue_wait(&b->queue, c, 0, MINUTE) == 200;
}

struct said {
	int status;
	char *text; /* owned */
};

/* What a call answers, from `key` on. */
static struct said
answer_of(struct bench *b, struct call *c, const char *key)
{
	const int status = queue_wait(&b->queue, c, SIZE_MAX, MINUTE);
	const char *from = status != 0 ? strstr(buf_text(&c->out), key) : NULL;
	const size_t n = from != NULL ? strlen(from) : 0;
	const struct said said = { status, mem_dup(from, n) };

	queue_drop(&b->queue, c);
	return said;
}

static void
leave(struct bench *b, struct call *c)
{
	struct said said;

	atomic_store(&c->gone, true);
	said = answer_of(b, c, "the client has left");
	ok(said.status != 0 && said.text[0] != '\0',
	    "a call whose client leaves is over");
	free(said.text);
}

static void
refused(struct bench *b, const char *fields, const char *why)
{
	const struct said said = answer_of(b, ask(b, fields), why);

	ok(said.status == 503 && said.text[0] != '\0', "%s: 503 %.70s", fields,
	    said.text);
	free(said.text);
}

/* A call gets the same answer alone and beside a call that does not end. */
static void
joining(struct bench *b)
{
	static const char *const fields[] = {
		"\"prompt\":\"ab\",\"max_tokens\":9,\"top_k\":20,\"seed\":3",
		"\"prompt\":[\"a\",\"bc\"],\"n\":3,\"max_tokens\":70,"
		"\"top_k\":20,\"seed\":4,\"logprobs\":2",
		"\"prompt\":\"abc\",\"max_tokens\":0,\"echo\":true,"
		"\"logprobs\":1"
	};
	enum { CASES = sizeof fields / sizeof *fields };
	struct said alone[CASES], beside;
	struct call *endless;
	size_t i;

	for (i = 0; i < CASES; i++)
		alone[i] = answer_of(b, ask(b, fields[i]), "\"choices\"");
	endless = ask(b, "\"prompt\":\"a\"," ENDLESS);
	ok(speaks(b, endless), "an endless call is at work");
	for (i = 0; i < CASES; i++) {
		beside = answer_of(b, ask(b, fields[i]), "\"choices\"");
		ok(beside.status == 200 && !is_done(b, endless),
		    "a call beside it ends first: %s", fields[i]);
		ok(beside.text[0] != '\0' &&
			strcmp(beside.text, alone[i].text) == 0,
		    "it is answered as it is alone");
		free(beside.text);
		free(alone[i].text);
	}
	refused(b, "\"prompt\":[259],\"max_tokens\":9", "not finite");
	refused(b, "\"prompt\":\"a\",\"max_tokens\":900000",
	    "one sample needs");
	ok(!is_done(b, endless), "it goes on beside calls that fail");
	leave(b, endless);
}

/* There is memory for one endless call. */
static void
leaving(struct bench *b)
{
	struct call *first = ask(b, "\"prompt\":\"a\"," ENDLESS), *second;

	ok(speaks(b, first), "an endless call has the memory");
	second = ask(b, "\"prompt\":\"b\"," ENDLESS);
	ok(queue_wait(&b->queue, second, 0, 20) == 0,
	    "a call that does not fit beside it waits");
	leave(b, first);
	ok(speaks(b, second), "the memory is free for the next one");
	leave(b, second);
}

/* When rows become free, one call does not get them all. */
static void
sharing_rows(struct bench *b)
{
	static const char all[] =
	    "\"prompt\":\"a\",\"n\":128,\"temperature\":0,"
	    "\"max_tokens\":5000,\"stream\":true";
	struct call *first = ask(b, all), *second, *single;
	struct said said;

	ok(speaks(b, first), "a call has all rows");
	second = ask(b, all);
	single = ask(b, "\"prompt\":\"b\",\"temperature\":0");
	leave(b, first);
	said = answer_of(b, single, "");
	ok(said.status == 200 && !is_done(b, second),
	    "a single choice gets one of them beside a call with many");
	free(said.text);
	leave(b, second);
}

int
main(void)
{
	static struct bench b = { .memory = 96 << 20 };
	struct call *last;
	pthread_t thread;
	struct said said;

	make_served(&b.served);
	queue_init(&b.queue);
	if (pthread_create(&thread, NULL, work, &b) != 0)
		return 1;
	joining(&b);
	leaving(&b);
	sharing_rows(&b);
	last = ask(&b,
	    "\"prompt\":\"a\",\"max_tokens\":400,\"top_k\":20,\"seed\":1");
	queue_close(&b.queue);
	said = answer_of(&b, last, "length");
	ok(said.status == 200 && said.text[0] != '\0',
	    "a call from before the end is answered whole");
	free(said.text);
	ok(pthread_join(thread, NULL) == 0, "then the worker ends");
	queue_release(&b.queue);
	likelihood_free(b.served.likelihood);
	tokenizer_close(b.served.tokenizer);
	params_release(&b.served.policy.params);
	return tap_done();
}
