/* SPDX-License-Identifier: MIT */
/*
 * Each parse runs in a child process, as it may end it: what it printed and
 * how it ended are compared.  A parse that succeeds prints all values.
 */
#include "cli/opt.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/num.h"
#include "cli/cli.h"

#include "../tap.h"

enum { WORDS = 8, SAID = 4096 };

enum baseline { BASELINE_MEAN, BASELINE_RLOO, BASELINE_NONE };
enum setting { SETTING_EARLY, SETTING_LATE };

struct args {
	struct common common;
	uint64_t dim, any;
	double rate, free;
	const char *text;
	enum baseline name;
	int custom;
	bool given, early, late;
};

static int
parse_even(const char *text, void *value)
{
	uint64_t v;

	if (num_u64(text, 0, 100, &v) == -1)
		return -1;
	if (v % 2 != 0)
		return fail("expected an even number");
	*(int *)value = (int)v;
	return 0;
}

static void
list_divergences(struct buf *b)
{
	buf_adds(b, "js jsd:B rkl hellinger");
}

static int
parse_divergence(const char *text, void *value)
{
	if (strcmp(text, "js") == 0)
		return 0;
	(void)value;
	return fail("%s",
	    strncmp(text, "jsd", 3) == 0 ? "wants a number between 0 and 1" :
					   "no such divergence");
}

static const char *
on_mondays(int setting)
{
	return setting == SETTING_LATE ? "on Mondays" : NULL;
}

static void
parse_and_print(int argc, char **argv)
{
	static const char *const names[] = { "mean", "rloo", "none", NULL };
	struct args a = { .dim = 64, .rate = 0.5, .text = "-", .custom = 2 };
	const struct opt opts[] = {
		OPT_GROUP("Sizes"),
		OPT_UINT('d', "dim", &a.dim, "N", 1, 1000000, "width (64)",
		    .alias = "width"),
		OPT_UINT(0, "any", &a.any, "N", 0, 0, "any number",
		    .needs = "dim|even"),
		OPT_REAL('r', "rate", &a.rate, "X", 0, 1, "rate (0.5)",
		    .excludes = "free|text"),
		OPT_REAL(0, "free", &a.free, "X", 0, 0, "any real"),
		OPT_GROUP("Names", .needs = "baseline=mean|baseline=none"),
		OPT_TEXT('t', "text", &a.text, "TEXT", "a text",
		    .given = &a.given),
		OPT_NAME(0, "baseline", &a.name, NULL, names,
		    "what is taken from the return of each sample before it "
		    "weighs anything: %s (mean)"),
		OPT_CUSTOM(0, "even", &a.custom, "N", parse_even, "even"),
		OPT_CUSTOM('f', "divergence", &a.custom, "NAME",
		    parse_divergence, "%s (js)", .list = list_divergences),
		OPT_FLAG(0, "late", &a.late, "never has an effect",
		    .idle = on_mondays, .setting = SETTING_LATE),
		OPT_FLAG(0, "early", &a.early, "has one", .idle = on_mondays,
		    .setting = SETTING_EARLY),
		OPT_GROUP("Common"),
		OPT_BASIC(&a.common),
		OPT_LAST,
	};
	const struct usage usage = {
		"[-d N] POLICY [FILE ...]\n--even N",
		"Numbers in, numbers out.",
		"tool -d 3 policy | tool --even 4",
	};
	int first = opt_parse(opts, &usage, argc, argv);

	if (first < argc && strcmp(argv[first], "none") == 0)
		opt_missing(&usage, "operand: %s", "POLICY");
	printf("%" PRIu64 " %" PRIu64 " %g %g %s %u %d %d%d%d", a.dim, a.any,
	    a.rate, a.free, a.text, a.name, a.custom, a.given, a.common.quiet,
	    a.common.verbose);
	for (; first < argc; first++)
		printf(" [%s]", argv[first]);
	printf("\n");
	exit(0);
}

