/* SPDX-License-Identifier: MIT */
/* gradient: tensors <-> records, and that each element comes once. */
#include "gradient/gradient.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../scratch.h"
#include "../tap.h"
#include "gradient/coverage.h"

enum { A = GRADIENT_PIECE + 5, B = 3 };

static char path[] = "file";

/* Two tensors of a policy, by hand: "a" of two pieces, "b" of one. */
static void
make(struct params *p, float scale)
{
	size_t i;

	memset(p, 0, sizeof *p);
	p->tensors = 2;
	p->total = A + B;
	p->tensor = calloc(2, sizeof *p->tensor);
	p->block = calloc(p->total, sizeof *p->block);
	p->tensor[0].name = strdup("a");
	p->tensor[0].n = A;
	p->tensor[0].p = p->block;
	p->tensor[1].name = strdup("b");
	p->tensor[1].n = B;
	p->tensor[1].p = p->block + A;
	for (i = 0; i < p->total; i++)
		p->block[i] = scale * (float)((i % 64) + 1);
}

static void
drop(struct params *p)
{
	free(p->tensor[0].name);
	free(p->tensor[1].name);
	free(p->tensor);
	free(p->block);
}

static FILE *
empty_file(void)
{
	FILE *f = fopen(path, "w");

	if (f == NULL)
		exit(1);
	return f;
}

static struct gradient_in *
reopen(void)
{
	char *const names[] = { path };
	struct stream_in *in = stream_open(names, 1, STREAM_GRAD, false);

	if (in == NULL)
		exit(1);
	return gradient_open(in);
}

static int
write_one(const struct params *d, bool bf16, bool more)
{
	struct gradient_head h = { .objective = "js",
		.unit = "trajectory",
		.units = 4,
		.weight = 0.5,
		.policy = "me",
		.step = 7,
		.more = more };
	FILE *f = empty_file();
	struct stream_out *out = stream_new(fileno(f), "test", false);
	int rc;

	stream_by(out, "test", "0", 0, NULL);
	rc = gradient_write(out, &h, d, bf16);
	stream_free(out);
	(void)fclose(f);
	gradient_head_release(&h);
	return rc;
}

static void
test_round_trip(bool bf16)
{
	struct params d, e;
	struct gradient_head h = { 0 };
	struct gradient_in *in;
	bool empty = true, touched[2] = { false, false };
	size_t i, wrong = 0;

	make(&d, 2);
	make(&e, 3); /* overwritten: its tensors are not touched yet */
	ok(write_one(&d, bf16, false) == 0, "a gradient is written, bf16 %d",
	    bf16);
	in = reopen();
	ok(gradient_next(in, &h, &empty) == 1 && !empty, "the header is read");
	ok(strcmp(h.objective, "js") == 0 &&
		strcmp(h.unit, "trajectory") == 0 &&
		strcmp(h.policy, "me") == 0 && h.step == 7,
	    "objective, unit, policy and step come back");
	ok(fabs(h.units - 4) < 1e-9 && fabs(h.weight - 0.5) < 1e-9,
	    "units and weight come back");
	ok(gradient_add(in, 0.25, &e, touched) == 0, "the sums are read: %s",
	    err_last());
	for (i = 0; i < e.total; i++)
		wrong += !(fabsf(e.block[i] - 0.25f * d.block[i]) < 1e-6f);
	ok(wrong == 0 && touched[0] && touched[1],
	    "%zu elements are not a quarter of what was written", wrong);
	ok(!gradient_more(in) && gradient_next(in, &h, &empty) == 0,
	    "the stream ends after its segment");
	gradient_close(in);
	in = reopen();
	ok(gradient_next(in, &h, &empty) == 1 &&
		gradient_add(in, 0.5, &e, touched) == 0,
	    "the stream is read a second time");
	for (i = wrong = 0; i < e.total; i++)
		wrong += !(fabsf(e.block[i] - 0.75f * d.block[i]) < 1e-5f);
	ok(wrong == 0, "%zu elements do not add up", wrong);
	gradient_close(in);
	gradient_head_release(&h);
	drop(&d);
	drop(&e);
}

static void
test_writer(void)
{
	struct params d;
	struct gradient_head h = { 0 };
	struct gradient_in *in;
	bool empty = false;

	make(&d, 1);
	d.block[A + 1] = NAN;
	ok(write_one(&d, false, false) == -1 &&
		strstr(err_last(), "\"b\"") != NULL,
	    "a NaN is an error that names its tensor: %s", err_last());
	d.block[A + 1] = 3.4e38f;
	ok(write_one(&d, true, false) == -1,
	    "a value that bfloat16 cannot hold is an error");
	ok(write_one(&d, false, false) == 0, "float32 holds it");
	ok(write_one(NULL, false, true) == 0, "an empty segment is written");
	in = reopen();
	ok(gradient_next(in, &h, &empty) == 1 && empty,
	    "an empty segment is read as one");
	ok(gradient_next(in, &h, &empty) == -1,
	    "a missing segment after `more: true` is an error");
	gradient_close(in);
	gradient_head_release(&h);
	drop(&d);
}

