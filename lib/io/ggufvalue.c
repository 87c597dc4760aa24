/* SPDX-License-Identifier: MIT */
/* The values of the keys of a GGUF file. */
#include <string.h>

#include "io/gguf_parts.h"

static const char *const type_names[GGUF_TYPES] = { "uint8", "int8", "uint16",
	"int16", "uint32", "int32", "float32", "bool", "string", "array",
	"uint64", "int64", "float64" };

/* A whole number of any type; those beyond int64 become INT64_MAX. */
static int64_t
signed_at(enum gguf_type type, const unsigned char *p, size_t *bytes)
{
	uint64_t x;

	switch (type) {
	case GGUF_UINT8:
	case GGUF_BOOL:
		return (int64_t)gguf_whole(p, *bytes = 1);
	case GGUF_INT8:
		return (int8_t)gguf_whole(p, *bytes = 1);
	case GGUF_UINT16:
		return (int64_t)gguf_whole(p, *bytes = 2);
	case GGUF_INT16:
		return (int16_t)gguf_whole(p, *bytes = 2);
	case GGUF_UINT32:
		return (int64_t)gguf_whole(p, *bytes = 4);
	case GGUF_INT32:
		return (int32_t)gguf_whole(p, *bytes = 4);
	case GGUF_INT64:
		return (int64_t)gguf_whole(p, *bytes = 8);
	default:
		x = gguf_whole(p, *bytes = 8);
		return x > INT64_MAX ? INT64_MAX : (int64_t)x;
	}
}

static double
real_at(enum gguf_type type, const unsigned char *p, size_t *bytes)
{
	uint32_t bits;
	float x;
	double d;

	if (type == GGUF_FLOAT64) {
		*bytes = sizeof d;
		memcpy(&d, p, sizeof d);
		return d;
	}
	*bytes = sizeof x;
	bits = (uint32_t)gguf_whole(p, sizeof bits);
	memcpy(&x, &bits, sizeof x);
	return (double)x;
}

static bool
is_whole(enum gguf_type type)
{
	return type != GGUF_FLOAT32 && type != GGUF_FLOAT64 &&
	    type != GGUF_BOOL && type != GGUF_STRING;
}

static bool
is_real(enum gguf_type type)
{
	return type == GGUF_FLOAT32 || type == GGUF_FLOAT64;
}

static int
fail_type(const struct gguf_key *k, const char *wanted)
{
	return fail("key %.*s: expected %s, found %s%s", GGUF_SHOWN(k->name),
	    wanted, k->array ? "an array of " : "", type_names[k->type]);
}

int
gguf_uint(const struct gguf *g, const char *key, uint64_t *out)
{
	const struct gguf_key *k = gguf_find(g, key);
	size_t bytes;
	int64_t x;

	if (k == NULL)
		return 0;
	if (k->array || !is_whole(k->type))
		return fail_type(k, "a whole number");
	x = signed_at(k->type, k->at, &bytes);
	if (x < 0)
		return fail("key %s: %lld is negative", key, (long long)x);
	*out = (uint64_t)x;
	return 1;
}

int
gguf_real(const struct gguf *g, const char *key, double *out)
{
	const struct gguf_key *k = gguf_find(g, key);
	size_t bytes;

	if (k == NULL)
		return 0;
	if (k->array || !is_real(k->type))
		return fail_type(k, "a number");
	*out = real_at(k->type, k->at, &bytes);
	return 1;
}

int
gguf_bool(const struct gguf *g, const char *key, bool *out)
{
	const struct gguf_key *k = gguf_find(g, key);

	if (k == NULL)
		return 0;
	if (k->array || k->type != GGUF_BOOL)
		return fail_type(k, "a truth value");
	*out = *k->at != 0;
	return 1;
}

int
gguf_string(const struct gguf *g, const char *key, struct gguf_text *out)
{
	const struct gguf_key *k = gguf_find(g, key);

	if (k == NULL)
		return 0;
	if (k->array || k->type != GGUF_STRING)
		return fail_type(k, "a string");
	*out = (struct gguf_text){ (const char *)k->at + 8,
		(size_t)gguf_whole(k->at, 8) };
	return 1;
}

int
gguf_array(const struct gguf *g, const char *key, enum gguf_type type,
    struct gguf_values *out)
{
	const struct gguf_key *k = gguf_find(g, key);
	bool fits;

	if (k == NULL)
		return 0;
	fits = type == GGUF_INT32 ? is_whole(k->type) :
	    type == GGUF_FLOAT32  ? is_real(k->type) :
				    k->type == type;
	if (!k->array || !fits)
		return fail("key %s: expected an array of %s, found %s%s", key,
		    type_names[type], k->array ? "an array of " : "",
		    type_names[k->type]);
	*out = (struct gguf_values){ k->type, k->count, k->at };
	return 1;
}

struct gguf_text
gguf_next_text(struct gguf_values *v)
{
	const struct gguf_text t = { (const char *)v->at + 8,
		(size_t)gguf_whole(v->at, 8) };

	v->at += 8 + t.n;
	v->left--;
	return t;
}

int64_t
gguf_next_int(struct gguf_values *v)
{
	size_t bytes;
	int64_t x = signed_at(v->type, v->at, &bytes);

	v->at += bytes;
	v->left--;
	return x;
}

double
gguf_next_real(struct gguf_values *v)
{
	size_t bytes;
	double x = real_at(v->type, v->at, &bytes);

	v->at += bytes;
	v->left--;
	return x;
}
