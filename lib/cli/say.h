/* SPDX-License-Identifier: MIT */
/* say: the one way from this folder to stderr: "TOOL: " and the words. */
#ifndef CLI_SAY_H
#define CLI_SAY_H

#include <stdarg.h>
#include <stdbool.h>

/* A line; or with redraw a line of a terminal that the next one replaces. */
void say(bool redraw, const char *fmt, va_list)
    __attribute__((format(printf, 2, 0)));

#endif
