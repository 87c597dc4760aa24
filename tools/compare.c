/* SPDX-License-Identifier: MIT */
/*
 * compare: held-out demonstrations and policies in, a table and a verdict out.
 *
 * For each policy the negative log-likelihood of the demonstrations, its
 * difference to the strongest control with an interval by paired bootstrap over
 * prompts, and length and diversity of samples.  See compare(1).
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/cli.h"
#include "eval/said.h"
#include "eval/verdict.h"
#include "io/atomic.h"
#include "likelihood/heldout.h"
#include "nn/ckpt.h"

enum { CONTROLS_MAX = 64, MANY = 1 << 30, EXIT_NONE_BETTER = 3 };

static struct args {
	struct common common;
	const char *control[CONTROLS_MAX];
	size_t controls;
	struct heldout_sampling sampling;
	uint64_t micro;
	const char *record;
	bool gate;
} a = {
	.common.seed = 1,
	.sampling = { 100,
	    { { .temperature = 1, .top_p = 1 }, 256, .memory = 512 << 20 },
	    { .each = 4 } },
	.micro = 4096,
};

static int
add_control(const char *text, void *value)
{
	struct args *args = value;

	if (args->controls == CONTROLS_MAX)
		return fail("more than %d", CONTROLS_MAX);
	args->control[args->controls++] = text;
	return 0;
}

static const struct opt opts[] = {
	OPT_GROUP("Verdict"),
	OPT_CUSTOM(0, "control", &a, "NAME", add_control,
	    "this policy is a control, may be repeated (the first)"),
	OPT_FLAG(0, "gate", &a.gate, "exit 3 if no policy beats the controls"),
	OPT_TEXT(0, "record", &a.record, "FILE",
	    "also write the JSON of --json to FILE"),
	OPT_GROUP("Samples"),
	OPT_UINT(0, "prompts", &a.sampling.prompts, "N", 0, MANY,
	    "sample responses to N prompts (100); 0: none"),
	OPT_UINT('n', "samples", &a.sampling.respond.each, "N", 1, MANY,
	    "responses to each prompt (4)"),
	OPT_UINT('l', "max-new", &a.sampling.how.max_new, "N", 1, MANY,
	    "tokens of a response at most (256)"),
	OPT_SEED(&a.common, "seed of samples and bootstrap (1)"),
	OPT_GROUP("Common"),
	OPT_UINT(0, "micro", &a.micro, "TOKENS", 1, 1e9,
	    "size of a micro-batch, bounds memory (4096)"),
	OPT_OUTPUT(&a.common),
	OPT_JSON(&a.common),
	OPT_THREADS(&a.common),
	OPT_BASIC(&a.common),
	OPT_LAST,
};

static const struct usage usage = {
	"[options] HELD.traj [NAME=]POLICY ...",
	"Held-out demonstrations and policies in, a table and a verdict out.",
	"compare held.traj sft=policy.sft/best rkl=policy.adversarial/best",
	"HELD.traj, held-out demonstrations",
};

/* Divide NAME=POLICY; a policy without a name is named by its path. */
static void
name_row(struct verdict_row *r, char *operand)
{
	char *equals = strchr(operand, '=');

	r->name = r->policy = operand;
	if (equals == NULL)
		return;
	*equals = '\0';
	r->policy = equals + 1;
	if (equals == operand)
		die_usage("=%s: the name is empty", r->policy);
}

static void
mark_controls(struct verdict *v)
{
	size_t i, k;

	for (k = 0; k < a.controls; k++) {
		for (i = 0; i < v->rows; i++)
			if (strcmp(v->row[i].name, a.control[k]) == 0)
				break;
		if (i == v->rows)
			die_usage("--control %s: no policy has this name",
			    a.control[k]);
		v->row[i].control = true;
	}
	if (a.controls == 0)
		v->row[0].control = true;
}

static void
name_rows(struct verdict *v, char **operands, size_t n)
{
	size_t i, k;

	if (n == 0)
		opt_missing(&usage, "operand: POLICY, a policy's directory");
	v->row = mem_alloc(n, sizeof *v->row);
	v->rows = n;
	for (i = 0; i < n; i++) {
		name_row(&v->row[i], operands[i]);
		for (k = 0; k < i; k++)
			if (strcmp(v->row[k].name, v->row[i].name) == 0)
				die_usage("two policies are named %s",
				    v->row[i].name);
	}
	mark_controls(v);
}

/* What a policy says, or without one the demonstrations. */
static void
listen(const struct heldout *h, const struct ckpt *policy, struct said *said)
{
	said_init(said);
	if (heldout_responses(h, policy, &a.sampling, said_hear, said) != 0)
		die();
}

static void
measure(const struct heldout *h, struct verdict_row *row)
{
	double *nll = mem_alloc(h->prompts, sizeof *nll);
	struct said said = { 0 };
	struct ckpt c;

	opened(ckpt_open(&c, row->policy));
	if (ckpt_check_finite(&c) != 0)
		die();
	if (c.config.scored)
		die_with("%s: a sequence classifier, which has no responses",
		    row->policy);
	if (heldout_nll(h, &c, a.micro, nll) != 0)
		die();
	listen(h, &c, &said);
	row->nll = nll;
	row->length = said_length(&said);
	row->distinct_2 = said_distinct(&said, 2);
	row->self_bleu = said_self_bleu(&said);
	said_release(&said);
	ckpt_close(&c);
	note("%s: measured", row->name);
}

static void
record(const struct verdict *v)
{
	struct buf text = { 0 };

	if (a.record == NULL)
		return;
	verdict_json(v, &text);
	if (write_whole(a.record, text.p, text.n) != 0)
		die();
	buf_release(&text);
}

int
main(int argc, char **argv)
{
	struct verdict v = { 0 };
	struct said demos = { 0 };
	struct buf text = { 0 };
	struct heldout h;
	int first, rc;
	size_t i;

	cli_begin(argc, argv);
	first = opt_parse(opts, &usage, argc, argv);
	cli_ready(&a.common);
	name_rows(&v, argv + first + 1, (size_t)(argc - first - 1));
	a.sampling.how.seed = a.common.seed;
	a.sampling.respond.max_new = a.sampling.how.max_new;
	v.held = argv[first];
	if (heldout_open(&h, v.held) != 0)
		die();
	v.prompts = h.prompts;
	v.actions = h.actions;
	v.weight = h.weight;
	listen(&h, NULL, &demos);
	v.length = said_length(&demos);
	v.distinct_2 = said_distinct(&demos, 2);
	said_release(&demos);
	for (i = 0; i < v.rows; i++)
		measure(&h, &v.row[i]);
	verdict_judge(&v, a.common.seed);
	record(&v);
	if (a.common.json)
		verdict_json(&v, &text);
	else
		verdict_table(&v, &text);
	for (i = 0; i < v.rows; i++)
		free((void *)v.row[i].nll);
	free(v.row);
	heldout_release(&h);
	rc = cli_end_text(&a.common, &text, 1, NULL);
	buf_release(&text);
	return a.gate && !v.better ? EXIT_NONE_BETTER : rc;
}
