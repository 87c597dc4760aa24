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

struct args {
	struct common common;
	uint64_t dim, any;
	double rate, free;
	const char *text;
	int name, custom;
	bool given;
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
parse_and_print(int argc, char **argv)
{
	static const char *const names[] = { "mean", "rloo", "none", NULL };
	struct args a = { .dim = 64, .rate = 0.5, .text = "-", .custom = 2 };
	const struct opt opts[] = {
		{ 'd', "dim", OPT_UINT, &a.dim, "N", "width (64)", 1, 1000000 },
		{ 0, "any", OPT_UINT, &a.any, "N", "any number" },
		{ 'r', "rate", OPT_REAL, &a.rate, "X", "rate (0.5)", 0, 1 },
		{ 0, "free", OPT_REAL, &a.free, "X", "any real" },
		{ 't', "text", OPT_TEXT, &a.text, "TEXT", "a text",
		    .given = &a.given },
		{ 0, "baseline", OPT_NAME, &a.name, NULL,
		    "what is taken from the return of each sample before it "
		    "weighs anything: mean, rloo or none",
		    .names = names },
		{ 0, "even", OPT_CUSTOM, &a.custom, "N", "even",
		    .parse = parse_even },
		OPT_BASIC(&a.common),
		OPT_LAST,
	};
	int first = opt_parse(opts, "[-d N] POLICY [FILE ...]", argc, argv);

	printf("%" PRIu64 " %" PRIu64 " %g %g %s %d %d %d%d%d", a.dim, a.any,
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
	{ "-d 8 --any 9 -r 1 --free -2.5", 0, "8 9 1 -2.5 - 0 2 000\n" },
	{ "-d8 -qv -tx", 0, "8 0 0.5 0 x 0 2 111\n" },
	{ "--dim=8 --text=x=y", 0, "8 0 0.5 0 x=y 0 2 100\n" },
	{ "a --dim 8 b -q c", 0, "8 0 0.5 0 - 0 2 010 [a] [b] [c]\n" },
	{ "a -- --dim 8 -", 0, "64 0 0.5 0 - 0 2 000 [a] [--dim] [8] [-]\n" },
	{ "-t -q", 0, "64 0 0.5 0 -q 0 2 100\n" },
	{ "-d 8 -d 9", 0, "9 0 0.5 0 - 0 2 000\n" },
	{ "--baseline none --even 4", 0, "64 0 0.5 0 - 2 4 000\n" },
	{ "--any 18446744073709551615", 0,
	    "64 18446744073709551615 0.5 0 - 0 2 000\n" },
	{ "-V", 0, "tool " APPRENTICE_VERSION "\n" },
	{ "--version", 0, "tool " APPRENTICE_VERSION "\n" },
	{ "--dim 0", 2, "tool: --dim 0: not between 1 and 1000000\n" },
	{ "-d -5", 2, "tool: -d -5: not a whole number\n" },
	{ "--dim=x", 2, "tool: --dim x: not a whole number\n" },
	{ "-r 1.5", 2, "tool: -r 1.5: not between 0 and 1\n" },
	{ "-r nan", 2, "tool: -r nan: not a number\n" },
	{ "--free inf", 2, "tool: --free inf: not a number\n" },
	{ "--any 99999999999999999999", 2,
	    "tool: --any 99999999999999999999: not between 0 and "
	    "18446744073709551615\n" },
	{ "--baseline x", 2, "tool: --baseline x: none of mean, rloo, none\n" },
	{ "--baseline rlo", 2,
	    "tool: --baseline rlo: none of mean, rloo, none\n" },
	{ "--even 3", 2, "tool: --even 3: expected an even number\n" },
	{ "--even 300", 2, "tool: --even 300: not between 0 and 100\n" },
	{ "--no-such-option", 2,
	    "tool: unknown option --no-such-option\ntool: try tool -h\n" },
	{ "--no-such-option=4", 2,
	    "tool: unknown option --no-such-option\ntool: try tool -h\n" },
	{ "--dmi 3", 2,
	    "tool: unknown option --dmi; did you mean --dim?\n"
	    "tool: try tool -h\n" },
	{ "--di 3", 2,
	    "tool: unknown option --di; did you mean --dim?\n"
	    "tool: try tool -h\n" },
	{ "--base=mean", 2,
	    "tool: unknown option --base; did you mean --baseline?\n"
	    "tool: try tool -h\n" },
	{ "--quie", 2,
	    "tool: unknown option --quie; did you mean --quiet?\n"
	    "tool: try tool -h\n" },
	{ "--ba", 2, "tool: unknown option --ba\ntool: try tool -h\n" },
	{ "-Y", 2, "tool: unknown option -Y\ntool: try tool -h\n" },
	{ "-qY", 2, "tool: unknown option -Y\ntool: try tool -h\n" },
	{ "--dim", 2, "tool: --dim: wants a value: N\n" },
	{ "a -t", 2, "tool: -t: wants a value: TEXT\n" },
	{ "--quiet=1", 2, "tool: --quiet: takes no value\n" },
};

static const char help[] =
    "usage: tool [-d N] POLICY [FILE ...]\n"
    "  -d, --dim N             width (64)\n"
    "  --any N                 any number\n"
    "  -r, --rate X            rate (0.5)\n"
    "  --free X                any real\n"
    "  -t, --text TEXT         a text\n"
    "  --baseline NAME         what is taken from the return of each sample "
    "before\n"
    "                          it weighs anything: mean, rloo or none\n"
    "  --even N                even\n"
    "  -q, --quiet             say nothing but errors\n"
    "  -v, --verbose           say more\n"
    "  -h, --help              this text\n"
    "  -V, --version           name and version\n";

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
