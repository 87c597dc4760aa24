/* SPDX-License-Identifier: MIT */
/* grid: what a page says of a grid's table, and tables that are refused. */
#include "report/grid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/rng.h"
#include "report/page.h"
#include "tests/scratch.h"

#define HEAD \
	"cell\tfigure\tseeds\tmean\tlow\thigh\tmore\tabove\tof\tstrongest\t" \
	"strongest_pairs\tstrongest_difference\tstrongest_low\t" \
	"strongest_high\n"
#define DRAWN_HEAD \
	"cell\tfigure\tseeds\tmean\tlow\thigh\tabove\tof\tstrongest\t" \
	"strongest_pairs\tstrongest_difference\tstrongest_low\t" \
	"strongest_high\tbootstrap_low\tbootstrap_high\n"
#define DRAWN DRAWN_HEAD "b\tx\t3\t2\t1.5\t2.5\t-\t0\t-\t0\t-\t-\t-\t-\t-\n"
#define C "c\tx\t3\t3\t2\t4\t3\t3\tb\t3\t1\t.5\t1.5"
#define CONTROL "\t-\t-\t0\t-\t0\t-\t-\t-\n"
#define A "a\tx\t3\t1\t.5\t1.5" CONTROL
#define B "b\tx\t3\t2\t1.5\t2.5" CONTROL

static const char words[] = "control: a controls: a b lower: y show: x y runs: "
			    "a/1 a/2 a/3 b/1 b/2 b/3 c/1 c/2 c/3\n";

static void
put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (f == NULL || fputs(text, f) < 0 || fclose(f) != 0)
		exit(1);
}

/* The page of a grid without runs, or what was wrong. */
static const char *
page(const char *grid, const char *table)
{
	static struct buf b;
	struct grid g;
	int rc;

	put("grid", grid);
	put("table.tsv", table);
	buf_reset(&b);
	rc = grid_open(&g, ".");
	if (rc == 0)
		rc = page_put(&b, NULL, 0, &g, "0");
	grid_close(&g);
	return rc == 0 ? buf_text(&b) : err_last();
}

static void
says(const char *grid, const char *table, const char *wanted, const char *name)
{
	const char *got = page(grid, table);

	if (!ok(strstr(got, wanted) != NULL, "%s", name)) {
		const char *h1 = strstr(got, "<h1>");

		printf("# %.300s\n", h1 != NULL ? h1 : got);
	}
}

static void
test_sentences(void)
{
	says(words, HEAD A B "c\tx\t3\t3\t2\t4\t-\t3\t3\tb\t3\t1\t.5\t1.5\n",
	    "<h1>c is best in x: 3 against 2 of b, the strongest control, a "
	    "difference of 1 (95\u2009% interval 0.5 to 1.5, 3 seeds); better "
	    "than every control in 3 of 3 seeds.</h1>",
	    "a cell that is better than the strongest control");
	says(words, HEAD A B "c\tx\t3\t3\t2\t4\t-\t2\t3\tb\t3\t1\t-.5\t2.5\n",
	    "<h1>No cell is clearly better in x than b, the strongest "
	    "control: the best other, c, has 3 against 2, a difference of 1 "
	    "(95\u2009% interval \u22120.5 to 2.5, 3 seeds); better than every "
	    "control in 2 of 3 seeds.</h1>",
	    "an interval that contains 0");
	says(words, HEAD A B "c\tx\t3\t1\t0\t2\t-\t0\t3\tb\t3\t-1\t-2\t0\n",
	    "<h1>No cell is better in x than b, the strongest control: the "
	    "best other, c, has 1 against 2, a difference of \u22121 ",
	    "no cell is better");
	says(words, HEAD A B "c\tx\t3\t2\t0\t4\t-\t0\t3\tb\t3\t0\t-1\t1\n",
	    "<h1>No cell is better in x ", "equal is not better");
	says("controls: a lower: x show: x runs: a/1 c/1",
	    HEAD "a\tx\t1\t1\t-\t-" CONTROL
		 "c\tx\t1\t.5\t-\t-\t-\t1\t1\ta\t1\t-.5\t-\t-\n",
	    "<h1>c is best in x: 0.5 against 1 of a, the control, a difference "
	    "of \u22120.5 (one seed, so no interval); better than the control "
	    "in 1 of 1 seed.</h1>",
	    "less is better, one control, one seed");
	says("control: a lower: x show: x runs: a/1 a/2 c/1 c/2",
	    HEAD "a\tx\t2\t1\t0\t2" CONTROL
		 "c\tx\t2\t2\t1\t3\t-\t0\t2\ta\t2\t1\t.5\t1.5\n",
	    "<h1>No cell is better in x than a, the control: ",
	    "more is worse of a figure of which less is better");
	says(words, HEAD A B,
	    "<h1>b has the best x, 2 (95\u2009% interval 1.5 to 2.5, 3 "
	    "seeds); no cell that is not a control has it.</h1>",
	    "controls alone");
	says("show: x runs: a/1", HEAD "a\tx\t1\t-1\t-\t-" CONTROL,
	    "<h1>a: x is \u22121 (one seed, so no interval); nothing is a "
	    "control.</h1>",
	    "one cell");
}

