/* SPDX-License-Identifier: MIT */
/*
 * bpemodel: the model of type BPE (byte pair encoding, Sennrich et al. 2016).
 *
 * A word is split into its smallest pieces, and neighboring pieces are merged
 * by the ranks of the vocabulary (vocab.h, merge.h).  The smallest pieces are
 * bytes for a byte-level vocabulary, otherwise characters; a character that
 * the vocabulary lacks becomes its bytes <0xXX> (byte_fallback) or <unk>.
 */
#ifndef TEXT_BPEMODEL_H
#define TEXT_BPEMODEL_H

#include "text/tokenmodel.h"

extern const struct tokenmodel_type bpe_model;

#endif
