/* SPDX-License-Identifier: MIT */
/* curves: what is a point, what is refused; the table; the event file. */
#include "eval/curves.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../scratch.h"
#include "../tap.h"
#include "eval/tfevents.h"

static struct curves c;

/* Read a text as a file: 0 or -1. */
static int
read_text(const char *text)
{
	FILE *f = fopen("m.jsonl", "w");

	if (f == NULL)
		return -2;
	fputs(text, f);
	fclose(f);
	return curves_read(&c, "m.jsonl");
}

/* The value of a name in a line; NaN: none. */
static double
at(size_t line, const char *name)
{
	const struct curves_line *l = &c.line[line];
	double x = (double)NAN;
	size_t i;

	for (i = l->point; i < l->point + l->points; i++)
		if (strcmp(c.name[c.point[i].name], name) == 0)
			x = c.point[i].value;
	return x;
}

static bool
is(double x, double y)
{
	return fabs(x - y) < 1e-12;
}

static void
test_points(void)
{
	ok(read_text(
	       "{\"step\":1,\"time\":5.5,\"loss\":2,\"skipped\":false}\n"
	       "{\"step\":3,\"b\":true,\"loss\":-1.5,\"x\":null,\"y\":\"z\","
	       "\"objectives\":[{\"objective\":\"js\",\"units\":4,"
	       "\"unit\":\"pair\",\"stats\":{\"r\":7,\"s\":null}},{},3]}") == 0,
	    "lines are read, the last without its newline: %s", err_last());
	ok(c.lines == 2 && c.line[0].step == 1 && c.line[1].step == 3 &&
		c.names == 5,
	    "two lines, five names");
	ok(is(at(0, "loss"), 2) && is(at(1, "loss"), -1.5), "numbers");
	ok(is(at(0, "skipped"), 0) && is(at(1, "b"), 1), "truth values");
	ok(is(at(1, "js/units"), 4) && is(at(1, "js/r"), 7),
	    "numbers of objectives");
	ok(is(c.line[0].time, 5.5) && is(c.line[1].time, 5.5),
	    "a line without a time has that of the line before");
	ok(read_text("{\"step\":9,\"loss\":1}\n") == 0 && c.lines == 3 &&
		c.names == 5,
	    "another file follows");
}

static void
test_table(void)
{
	struct buf text = { 0 };

	ok(read_text("{\"step\":10,\"a,\\\"b\\\"\":0.5}\n") == 0, "a comma");
	curves_csv(&c, &text);
	ok(strcmp(buf_text(&text),
	       "step,time,loss,skipped,b,js/units,js/r,\"a,\"\"b\"\"\"\n"
	       "1,5.5,2.0,0.0,,,,\n"
	       "3,5.5,-1.5,,1.0,4.0,7.0,\n"
	       "9,5.5,1.0,,,,,\n"
	       "10,5.5,,,,,,0.5\n") == 0,
	    "the table: %s", buf_text(&text));
	buf_release(&text);
	curves_release(&c);
}

static void
refuses(const char *text, const char *words)
{
	ok(read_text(text) == -1 && strcmp(err_last(), words) == 0,
	    "refused: %s", err_last());
	curves_release(&c);
}

static void
test_refused(void)
{
	struct buf many = { 0 };
	size_t i;

	refuses("{\"loss\":1}\n", "m.jsonl: line 1: field \"step\": missing");
	refuses("{\"step\":1}\n[1]\n",
	    "m.jsonl: line 2: expected an object, found list");
	ok(read_text("{\"step\":-1}\n") == -1, "%s", err_last());
	ok(read_text("{\"step\":1.5}\n") == -1, "%s", err_last());
	ok(read_text("{\"step\":1,\"time\":\"now\"}\n") == -1, "%s",
	    err_last());
	ok(read_text("{\"step\":1,\"loss\":1e999}\n") == -1, "%s", err_last());
	ok(read_text("{\"step\":1,\"loss\":2") == -1, "half a line: %s",
	    err_last());
	ok(read_text("{\"step\":1}\n\n{\"step\":2}\n") == -1,
	    "an empty line: %s", err_last());
	curves_release(&c);
	ok(read_text("") == 0 && c.lines == 0, "an empty file has no lines");
	buf_adds(&many, "{\"step\":1");
	for (i = 0; i <= CURVES_MAX; i++)
		buf_addf(&many, ",\"n%zu\":0", i);
	buf_adds(&many, "}\n");
	refuses(buf_text(&many),
	    "m.jsonl: line 1: field \"n1024\": more than 1024 names");
	buf_release(&many);
}

static void
test_events(void)
{
	struct buf bytes = { 0 };

	ok(read_text("{\"step\":300,\"time\":2,\"a\":1,\"b\":-1e300}\n") == 0,
	    "a line for an event");
	tfevents_put(&c, &bytes);
	/* length and its checksum; 1: 2.0; 3: version; checksum */
	ok(bytes.n == 12 + 24 + 4 + 12 + 34 + 4 &&
		memcmp(bytes.p + 12, "\x09\0\0\0\0\0\0\0\x40\x1a\x0d", 11) ==
		    0 &&
		memcmp(bytes.p + 23, "brain.Event:2", 13) == 0,
	    "the first event has the version");
	/* 1: 2.0; 2: 300; 5: { 1: { 1: "a"; 2: 1.0 } 1: { 1: "b"; 2: ... } } */
	ok(bytes.n > 52 &&
		memcmp(bytes.p + 52,
		    "\x09\0\0\0\0\0\0\0\x40\x10\xac\x02\x2a\x14"
		    "\x0a\x08\x0a\x01"
		    "a\x15\0\0\x80\x3f"
		    "\x0a\x08\x0a\x01"
		    "b\x15\xff\xff\x7f\xff",
		    34) == 0,
	    "a line is an event, and numbers beyond 32 bits are bounded");
	buf_release(&bytes);
	curves_release(&c);
}

int
main(void)
{
	scratch_enter();
	test_points();
	test_table();
	test_refused();
	test_events();
	(void)unlink("m.jsonl");
	scratch_leave();
	return tap_done();
}