static void
test_table(void)
{
	static const char table[] =
	    HEAD A B "a\ty\t3\t10\t9\t11" CONTROL "b\ty\t3\t12\t11\t13" CONTROL
		     "c\tstopped\t1\t-\t-\t-" CONTROL
		     "c\tx\t2\t3\t2\t4\t-\t2\t2\tb\t2\t1\t.5\t"
		     "1.5\nc\ty\t2\t9.5\t9\t10\t-\t1\t2\ta\t2\t-.5\t-1\t.5\n";

	says(words, table, "<th class=\"n\">y<br>less is better</th>",
	    "a figure of which less is better");
	says(words, table,
	    "<tr><th>b <span class=\"soft small\">control</span></th>",
	    "controls are marked");
	says(words, table,
	    "2<br><span class=\"soft small\">gate stopped 1</span>",
	    "what the gate stopped");
	says(words, table,
	    "<span class=\"at top\">3.000</span> <span>2.000 to "
	    "4.000</span></div><div><span>+1.000</span> <span>0.500 to "
	    "1.500</span> <span>better in 2 of 2</span></div>",
	    "mean, difference and seeds; the best is bold");
	says(words, table,
	    "<div class=\"soft\"><span>\u22120.50</span> <span>\u22121.00 to "
	    "0.50</span> <span>better in 1 of 2</span></div>",
	    "a difference that may be 0 is gray");
	says(words, table,
	    "12.00</span> <span>11.00 to 13.00</span></div></div></td></tr>",
	    "controls have no difference");
	says("show: x runs: a,lr.1/1", HEAD "a,lr.1\tx\t1\t-12\t-\t-" CONTROL,
	    "<th>a,<wbr>lr.1</th>", "names may be broken behind commas");
	says("show: x runs: a,lr.1/1", HEAD "a,lr.1\tx\t1\t-12\t-\t-" CONTROL,
	    "<span class=\"at top\">\u221212.00</span>",
	    "less decimals with more digits");
	says("controls: a show: <x> runs: a/1 <b>&/1",
	    HEAD "a\t<x>\t1\t1\t-\t-" CONTROL
		 "<b>&\t<x>\t1\t2\t-\t-\t-\t1\t1\ta\t1\t1\t-\t-\n",
	    "<h1>&lt;b&gt;&amp; is best in &lt;x&gt;: ",
	    "names are text, never markup");
}

