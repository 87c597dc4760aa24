/* SPDX-License-Identifier: MIT */
/*
 * stored: numbers as a file has them: float32, float16 or bfloat16, little
 * endian, at any even address.
 *
 * A large matrix is never widened as a whole: a product widens a block at a
 * time (panel.h), and a lookup of rows widens those rows.
 */
#ifndef TENSOR_STORED_H
#define TENSOR_STORED_H

#include <stddef.h>

/* In the order of enum st_dtype (io/safetensors.h). */
enum stored_type { STORED_F32, STORED_F16, STORED_BF16 };

struct stored {
	const void *p; /* borrowed; NULL: there is none */
	enum stored_type type;
};

size_t stored_bytes(enum stored_type);
/* out[n] = the n numbers from `at` on. */
void stored_widen(float *out, const struct stored *, size_t at, size_t n);
/* out[n] += the same. */
void stored_add(float *out, const struct stored *, size_t at, size_t n);
/* Round x[n] to the type, to nearest, ties to even; out may be x. */
void stored_narrow(void *out, const float *x, enum stored_type, size_t n);

#endif