/* A segment by hand, with two records of the tensors a[4] and b[2]. */
static int
read_text(const char *head, const char *records, size_t count)
{
	struct params d;
	struct gradient_head h = { 0 };
	struct gradient_in *in;
	bool empty = true, touched[2] = { false };
	FILE *f = empty_file();
	int rc;

	fprintf(f,
	    "{\"apprentice\":{\"kind\":\"grad\",\"version\":1,%s}}\n"
	    "%s{\"end\":{\"count\":%zu,\"more\":false}}\n",
	    head, records, count);
	(void)fclose(f);
	make(&d, 0);
	d.tensor[0].n = 4;
	d.tensor[1].n = 2;
	in = reopen();
	rc = gradient_next(in, &h, &empty);
	if (rc == 1 && !empty)
		rc = gradient_add(in, 1, &d, touched);
	gradient_close(in);
	gradient_head_release(&h);
	drop(&d);
	return rc;
}

#define HEAD "\"objective\":\"js\",\"unit\":\"token\",\"units\":2,\"weight\":1"
#define REC(name, offset, of, data) \
	"{\"name\":\"" name "\",\"offset\":" #offset ",\"of\":" #of \
	",\"data\":" data "}\n"

static void
test_refusals(void)
{
	static const struct {
		const char *head, *records;
		size_t count;
		const char *says; /* NULL: it is fine */
	} cases[] = {
		{ HEAD, REC("a", 0, 4, "[1,2,3,4]"), 1, NULL },
		{ HEAD, REC("a", 2, 4, "[3,4]") REC("a", 0, 4, "[1,2]"), 2,
		    NULL },
		{ HEAD,
		    REC("b", 1, 2, "[2]") REC("a", 0, 4, "[1,2,3,4]")
			REC("b", 0, 2, "[1]"),
		    3, NULL },
		{ HEAD, REC("c", 0, 4, "[1,2,3,4]"), 1, "\"c\"" },
		{ HEAD, REC("a", 0, 5, "[1,2,3,4]"), 1, "\"a\"" },
		{ HEAD, REC("a", 0, 4, "[1,2,3]"), 1, "missing" },
		{ HEAD, REC("a", 1, 4, "[1,2,3]"), 1, "missing" },
		{ HEAD, REC("a", 4, 4, "[1]"), 1, "outside" },
		{ HEAD, REC("a", 0, 4, "[1,2,3,4]") REC("a", 3, 4, "[1]"), 2,
		    "twice" },
		{ HEAD, REC("a", 2, 4, "[1,2]") REC("a", 2, 4, "[1,2]"), 2,
		    "missing" },
		{ HEAD,
		    REC("a", 1, 4, "[1,2]") REC("a", 2, 4, "[1]")
			REC("a", 0, 4, "[1]"),
		    3, "twice" },
		{ HEAD, REC("a", 0, 4, "[]"), 1, "1 to" },
		{ HEAD, REC("a", -1, 4, "[1]"), 1, "offset" },
		{ "\"objective\":\"js\",\"unit\":\"token\",\"units\":0",
		    REC("a", 0, 4, "[1,2,3,4]"), 1, "units" },
		{ "\"objective\":\"js\",\"unit\":\"token\",\"units\":-1",
		    REC("a", 0, 4, "[1,2,3,4]"), 1, "units" },
		{ "\"objective\":\"js\",\"unit\":\"mile\",\"units\":1",
		    REC("a", 0, 4, "[1,2,3,4]"), 1, "mile" },
		{ "\"unit\":\"token\",\"units\":1", REC("a", 0, 4, "[1,2,3,4]"),
		    1, "objective" },
		{ "\"objective\":\"js\",\"unit\":\"token\"",
		    REC("a", 0, 4, "[1,2,3,4]"), 1, "units" },
		{ HEAD ",\"policy\":{\"id\":\"x\"}",
		    REC("a", 0, 4, "[1,2,3,4]"), 1, "step" },
	};
	size_t i;
	int rc;

	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		rc = read_text(cases[i].head, cases[i].records, cases[i].count);
		if (cases[i].says == NULL)
			ok(rc == 0, "records %zu are read: %s", i, err_last());
		else
			ok(rc == -1 &&
				strstr(err_last(), cases[i].says) != NULL,
			    "records %zu are refused: %s", i, err_last());
	}
}

static void
test_coverage(void)
{
	struct coverage c = { 0 };

	ok(coverage_add(&c, 4, 2, 8) == 0 && coverage_add(&c, 0, 2, 8) == 1 &&
		coverage_add(&c, 6, 2, 8) == 0 &&
		coverage_add(&c, 2, 2, 8) == 1 && coverage_end(&c, 8) == 0,
	    "pieces in any order cover a tensor");
	coverage_reset(&c);
	ok(coverage_add(&c, 0, 4, 8) == 1 && coverage_add(&c, 3, 4, 8) == -1,
	    "an overlap with the pieces in order is found at once");
	coverage_reset(&c);
	ok(coverage_add(&c, (size_t)-1, 2, 8) == -1,
	    "an offset near the largest number does not wrap around");
	coverage_reset(&c);
	ok(coverage_add(&c, 1, 7, 8) == 0 && coverage_end(&c, 8) == -1,
	    "a gap at the beginning is found at the end");
	coverage_release(&c);
}

int
main(void)
{
	scratch_enter();
	test_round_trip(false);
	test_round_trip(true);
	test_writer();
	test_refusals();
	test_coverage();
	(void)unlink(path);
	scratch_leave();
	return tap_done();
}