static void
test_bootstrap(void)
{
	says(words, DRAWN C "\t.25\t1.25\n",
	    "a difference of 1 (95\u2009% interval 0.5 to 1.5, 3 seeds), by "
	    "bootstrap over prompts and seeds 0.25 to 1.25; better than every "
	    "control in 3 of 3 seeds.</h1>",
	    "an interval by bootstrap");
	says(words, DRAWN C "\t.25\t1.25\n",
	    "<span>0.500 to 1.500</span> <span>bootstrap 0.250 to "
	    "1.250</span> <span>better in 3 of 3</span>",
	    "it is in the table");
	says(words, DRAWN C "\t.25\t1.25\n",
	    "without 0. The bootstrap draws seeds with replacement, and of "
	    "each its prompts.</p>",
	    "what it is stands below");
	says(words, DRAWN C "\t-\t-\n",
	    "3 seeds); better than every control in 3 of 3 seeds.</h1>",
	    "no interval by bootstrap");
	says(words, DRAWN C "\t-\t-\n", "without 0.</p>",
	    "without it nothing of it stands below");
	says(words, DRAWN C "\t1.5\t.5\n",
	    "fields \"bootstrap_low\" and \"bootstrap_high\": not the bounds "
	    "of \"strongest_difference\"",
	    "bounds in the wrong order");
	says(words, DRAWN C "\t.5\t-\n",
	    "fields \"bootstrap_low\" and \"bootstrap_high\": not the bounds "
	    "of \"strongest_difference\"",
	    "one bound");
	says(words, DRAWN "c\tx\t3\t3\t2\t4\t-\t0\t-\t0\t-\t-\t-\t1\t2\n",
	    "not the bounds of \"strongest_difference\"",
	    "bounds without a difference");
	says(words, DRAWN C "\tnan\t1\n", "field \"bootstrap_low\": nan: not",
	    "a bound that is no number");
	says("controls: b show: x runs: b/1 c/1",
	    DRAWN_HEAD "b\tx\t1\t2\t-\t-\t-\t0\t-\t0\t-\t-\t-\t-\t-\n"
		       "c\tx\t1\t3\t-\t-\t1\t1\tb\t1\t1\t-\t-\t.5\t1.5\n",
	    "(one seed, so no interval), by bootstrap over prompts 0.5 to 1.5;",
	    "one seed: over its prompts");
}

static void
test_refusals(void)
{
	static const struct {
		const char *grid, *table, *words;
	} wrong[] = {
		{ "", HEAD A, "./grid: it names no runs" },
		{ "a", HEAD A,
		    "expected a part such as \"runs:\", found \"a\"" },
		{ "of: a", HEAD A, "./grid: unknown part \"of:\"" },
		{ "runs: a", HEAD A, "run \"a\": expected CELL/SEED" },
		{ "runs: a/", HEAD A, "run \"a/\": expected CELL/SEED" },
		{ "runs: /a", HEAD A, "run \"/a\": expected CELL/SEED" },
		{ "runs: a/b/c", HEAD A, "run \"a/b/c\": expected CELL/SEED" },
		{ "controls: d show: x runs: a/1", HEAD A,
		    "control \"d\" is not among the cells" },
		{ "show: z runs: a/1 a/2 a/3", HEAD A,
		    "no cell has a figure that is to be shown" },
		{ words, "", "no cell has a figure" },
		{ words, "a\tb\n", "table.tsv: line 1: no column \"cell\"" },
		{ words, HEAD "a\tx\n", "line 2: expected 14 fields, found 2" },
		{ words, HEAD "d\tx\t3\t1\t.5\t1.5" CONTROL,
		    "line 2: field \"cell\": no cell \"d\" in the grid" },
		{ words, HEAD A A,
		    "line 3: cell \"a\", figure \"x\": there "
		    "twice" },
		{ words, HEAD "a\tx\t4\t1\t.5\t1.5" CONTROL,
		    "field \"seeds\": 4: not between 0 and 3" },
		{ words, HEAD "a\tx\t-\t1\t.5\t1.5" CONTROL, "no seed has it" },
		{ words, HEAD "a\tx\t3\tnan\t.5\t1.5" CONTROL,
		    "field \"mean\": nan: not" },
		{ words, HEAD "a\tx\t3\t1e999\t-\t-" CONTROL,
		    "field \"mean\": 1e999: not" },
		{ words, HEAD "a\tx\t3\t1\t1.2\t1.5" CONTROL,
		    "fields \"low\" and \"high\": not around \"mean\"" },
		{ words, HEAD "a\tx\t3\t1\t-\t1.5" CONTROL,
		    "fields \"low\" and \"high\": not around \"mean\"" },
		{ words, HEAD "c\tx\t3\t3\t2\t4\t-\t3\t2\tb\t3\t1\t1\t1\n",
		    "field \"above\": 3: not between 0 and 2" },
		{ words, HEAD "c\tx\t3\t3\t2\t4\t-\t3\t3\te\t3\t1\t1\t1\n",
		    "field \"strongest\": no cell \"e\" in the grid" },
		{ words, HEAD "c\tx\t3\t3\t2\t4\t-\t3\t3\tb\t0\t1\t1\t1\n",
		    "\"strongest_difference\": one without the other" },
		{ words, HEAD "c\tx\t3\t3\t2\t4\t-\t3\t3\tb\t3\t-\t-\t-\n",
		    "\"strongest_difference\": one without the other" },
		{ words, HEAD "a\tx", "line 2: it is not complete" },
		{ words, HEAD "c\tx\t3\t3\t2\t4\t-\t3\t3\tb\t3\t1\t1\t1\n",
		    "table.tsv: cell \"c\", figure \"x\": \"b\" is not a "
		    "control that has it" },
		{ words, HEAD A "c\tx\t3\t3\t2\t4\t-\t3\t3\tc\t3\t1\t1\t1\n",
		    "table.tsv: cell \"c\", figure \"x\": \"c\" is not a "
		    "control that has it" },
	};
	size_t i;

	for (i = 0; i < sizeof wrong / sizeof *wrong; i++)
		says(wrong[i].grid, wrong[i].table, wrong[i].words,
		    wrong[i].words);
}

