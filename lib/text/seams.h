/* SPDX-License-Identifier: MIT */
/*
 * seams: where a text may be cut before it is merged, without changing what
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
 * byte pieces (<0x0A>) or the unknown has no seams.
 */
#ifndef TEXT_SEAMS_H
#define TEXT_SEAMS_H

#include <stdbool.h>
#include <stddef.h>

enum { SEAM_MARK = 128, SEAM_OTHER, SEAM_CLASSES };

struct seams {
	bool none;
	bool joined[SEAM_CLASSES][SEAM_CLASSES];
};

/* A merge of the pieces text[0 .. cut) and text[cut .. n). */
void seams_join(struct seams *, const char *text, size_t cut, size_t n);
/* How much of p[0 .. n) (valid UTF-8, n > 0) comes before the first seam. */
size_t seams_next(const struct seams *, const char *p, size_t n);

#endif
