/* SPDX-License-Identifier: MIT */
#include "base/texts.h"

int
texts_add(const char *text, void *texts)
{
	struct texts *t = texts;

	if (text[0] == '\0')
		return fail("empty text");
	if (t->n == TEXTS_MOST)
		return fail("more than %d", TEXTS_MOST);
	t->text[t->n++] = text;
	return 0;
}
