/* SPDX-License-Identifier: MIT */
/*
 * gguf: GGUF files, the format of llama.cpp, read by mapping.
 *
 * Layout, little endian: "GGUF", the version (2 or 3), the number of tensors
 * and of keys; the keys, each a name, a type and a value; the tensors, each a
 * name, its sizes, a type (base/blocktype.h) and where its data begin; then
 * the data, aligned to general.alignment (32).  Texts have their length in
 * front.  Everything is checked at open: lengths, counts, types, the order
 * and place of data; a count is believed only as far as the file is long, and
 * nothing is copied.
 *
 * Values of keys are read by gguf_uint and the like, which refuse another
 * type by the key's name, or value by value through a struct gguf_values.
 */
#ifndef IO_GGUF_H
#define IO_GGUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/blocktype.h"
#include "base/err.h"

/* Types of values, by the numbers that files have. */
enum gguf_type {
	GGUF_UINT8,
	GGUF_INT8,
	GGUF_UINT16,
	GGUF_INT16,
	GGUF_UINT32,
	GGUF_INT32,
	GGUF_FLOAT32,
	GGUF_BOOL,
	GGUF_STRING,
	GGUF_ARRAY,
	GGUF_UINT64,
	GGUF_INT64,
	GGUF_FLOAT64,
	GGUF_TYPES
};

/* A text in the map; no NUL follows it. */
struct gguf_text {
	const char *p;
	size_t n;
};

/* For "%.*s" in a message: the beginning, for a text may be larger than an int.
 */
enum { GGUF_SHOWN_MAX = 200 };
#define GGUF_SHOWN(t) \
	(int)((t).n < GGUF_SHOWN_MAX ? (t).n : GGUF_SHOWN_MAX), (t).p

struct gguf_key {
	struct gguf_text name;
	enum gguf_type type; /* of the value, or of an array's elements */
	bool array;
	size_t count;            /* of elements; 1 if it is no array */
	const unsigned char *at; /* the first of them */
};

enum { GGUF_DIMS = 4 };

struct gguf_tensor {
	struct gguf_text name;
	enum block_type type;
	size_t dims, shape[GGUF_DIMS]; /* the first varies fastest */
	size_t n, bytes;
	const void *data; /* in the map */
};

struct gguf;

/* NULL on failure, which names the file and the key or tensor. */
struct gguf *gguf_open(const char *path);
void gguf_close(struct gguf *);

size_t gguf_keys(const struct gguf *);
const struct gguf_key *gguf_key_at(const struct gguf *, size_t i);
const struct gguf_key *gguf_find(const struct gguf *, const char *name);
/*
 * A value of a required type: 1, 0: no such key, -1: of another type, with
 * a message.  gguf_uint takes all whole numbers that are not negative.
 */
must_use int gguf_uint(const struct gguf *, const char *key, uint64_t *);
must_use int gguf_real(const struct gguf *, const char *key, double *);
must_use int gguf_bool(const struct gguf *, const char *key, bool *);
must_use int gguf_string(const struct gguf *, const char *key,
    struct gguf_text *);

/* Walk the elements of an array of a required type. */
struct gguf_values {
	enum gguf_type type;
	size_t left;
	const unsigned char *at;
};
/* 1, 0 or -1 as above; texts: GGUF_STRING, whole numbers: GGUF_INT32. */
must_use int gguf_array(const struct gguf *, const char *key, enum gguf_type,
    struct gguf_values *);
/* The next element; call each at most `left` times. */
struct gguf_text gguf_next_text(struct gguf_values *);
int64_t gguf_next_int(struct gguf_values *);
double gguf_next_real(struct gguf_values *);

size_t gguf_tensors(const struct gguf *);
const struct gguf_tensor *gguf_tensor_at(const struct gguf *, size_t i);
const struct gguf_tensor *gguf_find_tensor(const struct gguf *,
    const char *name);

#endif
