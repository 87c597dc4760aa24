/* SPDX-License-Identifier: MIT */
/*
 * safecuts: positions where a word can be cut before it is merged without a
 * change of the result.
 *
 * A merge joins two adjacent symbols.  If no merge of a vocabulary has a left
 * side that ends with the character before a position and a right side that
 * begins with the character after it, nothing is joined across the position,
 * and both sides can be merged separately.  For SentencePiece vocabularies, to
 * which a document is one word, this gives short parts (cut before each space
 * mark and around line ends) that a cache can hold.
 *
 * Characters are classified: one class for each of ASCII, one for the space
 * mark U+2581, and one for all others.  A vocabulary that merges byte pieces
 * (<0x0A>), whose text is not what they stand for, has no safe cuts.
 */
#ifndef TEXT_SAFECUTS_H
#define TEXT_SAFECUTS_H

#include <stdbool.h>
#include <stddef.h>

enum { SAFECUT_MARK = 128, SAFECUT_OTHER, SAFECUT_CLASSES };

struct safecuts {
	bool none; /* cut nowhere */
	/* by class of the characters before and after a position */
	bool joined[SAFECUT_CLASSES][SAFECUT_CLASSES];
};

/* Register a merge of the pieces text[0 .. cut) and text[cut .. n). */
void safecuts_join(struct safecuts *, const char *text, size_t cut, size_t n);
/* Bytes of p[0 .. n) (valid UTF-8, n > 0) before the first safe cut. */
size_t safecuts_next(const struct safecuts *, const char *p, size_t n);

#endif
