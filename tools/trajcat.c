/* SPDX-License-Identifier: MIT */
/*
 * trajcat: cut, join, order and print streams of trajectories.
 *
 * As a filter it writes one segment for each that it reads, with the
 * trajectories that are wanted.  With --batch, --shuffle or --repeat it is a
 * source: it cuts new segments and says of each whether more follow.  See
 * trajcat(1).
 */
#include <stdio.h>

#include "cli/cli.h"
#include "cli/progress.h"
#include "cli/screen.h"
#include "io/atomic.h"
#include "nn/ckpt_passes.h"
#include "traj/batch.h"
#include "traj/printer.h"
#include "traj/relabel.h"
#include "traj/select.h"
#include "traj/traj.h"

static struct args {
	struct common common;
	struct selection select;
	uint64_t batch, since;
	const char *resume;
	bool full, text, messages, tokens;
	int role;
	enum screen_when color;
	const char *model;
} a = {
	.common.seed = 1,
	.select.head = UINT64_MAX,
	.role = -1, /* the names begin with ROLE_EXPERT */
};

static const struct opt opts[] = {
	OPT_GROUP("Which trajectories"),
	OPT_CUSTOM(0, "where", &a.select, "KEY=VALUE", select_parse_where,
	    "records whose field KEY equals VALUE"),
	OPT_CUSTOM(0, "shard", &a.select, "I/N", select_parse_shard,
	    "part I of N, by group"),
	OPT_UINT(0, "best", &a.select.best, "N", 1, 1e9,
	    "the N best of each group"),
	OPT_NAME(0, "by", &a.select.by, "FIGURE", best_figures,
	    "best are those of the highest %s (score)", .needs = "best"),
	OPT_UINT(0, "skip", &a.select.skip, "N", 0, 1e18,
	    "all but the first N trajectories"),
	OPT_UINT(0, "head", &a.select.head, "N", 0, 1e18,
	    "at most N trajectories"),
	OPT_GROUP("Order and segments"),
	OPT_FLAG(0, "shuffle", &a.select.shuffle,
	    "a random order, another for each pass"),
	OPT_SEED(&a.common, "seed of the order (1)", .needs = "shuffle"),
	OPT_UINT(0, "repeat", &a.select.repeat, "N", 1, 1e15, "N passes"),
	OPT_UINT(0, "batch", &a.batch, "N", 1, 1e9,
	    "segments of N trajectories"),
	OPT_FLAG(0, "full", &a.full, "drop what does not fill a segment",
	    .needs = "batch"),
	OPT_TEXT(0, "resume", &a.resume, "POLICY",
	    "without the batches of steps that this policy has made",
	    .needs = "batch"),
	OPT_UINT(0, "since", &a.since, "STEP", 0, 1e15,
	    "the step at which it began (0)", .needs = "resume"),
	OPT_FLAG(0, "groups", &a.select.groups,
	    "order, batch and count groups, not trajectories",
	    .needs = "shuffle|repeat|batch|skip|head"),
	OPT_GROUP("Output"),
	OPT_NAME(0, "as", &a.role, "ROLE", traj_role_names + 1,
	    "set the role: %s"),
	OPT_CUSTOM(0, "prefix", &a.select.prefix, "TEXT", relabel_parse_prefix,
	    "put TEXT before each id"),
	OPT_CUSTOM(0, "windows", &a.select.windows, "G/S", windows_parse,
	    "cut out G actions every S, each a trajectory"),
	OPT_FLAG(0, "text", &a.text, "print readable text",
	    .excludes = "json|batch|messages|tokens"),
	OPT_FLAG(0, "messages", &a.messages,
	    "print conversations, a line of JSON each",
	    .excludes = "json|batch|tokens"),
	OPT_FLAG(0, "tokens", &a.tokens,
	    "print each token's text and score, a line of JSON each",
	    .excludes = "json|batch"),
	OPT_TEXT('m', "model", &a.model, "POLICY",
	    "decode with this policy's tokenizer (the records')",
	    .needs = "text|messages|tokens"),
	OPT_NAME(0, "color", &a.color, "WHEN", screen_whens,
	    "%s (auto: on a terminal, without NO_COLOR)", .needs = "text"),
	OPT_GROUP("Common"),
	OPT_OUTPUT(&a.common),
	OPT_JSON(&a.common),
	OPT_PART(&a.common),
	OPT_BASIC(&a.common),
	OPT_LAST,
};

