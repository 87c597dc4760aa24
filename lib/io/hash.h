/* SPDX-License-Identifier: MIT */
/* hash: XXH3 of bytes (the only user of xxhash.h is hash.c). */
#ifndef IO_HASH_H
#define IO_HASH_H

#include <stddef.h>
#include <stdint.h>

enum { HASH_HEX = 33 }; /* 32 hexadecimal digits and a NUL */

/* A running XXH3-64. */
struct hash;
struct hash *hash_new(void);
void hash_free(struct hash *);
void hash_reset(struct hash *);
void hash_add(struct hash *, const void *, size_t n);
uint64_t hash_value(const struct hash *);

/* XXH3-128 in lower-case hexadecimal, as fingerprints are written. */
void hash_hex(char out[HASH_HEX], const void *, size_t n);

#endif
