/* SPDX-License-Identifier: MIT */
/*
 * opt: parse the command line by the tool's table of options (opttable.h).
 *
 * Wrong usage ends the process with status 2: one line names the option, the
 * value and what was expected; a hint line follows where it helps.
 */
#ifndef CLI_OPT_H
#define CLI_OPT_H

#include "base/err.h"
#include "cli/opttable.h"

/*
 * Parse; returns the index of the first operand in argv, which is permuted:
 * options may stand anywhere before "--".  Long names count in full only, for
 * a script that says --temp would break on the day that --template is added.
 *
 * A parse function fails with "TEXT: reason", as num.h does, or with only the
 * reason.
 */
int opt_parse(const struct opt *, const struct usage *, int argc, char **argv);
/* End with status 2: "TOOL: missing ..." and the usage as hint. */
_Noreturn void opt_missing(const struct usage *, const char *fmt, ...)
    printf_like(2, 3);

#endif
