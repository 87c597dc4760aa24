/* SPDX-License-Identifier: MIT */
/*
 * A node is jansson's json_t by another name, so the tree costs nothing
 * beyond its own.  jansson checks UTF-8 and surrogates and bounds nesting at
 * 2048, before too_deep walks the tree with our own bound.
 */
#include "io/json.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/atomic.h"

static json_t *
node(const struct json *j)
{
	return (json_t *)j;
}

static int
too_deep(json_t *j, int depth)
{
	const char *key;
	json_t *v;
	size_t i;

	if (depth == 0)
		return 1;
	json_array_foreach(j, i, v) if (too_deep(v, depth - 1)) return 1;
	json_object_foreach(j, key, v) if (too_deep(v, depth - 1)) return 1;
	return 0;
}

struct json *
json_parse(const char *text, size_t n)
{
	const size_t flags =
	    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL;
	json_error_t e;
	json_t *j = json_loadb(text, n, flags, &e);

	/* Some configs mean "no limit" by an integer beyond 64 bits. */
	if (j == NULL && json_error_code(&e) == json_error_numeric_overflow)
		j = json_loadb(text, n, flags | JSON_DECODE_INT_AS_REAL, &e);

	if (j == NULL) {
		(void)fail("line %d column %d: %s", e.line, e.column, e.text);
		return NULL;
	}
	if (too_deep(j, JSON_DEPTH)) {
		json_decref(j);
		(void)fail("nested deeper than %d", JSON_DEPTH);
		return NULL;
	}
	return (struct json *)j;
}

size_t
json_values(const char *text, size_t n)
{
	enum { CONTAINER = 8 };
	bool quoted = false;
	size_t values = 1, i;

	for (i = 0; i < n; i++) {
		if (quoted && text[i] == '\\') {
			i++;
		} else if (text[i] == '"') {
			quoted = !quoted;
		} else if (quoted) {
			continue;
		} else if (text[i] == ',' || text[i] == ':') {
			values++;
		} else if (text[i] == '[' || text[i] == '{') {
			values += CONTAINER;
		}
	}
	return values;
}

struct json *
json_read_file(const char *path, size_t max)
{
	size_t n;
	char *text = read_file(path, max, &n);
	struct json *j;

	if (text == NULL)
		return NULL;
	j = json_parse(text, n);
	free(text);
	if (j == NULL)
		(void)fail_in("%s", path);
	return j;
}

void
json_free(struct json *root)
{
	json_decref(node(root));
}

enum json_type
json_kind(const struct json *j)
{
	if (j == NULL)
		return JSON_T_NULL;
	switch (json_typeof(node(j))) {
	case JSON_OBJECT:
		return JSON_T_OBJECT;
	case JSON_ARRAY:
		return JSON_T_ARRAY;
	case JSON_STRING:
		return JSON_T_STRING;
	case JSON_INTEGER:
		return JSON_T_INT;
	case JSON_REAL:
		return JSON_T_REAL;
	case JSON_TRUE:
	case JSON_FALSE:
		return JSON_T_BOOL;
	default:
		return JSON_T_NULL;
	}
}

const char *
json_kind_name(const struct json *j)
{
	static const char *const names[] = { "null", "truth value",
		"whole number", "number", "text", "list", "object" };

	return j == NULL ? "nothing" : names[json_kind(j)];
}

const struct json *
json_get(const struct json *j, const char *key)
{
	return (const struct json *)json_object_get(node(j), key);
}

size_t
json_count(const struct json *j)
{
	return json_is_object(node(j)) ? json_object_size(node(j)) :
					 json_array_size(node(j));
}

const struct json *
json_at(const struct json *j, size_t i)
{
	return (const struct json *)json_array_get(node(j), i);
}

void *
json_next(const struct json *object, void *it)
{
	return it == NULL ? json_object_iter(node(object)) :
			    json_object_iter_next(node(object), it);
}

const char *
json_key(void *it, size_t *n)
{
	const char *key = json_object_iter_key(it);

	if (n != NULL)
		*n = strlen(key);
	return key;
}

const struct json *
json_value(void *it)
{
	return (const struct json *)json_object_iter_value(it);
}

/* Copy one token of a pointer to key[n+1], with ~1 and ~0 replaced. */
static void
unescape(char *key, const char *token, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (token[i] == '~' && i + 1 < n)
			*key++ = token[++i] == '1' ? '/' : '~';
		else
			*key++ = token[i];
	*key = '\0';
}

