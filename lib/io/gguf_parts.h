/* SPDX-License-Identifier: MIT */
/* gguf_parts: functions shared by the files of gguf. */
#ifndef IO_GGUF_PARTS_H
#define IO_GGUF_PARTS_H

#include "io/gguf.h"

struct gguf {
	unsigned char *map;
	size_t size;
	struct gguf_key *key;
	const struct gguf_key **key_by_name;
	size_t keys;
	struct gguf_tensor *tensor;
	const struct gguf_tensor **tensor_by_name;
	size_t tensors;
};

/* What has not been read yet. */
struct cursor {
	const unsigned char *p;
	size_t left;
};

/* A whole number, little endian. */
static inline uint64_t
gguf_whole(const unsigned char *p, size_t bytes)
{
	uint64_t x = 0;

	while (bytes-- > 0)
		x = x << 8 | p[bytes];
	return x;
}

must_use int gguf_take(struct cursor *, size_t bytes, uint64_t *);
must_use int gguf_take_name(struct cursor *, struct gguf_text *);
int gguf_name_order(const struct gguf_text *, const struct gguf_text *);
/* Put "key NAME" or "tensor NAME" in front of the message; -1. */
int gguf_fail_at(const char *kind, const struct gguf_text *name);
/* Read and place the list of tensors, which follows the keys. */
must_use int gguf_read_tensors(struct gguf *, struct cursor *, uint64_t count);

#endif
