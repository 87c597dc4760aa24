/* SPDX-License-Identifier: MIT */
#include "base/err.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "../tap.h"

static bool
says(const char *expected)
{
	return strcmp(err_last(), expected) == 0;
}

static void *
fail_elsewhere(void *seen)
{
	*(bool *)seen = says("");
	(void)fail("of another thread");
	return NULL;
}

static void
test_threads(void)
{
	bool fresh = false;
	pthread_t id;

	(void)fail("of this thread");
	ok(pthread_create(&id, NULL, fail_elsewhere, &fresh) == 0 &&
		pthread_join(id, NULL) == 0,
	    "a thread runs");
	ok(fresh, "a thread begins without a message");
	ok(says("of this thread"), "another thread does not change ours");
}

static void
test_hostile(void)
{
	char text[5000];
	size_t i;

	(void)fail("%s", "a\nb\033[31mc\177");
	ok(says("a?b?[31mc?"), "control characters are replaced");
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	(void)fail("%s", text);
	ok(strlen(err_last()) < 400, "a long message is cut to a line");
	for (i = 0; i < 500; i++)
		(void)fail_in("depth %zu", i);
	ok(strlen(err_last()) < 400 &&
		strncmp(err_last(), "depth 499: depth 498: ", 22) == 0,
	    "and stays one, whatever is put in front");
}

int
main(void)
{
	ok(says(""), "no message in the beginning");
	ok(fail("%s: %d", "x", 7) == -1 && says("x: 7"), "fail formats");
	ok(fail_in("record %d", 12) == -1 && says("record 12: x: 7"),
	    "fail_in prefixes");
	errno = ENOENT;
	ok(fail_sys("f") == -1 && says("f: No such file or directory"),
	    "fail_sys says errno");
	ok(!err_is_pipe(), "none of these is a closed pipe");
	ok(fail_pipe() == -1 && err_is_pipe(), "fail_pipe is");
	ok(fail_in("rollout") == -1 && err_is_pipe(), "and stays one");
	ok(fail("other") == -1 && !err_is_pipe(), "until the next failure");
	test_hostile();
	test_threads();
	return tap_done();
}
