/* SPDX-License-Identifier: MIT */
/*
 * gradcat: gradients in, their sum out.
 *
 * The segments of all files, aligned by batch, are shards of one gradient:
 * sums, units and divgrad's stats add, other stats are averaged by units.
 * Instead, --norms prints the norm of each tensor, and --cos the cosines
 * between the files.  Needs no policy: names and sizes of tensors come from
 * the records.  See gradcat(1).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "io/atomic.h"
#include "io/json.h"
#include "gradient/inputs.h"

static struct args {
	struct common common;
	bool norms, cos;
} a;

static const struct opt opts[] = {
	OPT_GROUP("A report instead of the sum"),
	OPT_FLAG(0, "norms", &a.norms, "norm of each tensor's mean gradient"),
	OPT_FLAG(0, "cos", &a.cos, "cosine between each two files",
	    .excludes = "norms"),
	OPT_GROUP("Common"),
	OPT_OUTPUT(&a.common),
	OPT_JSON(&a.common),
	OPT_PART(&a.common),
	OPT_BASIC(&a.common),
	OPT_LAST,
};

static const struct usage usage = {
	"[options] [FILE ...]",
	"Gradients in, their sum or a report on them out.",
	"gradcat 1.grad 2.grad | apply-update P",
};

/* The files, and the sum of this round's segments, or each file's own. */
struct work {
	struct inputs in;
	char **names;
	struct gradsum sum, *own;
	struct gradient_head head; /* of the sum */
};

/* The next round: 1, 0 at the end. */
static int
read_round(struct work *w, uint64_t segment)
{
	int rc = inputs_next(&w->in);
	size_t i;

	if (rc < 0 || (rc > 0 && inputs_same_policy(&w->in) != 0))
		die();
	for (i = 0; rc > 0 && i < w->in.n; i++)
		if (w->in.input[i].ended_now)
			warn("%s: ended before the others: it contributes "
			     "nothing from segment %llu on",
			    w->names[i], (unsigned long long)segment);
	return rc;
}

/* Each file's sums, for cosines. */
static void
read_own(struct work *w)
{
	const struct input *p = w->in.input;
	size_t i;

	for (i = 0; i < w->in.n; i++, p++) {
		gradsum_release(&w->own[i]);
		if (p->here && !p->empty &&
		    gradsum_read(&w->own[i], p->in) != 0)
			die();
	}
}

static void
write_sum(struct stream_out *out, const struct work *w)
{
	if (gradient_begin(out, &w->head) != 0 ||
	    gradsum_put(&w->sum, out) != 0 ||
	    stream_end(out, w->head.more) != 0)
		die();
}

/* A row of a report: columns with tabs between them, or members of JSON. */
static void
put_row(struct buf *b, const char *name, size_t n, double x)
{
	if (a.common.json) {
		json_put_string(b, name, n);
		buf_addc(b, ':');
		metadata_number(b, x);
		return;
	}
	buf_addf(b, "%.*s\t%.6g\n", (int)n, name, x);
}

/* Norms of the mean gradient: of each tensor, and of the whole. */
static void
put_norms(const struct work *w, struct buf *b)
{
	const struct gradsum_tensor *t = w->sum.tensor;
	const double units = w->head.units;
	double square, total = 0;
	size_t i;

	for (i = 0; i < w->sum.tensors; i++, t++) {
		square = gradsum_square(t);
		total += square;
		put_row(b, t->name, strlen(t->name), sqrt(square) / units);
		if (a.common.json)
			buf_addc(b, ',');
	}
	put_row(b, "total", strlen("total"), sqrt(total) / units);
}

static double
cosine(const struct gradsum *x, const struct gradsum *y)
{
	double xy, xx, yy;

	if (gradsum_dot(x, y, &xy) != 0 || gradsum_dot(x, x, &xx) != 0 ||
	    gradsum_dot(y, y, &yy) != 0)
		die();
	return xy / sqrt(xx * yy);
}

static void
put_cosines(const struct work *w, struct buf *b)
{
	struct buf pair = { 0 };
	size_t i, j, rows = 0;

	for (i = 0; i < w->in.n; i++)
		for (j = i + 1; j < w->in.n; j++) {
			if (w->own[i].tensors == 0 || w->own[j].tensors == 0)
				continue;
			if (a.common.json && rows++ > 0)
				buf_addc(b, ',');
			buf_reset(&pair);
			buf_addf(&pair, "%s %s", w->names[i], w->names[j]);
			put_row(b, pair.p, pair.n,
			    cosine(&w->own[i], &w->own[j]));
		}
	buf_release(&pair);
}

static void
write_report(int fd, const struct work *w, uint64_t segment)
{
	struct buf b = { 0 };

	if (a.common.json)
		buf_addf(&b, "{\"segment\":%llu,\"%s\":{",
		    (unsigned long long)segment, a.cos ? "cos" : "norms");
	else
		buf_addf(&b, "# segment %llu\n", (unsigned long long)segment);
	if (w->in.records && a.cos)
		put_cosines(w, &b);
	else if (w->in.records)
		put_norms(w, &b);
	buf_adds(&b, a.common.json ? "}}\n" : "");
	if (write_all(fd, b.p, b.n, "output") != 0)
		die();
	buf_release(&b);
}

/*
 * All rounds, to the stream, or as reports to fd where out is NULL.  Was there
 * a gradient?
 */
static bool
copy(struct work *w, struct stream_out *out, int fd)
{
	struct progress p;
	uint64_t k;
	bool did = false;

	progress_begin(&p, &a.common);
	for (k = 1; read_round(w, k) > 0; k++) {
		if (a.cos)
			read_own(w);
		else if (inputs_merge(&w->in) != 0 ||
		    inputs_sum(&w->in, &w->sum, &w->head) != 0)
			die();
		if (out != NULL)
			write_sum(out, w);
		else
			write_report(fd, w, k);
		did |= w->in.records;
		progress_step(&p, "segment %llu", (unsigned long long)k);
	}
	progress_end(&p, "%zu streams, %llu segments", w->in.n,
	    (unsigned long long)k - 1);
	return did;
}

static void
release(struct work *w)
{
	size_t i;

	for (i = 0; i < w->in.n; i++)
		gradsum_release(&w->own[i]);
	free(w->own);
	gradsum_release(&w->sum);
	gradient_head_release(&w->head);
	inputs_release(&w->in);
}

int
main(int argc, char **argv)
{
	struct work w = { 0 };
	struct stream_out *out = NULL;
	bool did;
	int first, i, fd = -1;

	cli_begin(argc, argv);
	first = opt_parse(opts, &usage, argc, argv);
	if (a.cos && argc - first < 2)
		opt_missing(&usage,
		    "operand: --cos compares two files or more");
	cli_ready(&a.common);
	if (a.norms || a.cos)
		fd = cli_out_fd(&a.common);
	else
		out = cli_out(&a.common);
	for (i = first; i < argc; i++)
		inputs_open(&w.in,
		    cli_in(&a.common, STREAM_GRAD, i + 1, argv, i));
	if (first == argc)
		inputs_open(&w.in, cli_in(&a.common, STREAM_GRAD, 0, argv, 0));
	w.names = argv + first;
	w.own = mem_alloc(w.in.n, sizeof *w.own);
	did = copy(&w, out, fd);
	release(&w);
	return cli_end(&a.common, out, did, "nothing to do: no gradient came");
}
