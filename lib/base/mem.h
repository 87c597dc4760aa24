/* SPDX-License-Identifier: MIT */
/*
 * mem: checked, zeroed memory.
 *
 * None of these functions returns failure: when memory runs out, the process
 * ends with exit status 1 and "TOOL: out of memory" on stderr.  Outputs are
 * atomic, so nothing is lost, and no caller carries a branch that no test can
 * reach.  A product of sizes that overflows counts as out of memory.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/* n elements of size bytes, all zero; free() frees them.  n may be 0. */
void *mem_alloc(size_t n, size_t size);
/* n zero floats, aligned to 64 bytes for kernels; free() frees them. */
void *mem_floats(size_t n);
/* n bytes, aligned to 64, not initialized; free() frees them. */
void *mem_scratch(size_t n);
/*
 * n zero floats for large, long-lived memory such as all parameters.  They
 * have pages of their own, huge ones where the system has them, and a page
 * takes no memory before it is touched.  mem_block_free frees them.
 */
void *mem_block(size_t n);
void mem_block_free(void *);
/* The bytes of its pages. */
size_t mem_block_bytes(size_t n);
/*
 * Grow the array p of *cap elements, at least doubling it, until it holds
 * `want`.  New elements are zero.  p may be NULL with *cap 0.
 */
void *mem_grow(void *p, size_t *cap, size_t want, size_t size);
/* The same, but new elements are not initialized. */
void *mem_extend(void *p, size_t *cap, size_t want, size_t size);
/* The capacity that both give an array of capacity `cap` (0: none). */
size_t mem_capacity(size_t cap, size_t want);
/*
 * Release the pages of an unchanged private file map from memory; the next
 * access reads them from the file again.
 */
void mem_forget(const void *p, size_t n);
/* A copy of n bytes with a NUL after it; free() frees it. */
char *mem_dup(const void *p, size_t n);

/* End the process as out of memory. */
_Noreturn void mem_exhausted(void);

#endif
