/* SPDX-License-Identifier: MIT */
/* pool: demonstrations drawn by prompt, then by chance, none twice. */
#include "traj/pool.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../policydir.h"
#include "../scratch.h"
#include "../tap.h"

enum { DEMOS = 12, ROLLS = 6 };

static char path[] = "file";

/* Two segments: groups g0 (3 of them), g1 (2), and one each of the others. */
static void
demos_file(void)
{
	static const char *const group[DEMOS] = { "g0", "g1", "x2", "g0", "x4",
		"x5", "g1", "x7", "g0", "x9", "x10", "x11" };
	struct buf b = { 0 };
	size_t i;

	for (i = 0; i < DEMOS; i++) {
		if (i % 6 == 0)
			buf_addf(&b,
			    "{\"apprentice\":{\"kind\":\"traj\","
			    "\"version\":1,\"tokenizer\":\"tok\","
			    "\"vocab\":20}}\n");
		buf_addf(&b,
		    "{\"id\":\"d%zu\",\"group\":\"%s\",%s"
		    "\"tokens\":[1,%zu,5,6],\"actions\":[1,2,3,4]}\n",
		    i, group[i], i == 3 ? "" : "\"role\":\"chosen\",", i);
		if (i % 6 == 5)
			buf_addf(&b,
			    "{\"end\":{\"count\":6,\"more\":false}}\n");
	}
	put(path, buf_text(&b));
	buf_release(&b);
}

static void
rolls(struct traj *t, struct traj_segment *s, const char *const *group,
    size_t n)
{
	size_t i;

	memset(t, 0, n * sizeof *t);
	*s = (struct traj_segment){ .t = t, .n = n };
	for (i = 0; i < n; i++)
		t[i].group = (char *)(uintptr_t)group[i];
}

static size_t
drawn_of(const struct traj *const *picks, size_t n, const char *group)
{
	size_t i, sum = 0;

	for (i = 0; i < n; i++)
		sum += strcmp(picks[i]->group, group) == 0;
	return sum;
}

static bool
none_twice(const struct traj *const *picks, size_t n)
{
	size_t i, j;

	for (i = 0; i < n; i++)
		for (j = 0; j < i; j++)
			if (picks[i] == picks[j])
				return false;
	return true;
}

static bool
as_before(const struct traj *const *a, const struct traj *const *b, size_t n)
{
	return memcmp(a, b, n * sizeof(const struct traj *)) == 0;
}

static void
test_draw(struct pool *p)
{
	static const char *const group[20] = { "g0", "new", "g1", "g0", "g1",
		"g1", "n", "n", "n", "n", "n", "n", "n", "n", "n", "n", "n",
		"n", "n", "n" };
	const struct traj *one[20], *two[20];
	struct traj t[20];
	struct traj_segment s;
	size_t n, step, other = 0;

	rolls(t, &s, group, ROLLS);
	n = pool_draw(p, &s, 1, 0, one);
	ok(n == ROLLS && none_twice(one, n),
	    "as many are drawn as there are rollouts, none twice");
	ok(drawn_of(one, n, "g0") >= 2 && drawn_of(one, n, "g1") == 2,
	    "the same prompts first: two of two, and all that there are");
	ok(one[0]->role == ROLE_EXPERT, "the role of those drawn is expert");
	ok(pool_draw(p, &s, 1, 0, two) == n && as_before(one, two, n),
	    "the same seed and step draw the same");
	for (step = 1; step < 9; step++)
		other += pool_draw(p, &s, 1, step, two) == n &&
		    !as_before(one, two, n);
	ok(other > 0, "another step draws others");
	for (other = 0, step = 2; step < 9; step++)
		other += pool_draw(p, &s, step, 0, two) == n &&
		    !as_before(one, two, n);
	ok(other > 0, "another seed draws others");
	rolls(t, &s, group, 1);
	ok(pool_draw(p, &s, 1, 0, one) == 1 && strcmp(one[0]->group, "g0") == 0,
	    "no more are drawn of a prompt than it has rollouts");
	rolls(t, &s, group, 20);
	ok(pool_draw(p, &s, 1, 0, one) == DEMOS && none_twice(one, DEMOS),
	    "all are drawn where the pool has fewer");
	rolls(t, &s, group, 0);
	ok(pool_draw(p, &s, 1, 0, one) == 0, "an empty segment draws none");
}

