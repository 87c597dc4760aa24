/* SPDX-License-Identifier: MIT */
/*
 * opt: the option table of a tool.  A row says letter, long name, kind with
 * its range or set of names, where the value goes, metavariable and help;
 * parsing, -h, ranges and "did you mean" come from the table, so -h cannot
 * lie.  Wrong usage ends the process with exit status 2 and a line that
 * names option, value and what was expected.
 *
 * Common options (-h, -V, -q, -v, -o, -j, -s, --json, --part) are rows that
 * a tool includes by OPT_... macros where they mean something.
 */
#ifndef CLI_OPT_H
#define CLI_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum opt_kind {
	OPT_FLAG,   /* bool */
	OPT_UINT,   /* uint64_t in [lo, hi] */
	OPT_REAL,   /* double in [lo, hi] */
	OPT_TEXT,   /* const char * */
	OPT_NAME,   /* int: index in `names` */
	OPT_CUSTOM, /* parse(text, value): 0 or fail() */
	OPT_HELP,
	OPT_VERSION,
	OPT_END
};

struct opt {
	char letter; /* 0: none */
	const char *name;
	enum opt_kind kind;
	void *value;
	const char *meta, *help;  /* help is wrapped: as long as it takes */
	double lo, hi;            /* OPT_UINT, OPT_REAL; both 0: any */
	const char *const *names; /* OPT_NAME, ends with NULL */
	int (*parse)(const char *text, void *value);
	bool *given; /* set when the option is there; may be NULL */
};

/*
 * Parse; returns the index of the first operand in argv (options may stand
 * anywhere before "--"; argv is permuted).  Long names count in full only.
 * synopsis: what follows "usage: TOOL "; a newline begins another form, which
 * gets TOOL in front as well.  Long forms are wrapped.
 *
 * A parse function fails with "TEXT: reason", as num.h does, or with the
 * reason alone; the option's name, and TEXT where it is not there, are put
 * in front.
 */
int opt_parse(const struct opt *, const char *synopsis, int argc, char **argv);

#endif
