/* SPDX-License-Identifier: MIT */
/*
 * teachers: one or several frozen models whose distributions of an action are
 * taken together, so that they are one teacher:
 *
 *   arithmetic   p = (1/K) sum_k p_k
 *   geometric    p = softmax of the mean of the K logits
 *
 * where each p_k is softmax(y_k / T).  A single model is itself, bit for bit.
 *
 *	t = teachers_open(&settings, &policy);
 *	teachers_pack(t, pack);        // forward passes of the policy's pack
 *	teachers_block(t, first, n);   // logits of n rows of it
 *	y = teachers_row(t, i);        // [V] of row i: softmax(y / T) is p
 *	teachers_close(t);
 *
 * Of a block, the logits of one model and their mean are held, and no more.
 */
#ifndef LIKELIHOOD_TEACHERS_H
#define LIKELIHOOD_TEACHERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/texts.h"
#include "likelihood/frozen.h"

enum teachers_mix { MIX_ARITHMETIC, MIX_GEOMETRIC };
/* Their names, in this order; NULL at the end. */
extern const char *const teachers_mixes[];

struct teachers_settings {
	struct texts dirs; /* one at least */
	enum teachers_mix mix;
	double temperature; /* T */
	bool unread;        /* do not read weights, to plan passes */
};

struct teachers;

/* NULL where one cannot be opened (frozen_open). */
struct teachers *teachers_open(const struct teachers_settings *,
    const struct ckpt *policy);
void teachers_close(struct teachers *);
/* Their number, and one of them; borrowed. */
size_t teachers_count(const struct teachers *);
const struct ckpt *teachers_ckpt(const struct teachers *, size_t k);
/* -1 where a sequence is longer than the context of one. */
must_use int teachers_pack(struct teachers *, const struct pack *);
void teachers_block(struct teachers *, size_t first, size_t n);
/* The caller may overwrite the row. */
float *teachers_row(const struct teachers *, size_t i);

#endif
