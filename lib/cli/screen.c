/* SPDX-License-Identifier: MIT */
#include "cli/screen.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

const char *const screen_whens[] = { "auto", "always", "never", NULL };

bool
screen_color(const struct screen *s, enum screen_when when)
{
	return when == COLOR_AUTO ? s->color : when == COLOR_ALWAYS;
}

struct screen
screen_of_output(void)
{
	const char *term = getenv("TERM"), *plain = getenv("NO_COLOR");
	struct screen s = { .columns = 80, .rows = 24 };
	struct winsize w;

	if (!isatty(STDOUT_FILENO))
		return s;
	s.terminal = term != NULL && strcmp(term, "dumb") != 0;
	s.color = s.terminal && (plain == NULL || *plain == '\0');
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) != 0)
		return s;
	s.columns = w.ws_col > 0 ? w.ws_col : s.columns;
	s.rows = w.ws_row > 0 ? w.ws_row : s.rows;
	return s;
}