/* Parse the words, split at blanks; what was printed, and the status. */
static int
parse(const char *words, char said[SAID])
{
	char *line = strdup(words), *argv[WORDS + 2] = { strdup("tool") };
	int fd[2], argc = 1, status = -1;
	ssize_t n = 0, got;
	pid_t child;

	for (char *w = strtok(line, " "); w != NULL && argc <= WORDS;
	     w = strtok(NULL, " "))
		argv[argc++] = w;
	if (pipe(fd) == -1 || fflush(stdout) != 0 || (child = fork()) == -1)
		exit(1);
	if (child == 0) {
		dup2(fd[1], STDOUT_FILENO);
		dup2(fd[1], STDERR_FILENO);
		close(fd[0]);
		cli_begin(argc, argv);
		parse_and_print(argc, argv);
	}
	close(fd[1]);
	while (n < SAID - 1 &&
	    (got = read(fd[0], said + n, (size_t)(SAID - 1 - n))) > 0)
		n += got;
	said[n] = '\0';
	close(fd[0]);
	if (waitpid(child, &status, 0) != child)
		exit(1);
	free(argv[0]);
	free(line);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static const struct {
	const char *words;
	int status;
	const char *said;
} cases[] = {
	{ "", 0, "64 0 0.5 0 - 0 2 000\n" },
	{ "-d 8 --any 9 -r 1", 0, "8 9 1 0 - 0 2 000\n" },
	{ "--free -2.5", 0, "64 0 0.5 -2.5 - 0 2 000\n" },
	{ "-d8 -qv -tx", 0, "8 0 0.5 0 x 0 2 111\n" },
	{ "--dim=8 --text=x=y", 0, "8 0 0.5 0 x=y 0 2 100\n" },
	{ "--width 8 --width=9", 0, "9 0 0.5 0 - 0 2 000\n" },
	{ "a --dim 8 b -q c", 0, "8 0 0.5 0 - 0 2 010 [a] [b] [c]\n" },
	{ "a -- --dim 8 -", 0, "64 0 0.5 0 - 0 2 000 [a] [--dim] [8] [-]\n" },
	{ "- --dim 8 -- --", 0, "8 0 0.5 0 - 0 2 000 [-] [--]\n" },
	{ "-t -q", 0, "64 0 0.5 0 -q 0 2 100\n" },
	{ "-qt -- a", 0, "64 0 0.5 0 -- 0 2 110 [a]\n" },
	{ "-d 8 -d 9", 0, "9 0 0.5 0 - 0 2 000\n" },
	{ "--baseline none --even 4", 0, "64 0 0.5 0 - 2 4 000\n" },
	{ "--any 18446744073709551615 --even 2", 0,
	    "64 18446744073709551615 0.5 0 - 0 2 000\n" },
	{ "-V", 0, "tool " APPRENTICE_VERSION "\n" },
	{ "--version", 0, "tool " APPRENTICE_VERSION "\n" },
	{ "--dim 0", 2, "tool: --dim 0: not between 1 and 1000000\n" },
	{ "--width 0", 2, "tool: --width 0: not between 1 and 1000000\n" },
	{ "-d -5", 2, "tool: -d -5: not a whole number\n" },
	{ "--dim=x", 2, "tool: --dim x: not a whole number\n" },
	{ "-r 1.5", 2, "tool: -r 1.5: not between 0 and 1\n" },
	{ "-r nan", 2, "tool: -r nan: not a number\n" },
	{ "--free inf", 2, "tool: --free inf: not a number\n" },
	{ "--any 99999999999999999999", 2,
	    "tool: --any 99999999999999999999: not between 0 and "
	    "18446744073709551615\n" },
	{ "--baseline x", 2,
	    "tool: --baseline x: not one of mean, rloo, none\n" },
	{ "--baseline rlo", 2,
	    "tool: --baseline rlo: not one of mean, rloo, none\n"
	    "hint: did you mean rloo?\n" },
	{ "-f nope", 2,
	    "tool: -f nope: no such divergence\n"
	    "hint: -f takes one of js jsd:B rkl hellinger\n" },
	{ "--divergence helinger", 2,
	    "tool: --divergence helinger: no such divergence\n"
	    "hint: did you mean hellinger?\n"
	    "hint: --divergence takes one of js jsd:B rkl hellinger\n" },
	{ "-f jsd:7", 2, "tool: -f jsd:7: wants a number between 0 and 1\n" },
	{ "--even 3", 2, "tool: --even 3: expected an even number\n" },
	{ "--even 300", 2, "tool: --even 300: not between 0 and 100\n" },
	{ "--no-such-option", 2,
	    "tool: unknown option --no-such-option\n"
	    "hint: tool -h lists the options\n" },
	{ "--no-such-option=4", 2,
	    "tool: unknown option --no-such-option\n"
	    "hint: tool -h lists the options\n" },
	{ "--=4", 2,
	    "tool: unknown option --\nhint: tool -h lists the options\n" },
	{ "--dmi 3", 2,
	    "tool: unknown option --dmi\nhint: did you mean --dim?\n" },
	{ "--di 3", 2,
	    "tool: unknown option --di\nhint: did you mean --dim?\n" },
	{ "--base=mean", 2,
	    "tool: unknown option --base\nhint: did you mean --baseline?\n" },
	{ "--quie", 2,
	    "tool: unknown option --quie\nhint: did you mean --quiet?\n" },
	{ "--widt 3", 2,
	    "tool: unknown option --widt\nhint: did you mean --dim?\n" },
	{ "--ba", 2,
	    "tool: unknown option --ba\nhint: tool -h lists the options\n" },
	{ "-Y", 2,
	    "tool: unknown option -Y\nhint: tool -h lists the options\n" },
	{ "-qY", 2,
	    "tool: unknown option -Y\nhint: tool -h lists the options\n" },
	{ "-\001", 2,
	    "tool: unknown option -?\nhint: tool -h lists the options\n" },
	{ "-dim 8", 2,
	    "tool: unknown option -dim\nhint: did you mean --dim?\n" },
	{ "-rate=8", 2,
	    "tool: unknown option -rate\nhint: did you mean --rate?\n" },
	{ "-baselin mean", 2,
	    "tool: unknown option -baselin\n"
	    "hint: did you mean --baseline?\n" },
	{ "--dim", 2, "tool: --dim: missing value: N\n" },
	{ "a -t", 2, "tool: -t: missing value: TEXT\n" },
	{ "--quiet=1", 2, "tool: --quiet: takes no value\n" },
	{ "--any 3", 2, "tool: --any has no effect without -d or --even\n" },
	{ "-r 1 -t x", 2, "tool: -r does not go with -t\n" },
	{ "--free 1 --rate 1", 2, "tool: -r does not go with --free\n" },
	{ "--even 4 --baseline rloo", 2,
	    "tool: --baseline has no effect without --baseline mean or "
	    "--baseline none\n" },
	{ "--early", 0, "64 0 0.5 0 - 0 2 000\n" },
	{ "--late", 2, "tool: --late has no effect on Mondays\n" },
	{ "none", 2,
	    "tool: missing operand: POLICY\n"
	    "hint: usage: tool [-d N] POLICY [FILE ...]\n"
	    "hint: usage: tool --even N\n" },
};

static const char help[] =
    "usage: tool [-d N] POLICY [FILE ...]\n"
    "       tool --even N\n"
    "Numbers in, numbers out.\n"
    "  tool -d 3 policy | tool --even 4\n"
    "\n"
    "Sizes\n"
    "  -d, --dim N             width (64)\n"
    "      --any N             any number\n"
    "  -r, --rate X            rate (0.5)\n"
    "      --free X            any real\n"
    "\n"
    "Names\n"
    "  -t, --text TEXT         a text\n"
    "      --baseline NAME     what is taken from the return of each sample "
    "before\n"
    "                          it weighs anything: mean, rloo or none (mean)\n"
    "      --even N            even\n"
    "  -f, --divergence NAME   js jsd:B rkl hellinger (js)\n"
    "      --late              never has an effect\n"
    "      --early             has one\n"
    "\n"
    "Common\n"
    "  -q, --quiet             print nothing but errors\n"
    "  -v, --verbose           print more\n"
    "  -h, --help              print this text\n"
    "  -V, --version           print name and version\n"
    "\n"
    "man tool\n";

int
main(void)
{
	char said[SAID];
	size_t i;
	int status;

	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		status = parse(cases[i].words, said);
		if (!ok(status == cases[i].status &&
			    strcmp(said, cases[i].said) == 0,
			"tool %s", cases[i].words))
			printf("# status %d, said: %s", status, said);
	}
	status = parse("-h", said);
	if (!ok(status == 0 && strcmp(said, help) == 0, "tool -h"))
		printf("%s", said);
	status = parse("x --help", said);
	ok(status == 0 && strcmp(said, help) == 0, "tool --help");
	return tap_done();
}
