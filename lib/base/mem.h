/* SPDX-License-Identifier: MIT */
/*
 * mem: checked, zeroed memory.  Out of memory ends the process with exit
 * status 1 and "TOOL: out of memory": nothing is lost, for outputs are
 * atomic, and no caller carries a branch that no test can reach.  A product
 * of sizes that overflows is out of memory too.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stddef.h>

/* n elements of size bytes, all zero; free() frees.  n = 0 is fine. */
void *mem_alloc(size_t n, size_t size);
/* The same, aligned to 64 bytes: for floats that kernels walk. */
void *mem_floats(size_t n);
/*
 * The same for what is large and allocated once, such as all parameters: in
 * pages of its own, huge ones where the system has them, which are not there
 * before they are touched.
 */
void *mem_block(size_t n);
void mem_block_free(void *);
/*
 * An array p of *cap elements grown (at least doubled) to hold want; the
 * new part is zero.  p may be NULL with *cap 0.
 */
void *mem_grow(void *p, size_t *cap, size_t want, size_t size);
/* The same where the new part is about to be written: it is anything. */
void *mem_extend(void *p, size_t *cap, size_t want, size_t size);
/*
 * Of a file's private map, nothing in which has been changed: these pages may
 * go from memory, and who looks again reads the file again.
 */
void mem_forget(const void *p, size_t n);
/* A copy of n bytes with a NUL after it. */
char *mem_dup(const void *p, size_t n);

/* What all of these do when there is no memory. */
_Noreturn void mem_exhausted(void);

#endif
