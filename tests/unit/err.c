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
	(void)fail("%s: the reason", text);
	ok(strcmp(err_last() + strlen(err_last()) - 12, ": the reason") == 0,
	    "a long message keeps its reason");
	(void)fail("x.gguf: no space");
	(void)fail_in("%s", "x.gguf");
	ok(says("x.gguf: no space"), "a place is named once");
	(void)fail_in("%s", "x");
	ok(says("x: x.gguf: no space"), "another place is put in front");
	(void)fail("%s: the reason", text);
	for (i = 0; i < 500; i++)
		(void)fail_in("depth %zu", i);
	ok(strlen(err_last()) < 400 &&
		strncmp(err_last(), "depth 499: depth 498: ", 22) == 0 &&
		strcmp(err_last() + strlen(err_last()) - 12, ": the reason") ==
		    0,
	    "a message stays one line, whatever is put in front");
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
	ok(!err_is_pipe(), "other failures are not a closed pipe");
	ok(fail_pipe() == -1 && err_is_pipe(), "fail_pipe is a closed pipe");
	ok(fail_in("rollout") == -1 && err_is_pipe(),
	    "a closed pipe stays one when a place is added");
	ok(fail("other") == -1 && !err_is_pipe(),
	    "the next failure is not a closed pipe");
	ok(fail_kind(ERR_TOKENIZER, "p\n", "made for %s", "p") == -1 &&
		says("made for p") && err_last_kind() == ERR_TOKENIZER &&
		strcmp(err_about(), "p?") == 0,
	    "fail_kind has a kind and a subject");
	ok(fail_in("a.traj") == -1 && err_last_kind() == ERR_TOKENIZER &&
		strcmp(err_about(), "p?") == 0 && says("a.traj: made for p"),
	    "fail_in keeps kind and subject");
	ok(fail("x") == -1 && err_last_kind() == ERR_OTHER &&
		err_about()[0] == '\0',
	    "the next failure has neither kind nor subject");
	test_hostile();
	test_threads();
	return tap_done();
}
