/* SPDX-License-Identifier: MIT */
/* queue: calls between two threads, their bounds, and the end. */
#include "serve/queue.h"

#include <string.h>

#include "tests/tap.h"

/* Answers the calls of a queue until it is closed: two bytes, then four. */
static void *
answer_calls(void *arg)
{
	static const struct buf two = { .p = (char *)"ab", .n = 2 };
	static const struct buf four = { .p = (char *)"cdef", .n = 4 };
	struct queue *q = arg;
	struct call *c, *next;

	while ((c = queue_take(q, true)) != NULL)
		for (; c != NULL; c = next) {
			next = c->next;
			call_say(q, c, &two);
			call_end(q, c, 200, &four);
		}
	return NULL;
}

static struct call *
new_call(void)
{
	struct request r = { 0 };

	return call_new(&r);
}

static void
test_reading(struct queue *q)
{
	struct call *c = new_call();
	char text[8] = "";

	ok(queue_add(q, c) == 0 && c->number > 0, "a call is added");
	ok(queue_wait(q, c, SIZE_MAX, 60000) == 200, "its answer comes");
	ok(queue_read(q, c, 0, text, 3) == 3 &&
		queue_read(q, c, 3, text + 3, 5) == 3 &&
		strcmp(text, "abcdef") == 0,
	    "it is read in pieces: %s", text);
	ok(queue_read(q, c, 6, text, 8) == -1, "and has an end");
	queue_drop(q, c);
}

/* What has been read of a stream is not held. */
static void
test_dropping(void)
{
	enum { PARTS = 1000 };
	static const struct buf part = { .p = (char *)"0123456789", .n = 10 };
	struct call *c = new_call();
	size_t i, most = 0, good = 0;
	char text[10];
	struct queue q;

	queue_init(&q);
	for (i = 0; i < PARTS; i++) {
		call_say(&q, c, &part);
		good += queue_wait(&q, c, 10 * i, 1) == 200 &&
		    queue_read(&q, c, 10 * i, text, 4) == 4 &&
		    queue_read(&q, c, 10 * i + 4, text + 4, 9) == 6 &&
		    memcmp(text, part.p, 10) == 0;
		most = c->out.n > most ? c->out.n : most;
	}
	ok(good == PARTS && queue_read(&q, c, 10 * PARTS, text, 1) == 0,
	    "a stream is read as it grows");
	ok(most <= 40, "at most %zu of its bytes are held", most);
	call_free(c);
	queue_release(&q);
}

static void
test_bounds(void)
{
	struct call *call[QUEUE_CALLS + 1];
	struct queue q;
	size_t i, taken = 0;
	struct call *c;

	queue_init(&q);
	for (i = 0; i <= QUEUE_CALLS; i++)
		call[i] = new_call();
	for (i = 0; i < QUEUE_CALLS; i++)
		if (queue_add(&q, call[i]) != 0)
			break;
	ok(i == QUEUE_CALLS && queue_add(&q, call[i]) == -1 &&
		strcmp(err_last(),
		    "256 requests wait or are at work already") == 0,
	    "%s", err_last());
	ok(queue_wait(&q, call[0], 0, 1) == 0, "there is no answer yet");
	queue_close(&q);
	ok(queue_add(&q, call[i]) == -1 &&
		strcmp(err_last(), "the server ends") == 0,
	    "%s", err_last());
	for (c = queue_take(&q, false); c != NULL; c = c->next)
		taken++;
	ok(taken == QUEUE_CALLS && queue_take(&q, true) == NULL,
	    "calls that wait are taken at once, then it is empty");
	call_free(call[i]);
	while (i > 0)
		queue_drop(&q, call[--i]);
	queue_drain(&q);
	queue_release(&q);
}

int
main(void)
{
	struct queue q;
	pthread_t thread;
	size_t i;

	queue_init(&q);
	if (pthread_create(&thread, NULL, answer_calls, &q) != 0)
		return 1;
	for (i = 0; i < 3; i++)
		test_reading(&q);
	queue_close(&q);
	queue_drain(&q);
	ok(pthread_join(thread, NULL) == 0, "the worker ends");
	queue_release(&q);
	test_dropping();
	test_bounds();
	return tap_done();
}
