/* SPDX-License-Identifier: MIT */
/* msgbuild: a record written once equals one changed field by field. */
#include "io/msgbuild.h"

#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "tests/tap.h"

enum { KEYS = 20, CHANGES = 12, ROUNDS = 500 };

static const char *
key(uint64_t i)
{
	static const char *const keys[KEYS] = { "a", "b", "c", "d", "e", "f",
		"g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "quite-long",
		"r", "s", "" };

	return keys[i];
}

static void
random_map(struct rng *r, struct msg *m)
{
	uint64_t i;

	msg_clear(m);
	for (i = 0; i < KEYS; i++)
		if (rng_below(r, 2) == 0)
			msg_set_uint(m, key(i), rng_u64(r));
}

/* The same changes, each key once, by a builder and one after the other. */
static bool
agree(struct rng *r)
{
	struct msg from = { 0 }, one = { 0 }, other = { 0 };
	struct msg_build b;
	uint64_t at = rng_below(r, KEYS), i, x;
	bool same;

	random_map(r, &from);
	msg_copy(&one, &from);
	msg_build(&b, &from);
	for (i = 0; i < CHANGES; i++, at = (at + 7) % KEYS) {
		if (rng_below(r, 3) == 0) {
			msg_del(&one, key(at));
			msg_build_drop(&b, key(at));
		} else {
			x = rng_u64(r);
			msg_set_uint(&one, key(at), x);
			msg_put_uint(msg_build_set(&b, key(at)), x);
		}
	}
	msg_build_end(&b, &other);
	same = one.bytes.n == other.bytes.n &&
	    memcmp(one.bytes.p, other.bytes.p, one.bytes.n) == 0 &&
	    one.n == other.n;
	msg_release(&from);
	msg_release(&one);
	msg_release(&other);
	return same;
}

int
main(void)
{
	struct rng r = rng_at(1, 0, 0, "build", 0);
	struct msg m = { 0 };
	struct msg_build b;
	struct msg_view v;
	uint64_t x = 0;
	size_t i, good = 0;

	for (i = 0; i < ROUNDS; i++)
		good += agree(&r);
	ok(good == ROUNDS, "%zu of %d records equal those set field by field",
	    good, ROUNDS);
	msg_build(&b, &m);
	msg_build_drop(&b, "x");
	msg_put_uint(msg_build_set(&b, "x"), 1);
	msg_put_uint(msg_build_set(&b, "y"), 2);
	msg_build_drop(&b, "y");
	msg_put_uint(msg_build_set(&b, "x"), 3);
	msg_build_end(&b, &m);
	ok(m.n == 1 && msg_uint(&m, "x", &x) == 1 && x == 3,
	    "the last change of a key counts");
	msg_build(&b, &m);
	msg_put_str(msg_build_set(&b, "z"), "t", 1);
	msg_build_end(&b, &m);
	ok(m.n == 2 && msg_str(&m, "z", &v) == 1 && v.n == 1,
	    "the new map may replace the old one");
	msg_release(&m);
	return tap_done();
}
