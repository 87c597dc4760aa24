/* SPDX-License-Identifier: MIT */
/*
 * json: a read-only tree of a JSON text, and a writer of strings and numbers.
 * Only json.c includes jansson.h.
 *
 * json_parse checks UTF-8, refuses lone surrogates and duplicate keys, and
 * bounds nesting to JSON_DEPTH.  The root owns the tree; nodes are borrowed
 * from it.  A tree can take thirty times the memory of its text, so a caller
 * checks json_values first if it does not trust the text.
 */
#ifndef IO_JSON_H
#define IO_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum { JSON_DEPTH = 64, JSON_VALUES_MAX = 2 << 20 };
enum json_type {
	JSON_T_NULL,
	JSON_T_BOOL,
	JSON_T_INT,
	JSON_T_REAL,
	JSON_T_STRING,
	JSON_T_ARRAY,
	JSON_T_OBJECT
};

struct json; /* a node */

/*
 * How many values a text has, a list or an object counting as eight, which is
 * about what they take in memory.  The text is not checked.
 */
size_t json_values(const char *, size_t n);
/* The whole text must be one value; NULL on failure, with line and column. */
struct json *json_parse(const char *, size_t n);
/* A file of at most max bytes. */
struct json *json_read_file(const char *path, size_t max);
void json_free(struct json *root);

/* Of NULL, a node that is absent, it is JSON_T_NULL. */
enum json_type json_kind(const struct json *);
const char *json_kind_name(const struct json *);
/* A member of an object, or NULL (also where it is not an object). */
const struct json *json_get(const struct json *, const char *key);
/* How many elements or members; the i-th element of an array. */
size_t json_count(const struct json *);
const struct json *json_at(const struct json *, size_t i);
/*
 * Walk an object in order: NULL begins; the next member, or NULL at the end.
 * A member's key and value.
 */
void *json_next(const struct json *object, void *it);
const char *json_key(void *it, size_t *n);
const struct json *json_value(void *it);
/* The node at a JSON pointer (RFC 6901), or NULL. */
const struct json *json_pointer(const struct json *, const char *pointer);

/* A string and its length in bytes (it may have NULs); NULL: not a string. */
const char *json_text(const struct json *, size_t *n);
/* The number or truth value; `otherwise` where the node has another type. */
int64_t json_int(const struct json *, int64_t otherwise);
double json_number(const struct json *, double otherwise); /* integers too */
bool json_bool(const struct json *, bool otherwise);

/*
 * A member of a required type: 1, 0 absent or null, -1 of another type, with
 * a message.
 */
must_use int json_get_uint(const struct json *, const char *key, uint64_t *);
must_use int json_get_real(const struct json *, const char *key, double *);
must_use int json_get_bool(const struct json *, const char *key, bool *);
must_use int json_get_string(const struct json *, const char *key,
    const char **, size_t *n);

/*
 * Append JSON text: a quoted string; a finite number with the fewest digits
 * that bring it back.  A double never looks like an integer.
 */
void json_put_string(struct buf *, const char *, size_t n);
void json_put_double(struct buf *, double);
void json_put_float(struct buf *, float);
/* Append a node as JSON text. */
void json_put(struct buf *, const struct json *);

#endif
