/* SPDX-License-Identifier: MIT */
/*
 * watch: a run's folder in, its newest numbers on the terminal, or those of the
 * part at work, until the run ends.  See watch(1).
 */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/screen.h"
#include "io/atomic.h"
#include "report/following.h"
#include "report/terminal.h"

static struct args {
	struct common common;
	double interval;
} a = { .interval = 0.5 };

static const struct opt opts[] = {
	OPT_GROUP("Watching"),
	OPT_REAL(0, "interval", &a.interval, "SECONDS", 0.01, 3600,
	    "time between two looks (0.5)"),
	OPT_GROUP("Common"),
	OPT_BASIC(&a.common),
	OPT_LAST,
};

static const struct usage usage = {
	"[options] RUN",
	"A run's folder in, its newest numbers out, until it ends.",
	"watch policy.sft",
	"RUN, a run's folder",
};

static void
wait_a_while(void)
{
	struct timespec t = { (time_t)a.interval,
		(long)(1e9 * (a.interval - (double)(time_t)a.interval)) };

	(void)nanosleep(&t, NULL);
}

/* Draw the table over the one before, which has `above` lines. */
static size_t
redraw(const struct monitor *m, size_t above)
{
	struct screen s = screen_of_output();
	struct buf text = { 0 };
	size_t lines;

	if (above > 0)
		buf_addf(&text, "\033[%zuA", above);
	buf_adds(&text, "\033[J");
	lines = monitor_table(m, s.columns, s.rows - 1, &text);
	if (write_all(STDOUT_FILENO, text.p, text.n, "output") != 0)
		die();
	buf_release(&text);
	return lines;
}

static size_t
print_line(const struct following *f)
{
	const struct monitor *m = following_shown(f);
	struct buf text = { 0 };

	if (m == &f->part) {
		terminal_text(&text, m->run.name, strlen(m->run.name));
		buf_adds(&text, "  ");
	}
	monitor_line(m, &text);
	if (write_all(STDOUT_FILENO, text.p, text.n, "output") != 0)
		die();
	buf_release(&text);
	return 1;
}

int
main(int argc, char **argv)
{
	struct screen s;
	struct following f;
	size_t lines = 0;
	bool failed;
	int first, r;

	cli_begin(argc, argv);
	first = opt_parse(opts, &usage, argc, argv);
	if (argc - first > 1)
		die_usage("%s: one run at a time", argv[first + 1]);
	cli_ready(&a.common);
	s = screen_of_output();
	if (following_open(&f, argv[first]) != 0)
		die();
	for (;;) {
		if ((r = following_update(&f)) < 0)
			die();
		if (s.terminal && (r > 0 || lines == 0))
			lines = redraw(following_shown(&f), lines);
		else if (!s.terminal && (r > 0 || lines == 0))
			lines += print_line(&f);
		if (!f.running)
			break;
		wait_a_while();
	}
	failed = monitor_failed(&f.whole);
	following_close(&f);
	r = cli_end(&a.common, NULL, true, NULL);
	return failed ? EXIT_FAILED : r;
}
