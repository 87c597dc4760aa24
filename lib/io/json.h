/* SPDX-License-Identifier: MIT */
/*
 * json: a read-only view of a JSON text (the only user of jansson.h), and a
 * writer of strings and numbers.
 *
 * json_parse validates UTF-8, refuses lone surrogates, bounds nesting to
 * JSON_DEPTH and refuses duplicate keys.  The tree is owned by its root;
 * nodes are borrowed from it.
 */
#ifndef IO_JSON_H
#define IO_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum { JSON_DEPTH = 64 };
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

/* The whole text must be one value; NULL on failure, with line and column. */
struct json *json_parse(const char *, size_t n);
/* A file of at most max bytes. */
struct json *json_read_file(const char *path, size_t max);
void json_free(struct json *root);

enum json_type json_kind(const struct json *);
const char *json_kind_name(const struct json *);
/* A member of an object, or NULL (also when it is no object). */
const struct json *json_get(const struct json *, const char *key);
/* Arrays and objects: how many; the i-th in order, with its key. */
size_t json_count(const struct json *);
const struct json *json_at(const struct json *, size_t i);
/*
 * Walk an object in order: it = NULL begins; the next member, or NULL.
 * Its key and value.
 */
void *json_next(const struct json *object, void *it);
const char *json_key(void *it, size_t *n);
const struct json *json_value(void *it);
/* By JSON pointer (RFC 6901); NULL when nothing is there. */
const struct json *json_pointer(const struct json *, const char *pointer);

/* The text (may hold NULs; *n bytes), NULL when it is no string. */
const char *json_text(const struct json *, size_t *n);
/* The number or truth; the given default when it is of another type. */
int64_t json_int(const struct json *, int64_t otherwise);
double json_number(const struct json *, double otherwise); /* integers too */
bool json_bool(const struct json *, bool otherwise);

/*
 * Members with a type that is checked: 1 there, 0 absent or null, -1 of
 * another type, with a message.
 */
must_use int json_get_uint(const struct json *, const char *key, uint64_t *);
must_use int json_get_real(const struct json *, const char *key, double *);
must_use int json_get_bool(const struct json *, const char *key, bool *);
must_use int json_get_string(const struct json *, const char *key,
    const char **, size_t *n);

/*
 * Append JSON text: a quoted string; a double (%.17g, or %.9g for a float)
 * with a point whatever the locale.
 */
void json_put_string(struct buf *, const char *, size_t n);
void json_put_double(struct buf *, double);
void json_put_float(struct buf *, float);
/* A node as JSON text again. */
void json_put(struct buf *, const struct json *);

#endif
