/* SPDX-License-Identifier: MIT */
/*
 * objective: names, parameters, and parameters that change with the policy's
 * steps.
 */
#include "objective/objective.h"

#include <math.h>
#include <string.h>

#include "../tap.h"
#include "base/rng.h"

static void
test_rows(void)
{
	size_t n, i, all;
	const struct objective_row *r = objective_rows(&n);
	char name[32];
	struct objective c;

	(void)divergence_rows(&all);
	ok(n >= 6, "%zu rows beside %zu divergences", n, all);
	for (i = 0; i < n; i++) {
		struct divergence d;

		(void)snprintf(name, sizeof name, "%s%s", r[i].name,
		    r[i].parameter.letter != NULL ? ":0.5" : "");
		ok(objective_parse(name, &c) == 0 && c.row == &r[i] &&
			c.divergence.row == NULL &&
			objective_has_parameter(&c) ==
			    (r[i].parameter.letter != NULL),
		    "%s", name);
		ok(divergence_parse(name, &d) == -1, "%s is not a divergence",
		    name);
		ok((r[i].loss != NULL) == (r[i].beta > 0),
		    "%s: a preference has a default beta", name);
	}
	ok(objective_parse("js", &c) == 0 && c.divergence.row != NULL &&
		!objective_has_parameter(&c),
	    "js has the row of divergences");
	ok(objective_parse("jsd:0.25", &c) == 0 &&
		objective_has_parameter(&c) &&
		objective_at(&c, 7).divergence.a == 0.25,
	    "the parameter of jsd:0.25 is the same at every step");
}

static void
test_annealed(void)
{
	static const struct {
		const char *text;
		uint64_t step;
		double a;
	} at[] = { { "alpha:1..0/400", 0, 1 }, { "alpha:1..0/400", 100, 0.75 },
		{ "alpha:1..0/400", 400, 0 }, { "alpha:1..0/400", 9999, 0 },
		{ "alpha:-1..1.5/10", 4, 0 }, { "jsd:0.1..0.9/8", 2, 0.3 },
		{ "skl:.5...25/1", 1, 0.25 }, { "srkl:0.2..0.1/2", 1, 0.15 },
		{ "iq:1e-2..0/10", 5, 0.005 } };
	struct objective c, now;
	size_t i;

	for (i = 0; i < sizeof at / sizeof *at; i++) {
		if (!ok(objective_parse(at[i].text, &c) == 0, "%s",
			at[i].text)) {
			printf("# %s\n", err_last());
			continue;
		}
		now = objective_at(&c, at[i].step);
		ok(fabs(now.a - at[i].a) < 1e-12 && now.steps == 0 &&
			now.divergence.a == now.a,
		    "%s is %g at step %d", at[i].text, at[i].a,
		    (int)at[i].step);
		ok(strcmp(c.name, at[i].text) == 0, "%s keeps its name",
		    at[i].text);
	}
}

static void
test_refused(void)
{
	static const char *const wrong[] = { "", "dp", "dpoo", "dpo:1", "iq",
		"iq:", "iq:-1", "iq:x", "prefix:1", "reward:2", "spin:0",
		"alpha:1..0", "alpha:1..0/", "alpha:1..0/0", "alpha:1..0/x",
		"alpha:..0/4", "alpha:1../4", "alpha:1/4..0", "alpha:..",
		"jsd:0.1..1/4", "jsd:0..0.5/4", "js:0..1/4", "nosuch:1..0/4",
		"dpo:1..0/4", "alpha:1..11/4", "alpha:1..0/4/4", ":1..0/4",
		"alpha:1..0..1/4", "fkl..:../5", "..", "..:", ":..", ":../",
		"../5:..", "alpha:../", "alpha:1..0/-1", "a..lpha:1..0/4",
		"alpha..:1..0/4", "alpha:1../0/4" };
	struct objective c;
	size_t i;

	for (i = 0; i < sizeof wrong / sizeof *wrong; i++)
		ok(objective_parse(wrong[i], &c) == -1, "\"%s\": %s", wrong[i],
		    err_last());
}

/*
 * Whatever the text, the parser returns 0 or -1, and what it takes it takes
 * again.  Texts are of the parts that names are made of, in any order.
 */
static void
test_any_text(void)
{
	static const char *const part[] = { "alpha", "jsd", "fkl", "iq", "dpo",
		":", "..", ".", "/", "0", "0.5", "1", "400", "-", "e", "%s",
		"\n", "\xff" };
	enum { PARTS = sizeof part / sizeof *part, TEXTS = 20000 };
	struct rng r = rng_at(1, 0, 0, "objective", 0);
	size_t i, k, taken = 0, other = 0;

	for (i = 0; i < TEXTS; i++) {
		struct objective a, b;
		struct buf text = { 0 };

		for (k = rng_below(&r, 9); k > 0; k--)
			buf_adds(&text, part[rng_below(&r, PARTS)]);
		if (objective_parse(buf_text(&text), &a) == 0) {
			taken++;
			other += objective_parse(text.p, &b) != 0 ||
			    a.row != b.row || a.a != b.a || a.to != b.to ||
			    a.steps != b.steps ||
			    !isfinite(objective_at(&a, i).a);
		}
		buf_release(&text);
	}
	ok(taken > 100 && other == 0, "%zu of %d random texts are names", taken,
	    TEXTS);
}

static void
test_names(void)
{
	struct buf list = { 0 };
	struct objective o;
	char *name, *next, text[32];
	size_t n = 0, wrong = 0, rows, divergences;

	objective_names(&list);
	for (name = buf_text(&list); name != NULL; name = next, n++) {
		next = strchr(name, ' ');
		if (next != NULL)
			*next++ = '\0';
		(void)snprintf(text, sizeof text, "%.*s%s",
		    (int)strcspn(name, ":"), name,
		    strchr(name, ':') != NULL ? ":0.5" : "");
		wrong += objective_parse(text, &o) != 0;
	}
	(void)objective_rows(&rows);
	(void)divergence_rows(&divergences);
	ok(wrong == 0 && n == rows + divergences,
	    "the list has all %zu names, and each is taken", n);
	buf_release(&list);
}

int
main(void)
{
	test_rows();
	test_names();
	test_any_text();
	test_annealed();
	test_refused();
	return tap_done();
}
