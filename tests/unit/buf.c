/* SPDX-License-Identifier: MIT */
#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

#include "../tap.h"

static bool
holds(struct buf *b, const char *expected)
{
	return b->n == strlen(expected) && strcmp(buf_text(b), expected) == 0;
}

static void
test_growth(struct buf *b)
{
	bool good = true;
	size_t i;

	buf_reset(b);
	for (i = 0; i < 100000; i++)
		buf_addc(b, (char)(i % 251));
	for (i = 0; i < 100000; i++)
		good = good && b->p[i] == (char)(i % 251);
	ok(b->n == 100000 && good, "100000 bytes one by one are all there");
	ok(b->cap < 4 * b->n, "the capacity stays of the order of the bytes");
	for (i = 0; i < 100; i++) {
		buf_reset(b);
		memset(buf_room(b, 777 * i), 'x', 777 * i);
		b->n += 777 * i;
	}
	ok(b->n == 777 * 99 && b->p[0] == 'x', "buf_room makes room");
}

int
main(void)
{
	struct buf b = { 0 };
	size_t cap;

	ok(holds(&b, ""), "all zero is an empty buffer");
	buf_add(&b, NULL, 0);
	ok(b.n == 0, "adding nothing changes nothing");
	buf_add(&b, "a\0b", 3);
	ok(b.n == 3 && memcmp(b.p, "a\0b", 3) == 0,
	    "bytes are added, NUL included");
	buf_reset(&b);
	buf_adds(&b, "one");
	buf_addc(&b, ' ');
	buf_addf(&b, "%d %s", 2, "three");
	ok(holds(&b, "one 2 three"),
	    "text, a character and a format are added");
	buf_addf(&b, "%s", "");
	ok(holds(&b, "one 2 three"), "an empty format adds nothing");
	buf_addf(&b, "%300d", 1);
	ok(b.n == 311 && strlen(buf_text(&b)) == 311, "a long format is added");
	cap = b.cap;
	buf_reset(&b);
	ok(b.n == 0 && b.cap == cap, "reset keeps the memory");
	test_growth(&b);
	buf_release(&b);
	ok(b.p == NULL && b.n == 0 && b.cap == 0, "release leaves all zero");
	return tap_done();
}
