/* SPDX-License-Identifier: MIT */
/*
 * say: the words of a tool, on stderr: lines "TOOL: ..." and "hint: ...".
 *
 * Each line is one write(2), so that the lines of the tools of a pipe do not
 * mingle.  Control characters are replaced by '?'.  The functions that do not
 * return remove a pending -o file (pending.h) and end the process.
 */
#ifndef CLI_SAY_H
#define CLI_SAY_H

#include <stdarg.h>
#include <stdbool.h>

#include "base/err.h"

enum { EXIT_FAILED = 1, EXIT_USAGE = 2 };

/* The tool's name (borrowed), first of all; -q and -v, after the options. */
void say_begin(const char *name);
void say_ready(bool quiet, bool verbose);
const char *cli_name(void);
/* SIGPIPE ends the process, as it does by default. */
void end_by_sigpipe(void);

/* A line; or with redraw a line of a terminal that the next one replaces. */
void say(bool redraw, const char *fmt, va_list)
    __attribute__((format(printf, 2, 0)));
/* A line, unless quiet; and a line only with -v. */
void warn(const char *fmt, ...) printf_like(1, 2);
void note(const char *fmt, ...) printf_like(1, 2);
/* warn() of each line of a text. */
void warn_lines(const char *text);

/* The message of err_last() with its hint, unless nobody reads the output. */
void complain(void);
/* The same, and status 1; or an end by SIGPIPE
 * where the failure was that nobody reads the output. */
_Noreturn void die(void);
/*
 * After opening a policy, or what belongs to it: dies of -1; of 1, something is
 * damaged, and err_last() names it and what is there instead: a warning.
 */
void opened(int rc);
/* These words, and status 1. */
_Noreturn void die_with(const char *fmt, ...) printf_like(1, 2);
/* These words, and status 2: wrong usage. */
_Noreturn void die_usage(const char *fmt, ...) printf_like(1, 2);
/* The same, then each line of `hint` (NULL: none) as a hint. */
_Noreturn void die_usage_hint(const char *hint, const char *fmt, ...)
    printf_like(2, 3);

#endif
