/* SPDX-License-Identifier: MIT */
/*
 * screen: what standard output is: a terminal that can be drawn on, its width,
 * and whether colors are wanted (NO_COLOR, TERM=dumb).
 */
#ifndef CLI_SCREEN_H
#define CLI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

struct screen {
	bool terminal; /* lines can be drawn again */
	bool color;
	size_t columns; /* 80 where it is not a terminal */
};

struct screen screen_of_output(void);

#endif
