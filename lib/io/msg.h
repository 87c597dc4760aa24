/* SPDX-License-Identifier: MIT */
/*
 * msg: MessagePack maps as bytes with an index.
 *
 * A struct msg is one map with string keys: its bytes, and where each key and
 * its value lie in them.  A value is unpacked when it is asked for.  So a
 * field unknown here passes through bit for bit, and a tensor of 2^18 floats
 * is looked at without a copy.  Views into a msg are borrowed until it is
 * changed, parsed or released.
 *
 * Hostile bytes: msg_scan checks lengths, nesting and size of a whole object
 * before anything is allocated for it.  Limits: 64 MiB an object, 16 levels.
 *
 * Typed arrays are ext values, little endian: 1 float32, 2 uint32, 3 bfloat16.
 */
#ifndef IO_MSG_H
#define IO_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum { MSG_BYTES_MAX = 64 << 20, MSG_DEPTH_MAX = 16 };
enum { MSG_F32 = 1, MSG_U32 = 2, MSG_BF16 = 3 };

/* The bytes of a packed object, or of a text; borrowed. */
struct msg_view {
	const char *p;
	size_t n;
};

struct msg_field {
	struct msg_view key; /* the text of the key */
	struct msg_view val; /* the packed value */
};

/* All zero is a msg without bytes. */
struct msg {
	struct buf bytes; /* of the whole map; lent where cap is 0 */
	struct msg_field *field;
	size_t n, cap;
};

void msg_release(struct msg *);

/*
 * Measure the object at the start of n bytes: 1 and its length in *length; 0
 * if the bytes are the beginning of a valid object, and in *length the least
 * that the whole object has; -1 if no continuation makes a valid object.
 */
must_use int msg_scan(const void *, size_t n, size_t *length);
/*
 * Copy n bytes that are one map and index them; refuse duplicate keys and
 * keys that are not strings.
 */
must_use int msg_parse(struct msg *, const void *, size_t n);
/* The same without the copy: the bytes are borrowed as long as the msg is. */
must_use int msg_lend(struct msg *, const void *, size_t n);
/* Take over the buffer of a map packed here, and index it. */
void msg_adopt(struct msg *, struct buf *);
/* Make it an empty map, or a copy. */
void msg_clear(struct msg *);
void msg_copy(struct msg *, const struct msg *);

/*
 * Read a field: 1 and the value; 0 where the key is absent; -1 where the value
 * (nil included) has another type or is out of range: `field "tokens":
 * expected a uint32 array, found text`.  An integer serves for a float.
 */
must_use int msg_str(const struct msg *, const char *key,
    struct msg_view *text);
must_use int msg_uint(const struct msg *, const char *key, uint64_t *);
must_use int msg_float(const struct msg *, const char *key, double *);
must_use int msg_bool(const struct msg *, const char *key, int *);
/* A nested map, copied into *sub; any value, packed. */
must_use int msg_map(const struct msg *, const char *key, struct msg *sub);
int msg_any(const struct msg *, const char *key, struct msg_view *packed);
/*
 * Walk a packed list, with *at = 0 at first: 1 and the next element, 0 at the
 * end or where it is not a list.
 */
int msg_item(struct msg_view list, size_t *at, struct msg_view *item);
/*
 * The text of a packed value, or the code and bytes of an ext value, in place:
 * 1, 0 where it is another value.
 */
int msg_text(struct msg_view packed, struct msg_view *text);
int msg_ext(struct msg_view packed, int *code, struct msg_view *bytes);
/*
 * Typed arrays, copied into *out, which mem_grow grows with *cap elements.
 * msg_f32 also takes bfloat16 and widens it.
 */
must_use int msg_f32(const struct msg *, const char *key, float **out,
    size_t *n, size_t *cap);
/*
 * A float32 array where it lies, at any alignment; 0 also where the array is
 * bfloat16, which msg_f32 widens.
 */
must_use int msg_f32_view(const struct msg *, const char *key, const void **,
    size_t *n);
must_use int msg_u32(const struct msg *, const char *key, uint32_t **out,
    size_t *n, size_t *cap);

/*
 * Set a field in its place, or as the last one.  Each call writes the whole
 * map; to change several fields of a record, use msgbuild.h.
 */
void msg_set(struct msg *, const char *key, const struct buf *packed);
/* Append a packed element to the list of a key (fewer than 65535). */
void msg_append(struct msg *, const char *key, const struct buf *packed);
void msg_set_str(struct msg *, const char *key, const char *text);
void msg_set_uint(struct msg *, const char *key, uint64_t);
void msg_set_float(struct msg *, const char *key, double);
void msg_set_map(struct msg *, const char *key, const struct msg *);
void msg_set_f32(struct msg *, const char *key, const float *, size_t n);
void msg_set_u32(struct msg *, const char *key, const uint32_t *, size_t n);
void msg_set_bf16(struct msg *, const char *key, const uint16_t *, size_t n);
void msg_del(struct msg *, const char *key);

/* Pack a value onto a buffer. */
void msg_put_map(struct buf *, size_t pairs);
void msg_put_array(struct buf *, size_t n);
void msg_put_str(struct buf *, const char *, size_t n);
void msg_put_uint(struct buf *, uint64_t);
void msg_put_int(struct buf *, int64_t);
void msg_put_float(struct buf *, double);
void msg_put_bool(struct buf *, int);
void msg_put_nil(struct buf *);
void msg_put_ext(struct buf *, int code, const void *, size_t bytes);
/* The same without the bytes, which the caller appends. */
void msg_put_ext_head(struct buf *, int code, size_t bytes);

/*
 * Text twin.  msg_to_json appends the map as one line of JSON without its
 * newline; typed arrays become plain lists.  msg_from_json parses such a line,
 * of at most JSON_VALUES_MAX values; `typed` (or NULL) says which top-level
 * lists of numbers become typed arrays: MSG_F32, MSG_U32, or 0 for none.
 */
typedef int msg_typed(const char *key);
must_use int msg_to_json(const struct msg *, struct buf *out);
must_use int msg_from_json(struct msg *, const char *line, size_t n,
    msg_typed *typed);

#endif
