/* SPDX-License-Identifier: MIT */
/* stops: the first stop text in a text, and what may begin one. */
#include "text/stops.h"

#include <string.h>

#include "../tap.h"

static size_t
find(const struct stops *s, const char *text)
{
	return stops_find(s, text, strlen(text));
}

static size_t
begun(const struct stops *s, const char *text)
{
	return stops_begun(s, text, strlen(text));
}

int
main(void)
{
	struct stops s = { 0 };

	ok(find(NULL, "abc") == 3 && begun(NULL, "abc") == 0 &&
		find(&s, "abc") == 3 && begun(&s, "abc") == 0,
	    "a set without texts finds nothing");
	ok(stops_add("", &s) == -1 && strcmp(err_last(), "empty text") == 0,
	    "an empty text is refused");
	ok(stops_add("aab", &s) == 0 && stops_add("b", &s) == 0 &&
		stops_add("\n\nQ:", &s) == 0 && s.n == 3 && s.longest == 4,
	    "three texts");
	ok(find(&s, "caab") == 1, "the text that begins first counts");
	ok(find(&s, "caaab") == 2, "a text may follow a part of itself");
	ok(find(&s, "xb") == 1 && find(&s, "b") == 0 && find(&s, "") == 0,
	    "a text at the end, alone, and none");
	ok(begun(&s, "xaa") == 2 && begun(&s, "a") == 1 &&
		begun(&s, "x\n\nQ") == 3 && begun(&s, "") == 0,
	    "bytes that may begin a text");
	ok(begun(&s, "aax") == 0 && begun(&s, "x\n\n\n") == 2,
	    "bytes that no longer do");
	stops_release(&s);
	ok(s.text == NULL && s.n == 0, "release");
	return tap_done();
}
