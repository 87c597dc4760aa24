/* SPDX-License-Identifier: MIT */
/* lines and columns: a file of JSON lines that grows, and what is refused. */
#include "report/columns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "report/lines.h"
#include "tests/scratch.h"

static const char path[] = "columns.jsonl";

static void
put(const char *text, const char *mode)
{
	FILE *f = fopen(path, mode);

	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0)
		exit(1);
}

static bool
refuses(const char *text, const char *words)
{
	struct columns c = { 0 };
	bool good;

	put(text, "w");
	good = columns_read(&c, path) == -1 && strstr(err_last(), words);
	if (!good)
		printf("# %s\n", err_last());
	columns_release(&c);
	return good;
}

static void
test_columns(void)
{
	struct columns c = { 0 };
	const struct column *x;

	put("{\"step\":1,\"loss\":3,\"name\":\"a\"}\n\n"
	    "{\"step\":2,\"loss\":2,\"nested\":{\"loss\":9}}\n"
	    "{\"step\":3,\"loss\":null}\n"
	    "{\"step\":4,\"loss\":1.5,\"x\":1}\n{\"step\":5,\"lo",
	    "w");
	ok(columns_read(&c, path) == 0 && c.lines == 4,
	    "a last line that is not complete is left out");
	x = columns_find(&c, "loss");
	ok(x != NULL && x->n == 3 && fabs(x->x[2] - 4) < 1e-12 &&
		fabs(column_last(x) - 1.5) < 1e-12,
	    "what is not a number makes no point");
	ok(columns_find(&c, "name") == NULL && isnan(column_last(NULL)),
	    "a text is not a column");
	columns_release(&c);
	put("{\"loss\":3}\n{\"loss\":2}\n", "w");
	ok(columns_read(&c, path) == 0 &&
		fabs(columns_find(&c, "loss")->x[1] - 2) < 1e-12,
	    "without steps, lines are counted");
	columns_release(&c);
	put("{\"step\":1,\"a\":1}\n{\"step\":2,\"a\":2}\n{\"step\":3,\"a\":3}\n"
	    "{\"step\":2,\"a\":7}\n",
	    "w");
	ok(columns_read(&c, path) == 0 && columns_find(&c, "a")->n == 2 &&
		fabs(column_last(columns_find(&c, "a")) - 7) < 1e-12,
	    "a step that comes again replaces those from it on");
	columns_release(&c);
}

static void
test_growth(void)
{
	const struct json *object;
	struct lines *l;

	put("{\"a\":1}\n{\"a\":", "w");
	l = lines_open(path);
	ok(lines_read(l, &object) == 1 && lines_read(l, &object) == 0 &&
		lines_read(l, &object) == 0,
	    "an incomplete line is waited for");
	put("2}\n{\"a\":3}\n", "a");
	ok(lines_read(l, &object) == 1 &&
		json_int(json_get(object, "a"), 0) == 2 &&
		lines_read(l, &object) == 1 &&
		json_int(json_get(object, "a"), 0) == 3 &&
		lines_read(l, &object) == 0 && !lines_replaced(l),
	    "its rest completes it");
	put("{}\n", "w");
	ok(lines_replaced(l), "a file that was cut is noticed");
	lines_close(l);
	ok(lines_open("no-such-file") == NULL, "a file has to be there");
}

static void
test_refusals(void)
{
	struct buf many = { 0 };
	size_t i;

	ok(refuses("{}\n[1]\n", "columns.jsonl: line 2: expected an object"),
	    "a list is refused");
	ok(refuses("{\"a\":}\n", "columns.jsonl: line 1: line 1 column"),
	    "what is not JSON is refused");
	ok(refuses("{\"a\":\"\xff\"}\n", "columns.jsonl: line 1: "),
	    "invalid UTF-8 is refused");
	buf_addc(&many, '{');
	for (i = 0; i <= COLUMNS_MAX; i++)
		buf_addf(&many, "%s\"k%zu\":1", i > 0 ? "," : "", i);
	buf_adds(&many, "}\n");
	ok(refuses(buf_text(&many), "columns.jsonl: more than 1024 keys"),
	    "too many keys are refused");
	buf_reset(&many);
	while (many.n <= 17 << 20)
		buf_adds(&many, "                                ");
	ok(refuses(buf_text(&many), "more than 16777216 bytes"),
	    "a line without end is refused");
	buf_release(&many);
}

int
main(void)
{
	scratch_enter();
	test_columns();
	test_growth();
	test_refusals();
	(void)unlink(path);
	scratch_leave();
	return tap_done();
}
