/* SPDX-License-Identifier: MIT */
/*
 * blocktype: how many numbers and bytes a block of each type of GGML has, the
 * types that tensors of a GGUF file can have here.  tensor/blocks.h widens
 * them.
 */
#ifndef BASE_BLOCKTYPE_H
#define BASE_BLOCKTYPE_H

#include <stddef.h>
#include <stdint.h>

/* The numbers that files have. */
enum block_type {
	BLOCK_F32 = 0,
	BLOCK_F16 = 1,
	BLOCK_Q4_0 = 2,
	BLOCK_Q4_1 = 3,
	BLOCK_Q5_0 = 6,
	BLOCK_Q5_1 = 7,
	BLOCK_Q8_0 = 8,
	BLOCK_Q4_K = 12,
	BLOCK_Q5_K = 13,
	BLOCK_Q6_K = 14,
	BLOCK_BF16 = 30,
	BLOCK_TYPES
};

enum { BLOCK_NUMBERS_MAX = 256 };

struct block_layout {
	const char *name;      /* "Q4_K" */
	size_t numbers, bytes; /* of a block */
};

/* NULL: the type is not known here. */
const struct block_layout *block_layout(uint32_t type);
/* The name of a type, known here or not; "?" where GGML has none. */
const char *block_type_name(uint32_t type);

#endif