static const struct usage usage = {
	"[options] [FILE ...]",
	"Streams of trajectories in; selected, ordered and cut out.",
	"trajcat --shuffle --batch 16 demos.traj | divgrad -d fkl P",
};

/* Write one segment for each that is read. */
static int
filter(struct select *source, struct stream_out *out, uint64_t *n)
{
	struct traj_segment *s;
	int r;

	while ((r = select_segment(source, &s)) > 0) {
		if (traj_write(out, s) != 0)
			return -1;
		*n += s->n;
	}
	return r;
}

/* Warn of segments that are shorter than asked. */
static void
warn_early(const struct batch *b)
{
	struct buf why = { 0 };
	const unsigned long long n = batch_early(b, &why);

	if (n > 0 && a.batch > 0)
		warn("%llu %s shorter than %llu: %s", n,
		    n == 1 ? "batch is" : "batches are",
		    (unsigned long long)a.batch, buf_text(&why));
	else if (n > 0)
		warn("%llu %s within a pass: %s", n,
		    n == 1 ? "segment ends" : "segments end", buf_text(&why));
	buf_release(&why);
}

/* Batches whose steps the policy has made. */
static uint64_t
batches_made(void)
{
	struct ckpt policy;
	uint64_t step;

	if (a.resume == NULL)
		return 0;
	opened(ckpt_open_unread(&policy, a.resume, TILE_F32));
	step = policy.step;
	ckpt_close(&policy);
	if (step < a.since)
		die_with("%s: at step %llu, before --since %llu", a.resume,
		    (unsigned long long)step, (unsigned long long)a.since);
	return step - a.since;
}

/* Cut all trajectories into new segments. */
static int
cut(struct select *source, struct stream_out *out, uint64_t *n)
{
	struct batch *b = batch_new(out, a.batch, batches_made());
	enum select_coming coming;
	struct selected x;
	int r;

	while ((r = select_next(source, &x)) > 0) {
		if (batch_add(b, &x) != 0)
			return -1;
		*n += !batch_skips(b);
		coming = batch_full(b) ? select_coming(source) : SELECT_UNKNOWN;
		if (coming != SELECT_UNKNOWN &&
		    batch_end(b, coming == SELECT_MORE) != 0)
			return -1;
	}
	if (r == 0)
		r = batch_finish(b, select_unfinished(source));
	if (r == 0)
		warn_early(b);
	batch_free(b);
	return r;
}

static int
print(struct select *source, uint64_t *n)
{
	struct screen screen = screen_of_output();
	bool color;
	int fd = cli_out_fd(&a.common), r;
	struct printer *p;
	struct buf text = { 0 };
	struct selected x;

	screen.color &= a.common.output == NULL;
	color = screen_color(&screen, a.color);
	p = printer_new(a.text ? PRINT_TEXT :
		a.messages     ? PRINT_MESSAGES :
				 PRINT_TOKENS,
	    a.model, color);
	if (p == NULL)
		return -1;
	while ((r = select_next(source, &x)) > 0) {
		buf_reset(&text);
		if (printer_put(p, x.from, x.t, &text) != 0 ||
		    write_all(fd, text.p, text.n, "output") != 0)
			return -1;
		++*n;
	}
	buf_release(&text);
	printer_free(p);
	return r;
}

int
main(int argc, char **argv)
{
	struct stream_out *out = NULL;
	struct select *source;
	uint64_t n = 0;
	int first, r;

	cli_begin(argc, argv);
	first = opt_parse(opts, &usage, argc, argv);
	cli_ready(&a.common);
	a.select.seed = a.common.seed;
	a.select.role = (enum traj_role)(a.role + 1);
	a.select.whole = a.full ? a.batch : 0;
	source = select_new(cli_in(&a.common, STREAM_TRAJ, argc, argv, first),
	    &a.select);
	if (a.text || a.messages || a.tokens) {
		r = print(source, &n);
	} else {
		out = cli_out(&a.common);
		r = a.batch > 0 || a.select.shuffle || a.select.repeat > 0 ?
		    cut(source, out, &n) :
		    filter(source, out, &n);
	}
	if (r < 0)
		die();
	select_free(source);
	note("%llu trajectories", (unsigned long long)n);
	return cli_end(&a.common, out, n > 0,
	    a.resume != NULL ? "no batches are left" : "no trajectories");
}
