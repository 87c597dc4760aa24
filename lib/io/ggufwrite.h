/* SPDX-License-Identifier: MIT */
/*
 * ggufwrite: write a GGUF file (gguf.h), version 3.
 *
 *	struct ggufwrite w = { 0 };
 *	ggufwrite_uint(&w, "llama.block_count", 2);      // keys
 *	ggufwrite_array(&w, "a", GGUF_INT32, 1);         // and its elements:
 *	ggufwrite_int(&w, 5);
 *	ggufwrite_tensor(&w, "token_embd.weight", BLOCK_F32, 2, shape);
 *	a = ggufwrite_begin(&w, path);                   // io/atomic.h
 *	rc = atomic_write(a, data, n);                   // of each tensor
 *	rc = ggufwrite_pad(a, bytes);                    // and after each
 *	rc = atomic_commit(a, true);
 *	ggufwrite_release(&w);
 */
#ifndef IO_GGUFWRITE_H
#define IO_GGUFWRITE_H

#include "base/buf.h"
#include "io/atomic.h"
#include "io/gguf.h"

struct ggufwrite {
	struct buf key, tensor;
	size_t keys, tensors;
	size_t at; /* where the next tensor's data begin */
};

void ggufwrite_release(struct ggufwrite *);

void ggufwrite_uint(struct ggufwrite *, const char *key, uint32_t);
void ggufwrite_real(struct ggufwrite *, const char *key, double); /* float32 */
void ggufwrite_bool(struct ggufwrite *, const char *key, bool);
void ggufwrite_string(struct ggufwrite *, const char *key, const char *,
    size_t n);
/* An array of strings, int32 or float32; `count` elements must follow. */
void ggufwrite_array(struct ggufwrite *, const char *key, enum gguf_type,
    size_t count);
void ggufwrite_text(struct ggufwrite *, const char *, size_t n);
void ggufwrite_int(struct ggufwrite *, int32_t);
void ggufwrite_float(struct ggufwrite *, float);

/* The next tensor; shape[0], which varies fastest, is in whole blocks. */
void ggufwrite_tensor(struct ggufwrite *, const char *name, enum block_type,
    size_t dims, const size_t *shape);

/* Begin the file aside and write all but the data; NULL on failure. */
struct atomic *ggufwrite_begin(const struct ggufwrite *, const char *path);
/* Fill up after a tensor's data of so many bytes. */
must_use int ggufwrite_pad(struct atomic *, size_t bytes);

#endif