const struct json *
json_pointer(const struct json *j, const char *pointer)
{
	const char *end;
	char *key;

	while (j != NULL && *pointer == '/') {
		end = pointer + 1 + strcspn(pointer + 1, "/");
		key = mem_alloc((size_t)(end - pointer), 1);
		unescape(key, pointer + 1, (size_t)(end - pointer - 1));
		if (json_is_array(node(j)))
			j = *key != '\0' && (*key != '0' || key[1] == '\0') &&
				strspn(key, "0123456789") == strlen(key) ?
			    json_at(j, strtoul(key, NULL, 10)) :
			    NULL;
		else
			j = json_get(j, key);
		free(key);
		pointer = end;
	}
	return *pointer == '\0' ? j : NULL;
}

const char *
json_text(const struct json *j, size_t *n)
{
	if (!json_is_string(node(j)))
		return NULL;
	if (n != NULL)
		*n = json_string_length(node(j));
	return json_string_value(node(j));
}

int64_t
json_int(const struct json *j, int64_t otherwise)
{
	double x = json_number(j, 0.5);

	if (json_is_integer(node(j)))
		return json_integer_value(node(j));
	return fabs(x) < 0x1p53 && x == floor(x) ? (int64_t)x : otherwise;
}

double
json_number(const struct json *j, double otherwise)
{
	return json_is_number(node(j)) ? json_number_value(node(j)) : otherwise;
}

bool
json_bool(const struct json *j, bool otherwise)
{
	return json_is_boolean(node(j)) ? json_is_true(node(j)) : otherwise;
}

static int
wrong(const char *key, const char *wanted, const struct json *v)
{
	return fail("key \"%s\": expected %s, found %s", key, wanted,
	    json_kind_name(v));
}

int
json_get_uint(const struct json *j, const char *key, uint64_t *out)
{
	const struct json *v = json_get(j, key);

	if (v == NULL || json_kind(v) == JSON_T_NULL)
		return 0;
	if (json_kind(v) != JSON_T_INT || json_int(v, -1) < 0)
		return wrong(key, "a whole number from 0", v);
	*out = (uint64_t)json_int(v, 0);
	return 1;
}

int
json_get_real(const struct json *j, const char *key, double *out)
{
	const struct json *v = json_get(j, key);

	if (v == NULL || json_kind(v) == JSON_T_NULL)
		return 0;
	if (!json_is_number(node(v)) || !isfinite(json_number(v, 0)))
		return wrong(key, "a number", v);
	*out = json_number(v, 0);
	return 1;
}

int
json_get_bool(const struct json *j, const char *key, bool *out)
{
	const struct json *v = json_get(j, key);

	if (v == NULL || json_kind(v) == JSON_T_NULL)
		return 0;
	if (json_kind(v) != JSON_T_BOOL)
		return wrong(key, "true or false", v);
	*out = json_bool(v, false);
	return 1;
}

int
json_get_string(const struct json *j, const char *key, const char **out,
    size_t *n)
{
	const struct json *v = json_get(j, key);

	if (v == NULL || json_kind(v) == JSON_T_NULL)
		return 0;
	*out = json_text(v, n);
	return *out != NULL ? 1 : wrong(key, "a text", v);
}

void
json_put_string(struct buf *b, const char *s, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	size_t i;

	buf_addc(b, '"');
	for (i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == '"' || c == '\\') {
			buf_addc(b, '\\');
			buf_addc(b, (char)c);
		} else if (c == '\n') {
			buf_add(b, "\\n", 2);
		} else if (c < ' ' || c == 127) {
			buf_add(b, "\\u00", 4);
			buf_addc(b, hex[c >> 4]);
			buf_addc(b, hex[c & 15]);
		} else {
			buf_addc(b, (char)c);
		}
	}
	buf_addc(b, '"');
}

/* The shortest of %.15g, %.16g and %.17g that reads back as x. */
void
json_put_double(struct buf *b, double x)
{
	char text[40];
	int digits;

	for (digits = 15; digits <= 17; digits++) {
		(void)snprintf(text, sizeof text, "%.*g", digits, x);
		if (strtod(text, NULL) == x)
			break;
	}
	buf_adds(b, text);
	/* a double is to be read as one */
	if (strspn(text, "-0123456789") == strlen(text))
		buf_add(b, ".0", 2);
}

void
json_put_float(struct buf *b, float x)
{
	char text[40];
	int digits;

	for (digits = 6; digits <= 9; digits++) {
		(void)snprintf(text, sizeof text, "%.*g", digits, (double)x);
		if ((float)strtod(text, NULL) == x) /* as it is read */
			break;
	}
	buf_adds(b, text);
}

static int
put_chunk(const char *p, size_t n, void *b)
{
	buf_add(b, p, n);
	return 0;
}

void
json_put(struct buf *b, const struct json *j)
{
	(void)json_dump_callback(node(j), put_chunk, b,
	    JSON_ENCODE_ANY | JSON_COMPACT);
}
