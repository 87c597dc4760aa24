/* SPDX-License-Identifier: MIT */
#include "cli/fill.h"

#include <string.h>

void
fill(struct buf *b, const char *text, const char *with)
{
	const char *at;

	while ((at = strstr(text, "%s")) != NULL) {
		buf_add(b, text, (size_t)(at - text));
		buf_adds(b, with);
		text = at + 2;
	}
	buf_adds(b, text);
}