/* Bytes that are changed at random make another page or a message. */
static void
test_damage(void)
{
	static const char table[] =
	    HEAD A B "c\tx\t3\t3\t2\t4\t-\t3\t3\tb\t3\t1\t.5\t1.5\n";
	char grid[sizeof words], text[sizeof table];
	struct rng r = rng_at(1, 0, 0, "grid", 0);
	int i, k, fine = 0;

	for (i = 0; i < 2000; i++) {
		memcpy(grid, words, sizeof words);
		memcpy(text, table, sizeof table);
		for (k = 0; k < 2; k++) {
			if (i % 2 == 0)
				grid[rng_below(&r, sizeof words - 1)] =
				    (char)rng_below(&r, 256);
			else
				text[rng_below(&r, sizeof table - 1)] =
				    (char)rng_below(&r, 256);
		}
		fine += *page(grid, text) != '\0';
	}
	ok(fine == 2000, "damaged files make a page or a message");
}

static void
test_places(void)
{
	struct rundir run[3] = { 0 };
	struct grid g;

	put("grid", words);
	put("table.tsv", HEAD A);
	if (mkdir("c", 0777) != 0 || mkdir("c/2", 0777) != 0)
		exit(1);
	rundir_name(&run[0], "c/2");
	rundir_name(&run[1], "./c/2/");
	rundir_name(&run[2], "c/7");
	ok(grid_open(&g, "./") == 0 && grid_place(&g, run, 2) == 0 &&
		strcmp(run[0].name, "c/2") == 0 &&
		strcmp(run[1].name, "c/2") == 0 &&
		rundir_same_but_seed(&run[0], &run[1]),
	    "runs have the names of their cells, and are the same in one");
	ok(grid_place(&g, run, 3) != 0 &&
		strcmp(err_last(), "c/7: not a run of the grid .") == 0,
	    "a run of no grid is refused");
	grid_close(&g);
	rundir_close(&run[0]);
	rundir_close(&run[1]);
	rundir_close(&run[2]);
	rmdir("c/2");
	rmdir("c");
}

int
main(void)
{
	scratch_enter();
	test_sentences();
	test_table();
	test_bootstrap();
	test_refusals();
	test_damage();
	test_places();
	unlink("grid");
	unlink("table.tsv");
	scratch_leave();
	return tap_done();
}
