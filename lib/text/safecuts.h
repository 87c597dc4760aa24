/* SPDX-License-Identifier: MIT */
/*
 * safecuts: where a text may be cut before it is merged, without changing what
 * comes out.
 *
 * A merge joins two symbols that touch.  Where no merge of a vocabulary has
 * a left side that ends as the text does before a place and a right side
 * that begins as it does after it, nothing is ever joined across that place:
 * each side is merged as if it stood alone.  So a document, which for
 * SentencePiece's way is one word, falls into small ones (before every mark
 * of a space, around a line's end), which are soon done and come again.
 *
 * Characters are told apart by class: each of ASCII, the mark of a space,
 * and one class for all others, whose joins are taken together.  What a
 * symbol spells must be the text it stands for, so a vocabulary that merges
 * byte pieces (<0x0A>) or the unknown has no safecuts.
 */
#ifndef TEXT_SAFECUTS_H
#define TEXT_SAFECUTS_H

#include <stdbool.h>
#include <stddef.h>

enum { SAFECUT_MARK = 128, SAFECUT_OTHER, SAFECUT_CLASSES };

struct safecuts {
	bool none;
	bool joined[SAFECUT_CLASSES][SAFECUT_CLASSES];
};

/* A merge of the pieces text[0 .. cut) and text[cut .. n). */
void safecuts_join(struct safecuts *, const char *text, size_t cut, size_t n);
/*
 * How much of p[0 .. n) (valid UTF-8, n > 0) comes before the first safe cut.
 */
size_t safecuts_next(const struct safecuts *, const char *p, size_t n);

#endif
