/* SPDX-License-Identifier: MIT */
/*
 * msg: MessagePack maps as bytes with an index.
 *
 * A struct msg is one map with string keys: its bytes, and where each key
 * and its value lie in them.  Values are not unpacked until they are asked
 * for, so a key that nobody knows passes through bit for bit, and a tensor
 * of 2^18 floats is not copied to be looked at.  Views into a msg are
 * borrowed until it is changed, parsed anew or released.
 *
 * msg_scan is the border: it validates a whole object's lengths, nesting
 * and size before anything is built of it, so five hostile bytes cannot ask
 * for gigabytes.  Limits: 64 MiB an object, 16 levels.
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
enum { MSG_VALUES_MAX = 2 << 20 }; /* of a line of JSON */
enum { MSG_F32 = 1, MSG_U32 = 2, MSG_BF16 = 3 };

/* One whole packed object (or a key's text); borrowed. */
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
	struct buf bytes; /* of the whole map, owned */
	struct msg_field *field;
	size_t n, cap;
};

void msg_release(struct msg *);

/*
 * Measure the object at the beginning of n bytes: 1 and its length in
 * *length; 0 when the bytes are a proper beginning but more are needed, and
 * how many it has at least; -1 when no continuation can make them an object
 * that we take.
 */
must_use int msg_scan(const void *, size_t n, size_t *length);
/*
 * Copy in n bytes that are one map and index them; duplicate keys and keys
 * that are no strings are refused.
 */
must_use int msg_parse(struct msg *, const void *, size_t n);
/*
 * The same without the copy: the bytes stay where they are, and the msg is
 * good for as long as they do.
 */
must_use int msg_lend(struct msg *, const void *, size_t n);
/* Take the bytes of a map made here, which are then ours; index them. */
void msg_adopt(struct msg *, struct buf *);
/* An empty map; and a copy. */
void msg_clear(struct msg *);
void msg_copy(struct msg *, const struct msg *);

/*
 * Readers of a field: 1 and the value; 0 when there is no such key (a nil
 * counts as a value of a wrong type); -1 when the value is of another type
 * or out of range: `field "tokens": expected uint32 array, found string`.
 * Numbers: an integer serves for a float, not the reverse.
 */
must_use int msg_str(const struct msg *, const char *key,
    struct msg_view *text);
must_use int msg_uint(const struct msg *, const char *key, uint64_t *);
must_use int msg_float(const struct msg *, const char *key, double *);
must_use int msg_bool(const struct msg *, const char *key, int *);
/* A nested map, indexed into *sub (which copies); any value, packed. */
must_use int msg_map(const struct msg *, const char *key, struct msg *sub);
int msg_any(const struct msg *, const char *key, struct msg_view *packed);
/*
 * Walk a packed list, *at = 0 at first: 1 and the next element, 0 at the end
 * or where it is no list.  And the text that a packed value is: 1, 0.
 */
int msg_item(struct msg_view list, size_t *at, struct msg_view *item);
int msg_text(struct msg_view packed, struct msg_view *text);
/*
 * Typed arrays.  The elements are copied into *out, which is grown by
 * mem_grow with *cap elements; *n elements.  msg_f32 takes bfloat16 too and
 * widens it.
 */
must_use int msg_f32(const struct msg *, const char *key, float **out,
    size_t *n, size_t *cap);
/*
 * A float32 array, its bytes where they lie, which is at any address; 0 also
 * where it is a bfloat16 one, for msg_f32 to widen.
 */
must_use int msg_f32_view(const struct msg *, const char *key, const void **,
    size_t *n);
must_use int msg_u32(const struct msg *, const char *key, uint32_t **out,
    size_t *n, size_t *cap);

/* Writers: replace the value of a key in its place, or add the key last. */
void msg_set(struct msg *, const char *key, const struct buf *packed);
/*
 * One more element, packed, at the end of the list of a key (fewer than 65535).
 */
void msg_append(struct msg *, const char *key, const struct buf *packed);
void msg_set_str(struct msg *, const char *key, const char *text);
void msg_set_uint(struct msg *, const char *key, uint64_t);
void msg_set_float(struct msg *, const char *key, double);
void msg_set_map(struct msg *, const char *key, const struct msg *);
void msg_set_f32(struct msg *, const char *key, const float *, size_t n);
void msg_set_u32(struct msg *, const char *key, const uint32_t *, size_t n);
void msg_set_bf16(struct msg *, const char *key, const uint16_t *, size_t n);
void msg_del(struct msg *, const char *key);

/* Packing by hand, onto a buffer. */
void msg_put_map(struct buf *, size_t pairs);
void msg_put_array(struct buf *, size_t n);
void msg_put_str(struct buf *, const char *, size_t n);
void msg_put_uint(struct buf *, uint64_t);
void msg_put_int(struct buf *, int64_t);
void msg_put_float(struct buf *, double);
void msg_put_bool(struct buf *, int);
void msg_put_nil(struct buf *);
void msg_put_ext(struct buf *, int code, const void *, size_t bytes);
/* What stands before those bytes. */
void msg_put_ext_head(struct buf *, int code, size_t bytes);

/*
 * Text twin.  msg_to_json appends the packed object as one line of JSON
 * without its newline; typed arrays are plain arrays.  msg_from_json parses
 * one line that is an object; the arrays `tokens`, `actions` and
 * `teacher_token` become uint32, `logp`, `logq`, `score`, `teacher_logp`,
 * `teacher_tail` and `data` float32, at the top level only.
 * A line may have MSG_VALUES_MAX values, a list or map counting as eight: a
 * tree of a few bytes of text each is what takes the memory.
 */
must_use int msg_to_json(const struct msg *, struct buf *out);
must_use int msg_from_json(struct msg *, const char *line, size_t n);

#endif
