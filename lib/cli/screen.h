/* SPDX-License-Identifier: MIT */
/*
 * screen: what standard output is: a terminal that can be drawn on, its
 * size, and whether colors are wanted (NO_COLOR, TERM=dumb).
 */
#ifndef CLI_SCREEN_H
#define CLI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

struct screen {
	bool terminal; /* lines can be drawn again */
	bool color;
	size_t columns, rows; /* 80 and 24 where it is not a terminal */
};

struct screen screen_of_output(void);

/* What an option --color may say, and what then holds: auto is as above. */
enum screen_when { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };
extern const char *const screen_whens[];
bool screen_color(const struct screen *, enum screen_when);

#endif