/* Chance is even: each of `among` demonstrations is drawn about as often. */
static void
test_even(struct pool *p, const char *name, size_t among)
{
	const char *const group[1] = { name };
	const struct traj *pick[1];
	struct traj t[1];
	struct traj_segment s;
	size_t times[DEMOS] = { 0 }, fair = 0, i;

	rolls(t, &s, group, 1);
	for (i = 0; i < 100 * among; i++)
		if (pool_draw(p, &s, 7, i, pick) == 1)
			times[pick[0]->tokens[1]]++;
	for (i = 0; i < DEMOS; i++)
		fair += times[i] > 60 && times[i] < 140;
	ok(fair == among, "%s: %zu of %zu are drawn about as often", name, fair,
	    among);
}

static void
test_response(const struct pool *p)
{
	uint32_t tokens[] = { 9, 8, 6, 7 };
	struct span span[] = { { 2, 3 }, { 2, 4 } };
	struct traj t = { .group = (char *)(uintptr_t) "g1",
		.tokens = tokens,
		.n = 4,
		.span = span,
		.spans = 1 };

	ok(pool_has_response(p, &t),
	    "a response of the group is found by its last span");
	t.span = span + 1;
	ok(!pool_has_response(p, &t), "a longer response is not found");
	t.span = span;
	tokens[2] = 5;
	ok(!pool_has_response(p, &t), "another response is not found");
	tokens[2] = 6;
	t.group = (char *)(uintptr_t) "g";
	ok(!pool_has_response(p, &t),
	    "a response of another group is not found");
	t.group = (char *)(uintptr_t) "g1";
	t.spans = 0;
	ok(!pool_has_response(p, &t),
	    "a trajectory without a response is not found");
}

static void
test_group(const struct pool *p)
{
	const struct traj *t[4];
	size_t k;

	for (k = 0; k < 4; k++)
		t[k] = pool_of_group(p, "g0", k);
	ok(t[2] != NULL && t[3] == NULL && strcmp(t[0]->id, "d0") == 0 &&
		strcmp(t[1]->id, "d3") == 0 && strcmp(t[2]->id, "d8") == 0,
	    "the demonstrations of a group, as they came");
	ok(pool_of_group(p, "d0", 0) == NULL, "a group that is not there");
}

static void
test_refusals(const struct pool *p)
{
	char missing[64], want[128];

	ok(pool_check(p, "tok", 20, 4) == 0 && pool_check(p, "", 20, 4) == 0,
	    "a pool fits its tokenizer, vocabulary and context");
	ok(pool_check(p, "other", 20, 4) == -1, "%s", err_last());
	ok(pool_check(p, "tok", 19, 4) == -1, "%s", err_last());
	ok(pool_check(p, "tok", 20, 3) == -1 &&
		strstr(err_last(), "record 1 (\"d0\")") != NULL,
	    "%s", err_last());
	(void)snprintf(missing, sizeof missing, "%s.no", path);
	ok(pool_open(missing) == NULL, "%s", err_last());
	put(path,
	    "{\"apprentice\":{\"kind\":\"traj\",\"version\":1}}\n"
	    "{\"end\":{\"count\":0,\"more\":false}}\n");
	(void)snprintf(want, sizeof want, "%s: no demonstrations", path);
	ok(pool_open(path) == NULL && strcmp(err_last(), want) == 0, "%s",
	    err_last());
	put(path, "{\"apprentice\":{\"kind\":\"traj\",\"version\":1}}\n");
	ok(pool_open(path) == NULL, "a cut stream: %s", err_last());
	put(path,
	    "{\"apprentice\":{\"kind\":\"traj\",\"version\":1,\"tokenizer\":"
	    "\"a\"}}\n{\"end\":{\"count\":0,\"more\":true}}\n"
	    "{\"apprentice\":{\"kind\":\"traj\",\"version\":1,\"tokenizer\":"
	    "\"b\"}}\n{\"end\":{\"count\":0,\"more\":false}}\n");
	(void)snprintf(want, sizeof want,
	    "%s: segment 2: made with another tokenizer than the segments "
	    "before",
	    path);
	ok(pool_open(path) == NULL && strcmp(err_last(), want) == 0,
	    "segments of two tokenizers are refused");
}

int
main(void)
{
	struct pool *p;

	scratch_enter();
	demos_file();
	p = pool_open(path);
	if (ok(p != NULL, "a pool")) {
		ok(pool_size(p) == DEMOS &&
			strcmp(pool_tokenizer(p), "tok") == 0,
		    "a pool has the trajectories of all segments");
		test_draw(p);
		test_even(p, "new", DEMOS);
		test_even(p, "g0", 3);
		test_response(p);
		test_group(p);
		test_refusals(p);
	}
	pool_close(p);
	(void)unlink(path);
	scratch_leave();
	return tap_done();
}
