/* SPDX-License-Identifier: MIT */
/* verdict: which policy is kept, and what the sentence and the JSON say. */
#include "eval/verdict.h"

#include <math.h>
#include <string.h>

#include "io/json.h"
#include "tests/tap.h"

enum { PROMPTS = 20 };

static double actions[PROMPTS], start[PROMPTS], more[PROMPTS], good[PROMPTS],
    noisy[PROMPTS], bad[PROMPTS];

static void
fill(void)
{
	size_t i;

	for (i = 0; i < PROMPTS; i++) {
		actions[i] = 10;
		start[i] = 20 + (double)(i % 5);
		more[i] = start[i] - 2;
		good[i] = more[i] - 1 - (double)(i % 2);
		noisy[i] = more[i] + (i % 2 == 0 ? 4 : -4.5);
		bad[i] = more[i] + 1;
	}
}

static struct verdict
judge(struct verdict_row *row, size_t rows)
{
	struct verdict v = { .held = "held.traj",
		.prompts = PROMPTS,
		.actions = actions,
		.weight = PROMPTS,
		.row = row,
		.rows = rows };

	verdict_judge(&v, 1);
	return v;
}

static bool
says(const struct verdict *v, const char *words)
{
	struct buf b = { 0 };
	bool same;

	verdict_sentence(v, &b);
	same = strcmp(buf_text(&b), words) == 0;
	if (!same)
		printf("# %s\n", b.p);
	buf_release(&b);
	return same;
}

static void
test_better(void)
{
	struct verdict_row row[] = {
		{ .name = "start", .control = true, .nll = start },
		{ .name = "more", .control = true, .nll = more },
		{ .name = "bad", .nll = bad },
		{ .name = "good", .nll = good },
	};
	struct verdict v = judge(row, 4);
	struct buf b = { 0 };
	struct json *j;

	ok(v.strongest == 1 && v.keep == 3 && v.better,
	    "the strongest control is the one with the fewest nats");
	ok(fabs(row[3].difference + 0.15) < 1e-12 && row[3].high < 0 &&
		row[3].low < row[3].difference &&
		row[3].difference < row[3].high,
	    "the difference is within its interval, below 0");
	ok(isnan(row[1].difference) && fabs(row[0].difference - 0.2) < 1e-12,
	    "controls have differences too, the strongest has none");
	ok(says(&v,
	       "Keep good: 0.150 nats per token better than more (95 % "
	       "interval 0.130 to 0.170, 20 prompts)."),
	    "the sentence names candidate, control, difference and interval");
	row[0].length = row[0].distinct_2 = row[0].self_bleu = (double)NAN;
	row[0].name = "\xff";
	row[0].policy = row[1].policy = row[2].policy = row[3].policy = "p\n";
	verdict_json(&v, &b);
	j = json_parse(b.p, b.n);
	ok(j != NULL && json_count(json_get(j, "rows")) == 4 &&
		json_kind(json_pointer(j, "/rows/0/length")) == JSON_T_NULL &&
		strcmp(json_text(json_get(j, "keep"), NULL), "good") == 0,
	    "the JSON has a row each, null for what does not exist");
	json_free(j);
	buf_release(&b);
}

static void
test_none(void)
{
	struct verdict_row chance[] = {
		{ .name = "more", .control = true, .nll = more },
		{ .name = "noisy", .nll = noisy },
	};
	struct verdict_row worse[] = {
		{ .name = "more", .control = true, .nll = more },
		{ .name = "bad", .nll = bad },
	};
	struct verdict_row alone[] = {
		{ .name = "more", .control = true, .nll = more },
	};
	struct verdict v = judge(chance, 2);
	struct buf b = { 0 };

	ok(!v.better && v.keep == 0 && chance[1].difference < 0,
	    "a difference whose interval has 0 is not enough");
	verdict_sentence(&v, &b);
	ok(strstr(buf_text(&b),
	       "Keep more: no policy is better than this "
	       "control; noisy comes to 0.025 nats per token "
	       "less, which may be chance (95 % interval -") == b.p,
	    "the sentence says that it may be chance");
	buf_release(&b);
	v = judge(worse, 2);
	ok(says(&v,
	       "Keep more: no policy is better than this control; bad is "
	       "0.100 nats per token worse (95 % interval 0.100 to 0.100, 20 "
	       "prompts)."),
	    "the sentence says how much worse the nearest is");
	v = judge(alone, 1);
	ok(says(&v,
	       "more: 2.000 nats per token on 20 prompts, and no policy "
	       "beside the controls."),
	    "a control alone");
}

int
main(void)
{
	fill();
	test_better();
	test_none();
	return tap_done();
}
