/* SPDX-License-Identifier: MIT */
#include "traj/field.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum type {
	TEXT,
	NAME, /* one of a list of names */
	INTEGER,
	NUMBER,
	UINT32,
	SPANS, /* uint32 pairs */
	FLOAT32,
	LOGP, /* float32, at most 0 */
	MAP
};

enum length {
	ANY,
	PER_ACTION, /* A elements */
	ONE_OR_EACH /* 1 or A */
};

enum flags { RESPONSE = FIELD_RESPONSE, SAMPLER = FIELD_SAMPLER, REQUIRED = 4 };

/* One row a field, in the order in which they are written. */
static const struct field {
	const char *key;
	enum type type;
	enum length length; /* of an array that is decoded */
	unsigned flags;
	size_t at;     /* its member of struct traj; 0: it is not decoded */
	size_t n, cap; /* and of an array, the members with its sizes */
	double absent; /* the value of a number that is absent */
	const char *const *names;
} fields[] = {
#define AT(member) .at = offsetof(struct traj, member)
#define ARRAY(member, count, capacity) \
	AT(member), .n = offsetof(struct traj, count), \
		    .cap = offsetof(struct traj, capacity)
	{ "id", TEXT, ANY, REQUIRED, AT(id) },
	{ "group", TEXT, ANY, 0, AT(group) },
	{ "role", NAME, ANY, 0, AT(role), .names = traj_role_names },
	{ "tokens", UINT32, ANY, REQUIRED, ARRAY(tokens, n, tokens_cap) },
	{ "actions", SPANS, ANY, REQUIRED, ARRAY(span, spans, span_cap) },
	{ "stop", NAME, ANY, RESPONSE, AT(stop), .names = traj_stop_names },
	{ "pass", INTEGER, ANY, 0, AT(pass) },
	{ "weight", NUMBER, ANY, 0, AT(weight), .absent = 1 },
	{ "logp", LOGP, PER_ACTION, RESPONSE | SAMPLER,
	    ARRAY(logp, logps, logp_cap) },
	{ "logq", LOGP, PER_ACTION, RESPONSE | SAMPLER,
	    ARRAY(logq, logqs, logq_cap) },
	{ "member", MAP, ANY, RESPONSE | SAMPLER },
	{ "score", FLOAT32, ONE_OR_EACH, RESPONSE | SAMPLER,
	    ARRAY(score, scores, score_cap) },
	{ "teacher_token", UINT32, ANY, RESPONSE },
	{ "teacher_logp", FLOAT32, ANY, RESPONSE },
	{ "teacher_tail", FLOAT32, ANY, RESPONSE },
	{ "text", MAP, ANY, RESPONSE },
	{ "meta", MAP },
};

enum { FIELDS = sizeof fields / sizeof fields[0] };

/* ---- members of struct traj, by their offset */

static void *
member(const struct traj *t, size_t at)
{
	return (char *)t + at;
}

static void *
pointer(const struct traj *t, size_t at)
{
	void *p;

	memcpy(&p, member(t, at), sizeof p);
	return p;
}

static void
set_pointer(struct traj *t, size_t at, void *p)
{
	memcpy(member(t, at), &p, sizeof p);
}

static size_t *
size_at(const struct traj *t, size_t at)
{
	return member(t, at);
}

static bool
is_array(const struct field *f)
{
	return f->n != 0;
}

static size_t
element_bytes(const struct field *f)
{
	return f->type == SPANS ? sizeof(struct span) : sizeof(float);
}

/* ---- decoding: 1, 0 absent, -1 */

static int
decode_text(struct traj *t, const struct field *f)
{
	struct msg_view v;
	int r = msg_str(&t->rec, f->key, &v);

	if (r > 0 && (v.n == 0 || memchr(v.p, '\0', v.n) != NULL))
		return fail("field \"%s\": expected a text without NUL, not "
			    "empty",
		    f->key);
	if (r >= 0) {
		free(pointer(t, f->at));
		set_pointer(t, f->at, r > 0 ? mem_dup(v.p, v.n) : NULL);
	}
	return r;
}

static int
decode_name(struct traj *t, const struct field *f)
{
	int r, name = 0;
	struct msg_view v;

	_Static_assert(sizeof(enum traj_role) == sizeof name &&
		sizeof(enum traj_stop) == sizeof name,
	    "a name is stored as an int");
	r = msg_str(&t->rec, f->key, &v);
	if (r > 0) {
		name = traj_name_find(f->names, v.p, v.n);
		if (name == 0)
			return fail("field \"%s\": %.*s is not known", f->key,
			    v.n > 40 ? 40 : (int)v.n, v.p);
	}
	memcpy(member(t, f->at), &name, sizeof name);
	return r;
}

static int
decode_number(struct traj *t, const struct field *f)
{
	double *x = member(t, f->at);
	int r;

	*x = f->absent;
	r = msg_float(&t->rec, f->key, x);
	return r > 0 && !isfinite(*x) ?
	    fail("field \"%s\": not finite", f->key) :
	    r;
}

static int
decode_integer(struct traj *t, const struct field *f)
{
	uint64_t *x = member(t, f->at);

	*x = 0;
	return msg_uint(&t->rec, f->key, x);
}

static int
decode_integers(struct traj *t, const struct field *f)
{
	uint32_t *x = pointer(t, f->at);
	size_t *n = size_at(t, f->n);
	int r;

	*n = 0;
	r = msg_u32(&t->rec, f->key, &x, n, size_at(t, f->cap));
	set_pointer(t, f->at, x);
	return r > 0 && *n > UINT32_MAX ?
	    fail("field \"%s\": too many", f->key) :
	    r;
}

/* Spans of tokens, which are decoded before; A is their total length. */
static int
decode_spans(struct traj *t, const struct field *f)
{
	uint32_t *bound = NULL;
	size_t n = 0, cap = 0, i;
	uint32_t at = 1; /* token 0 has no state before it */
	struct span s;
	int r = msg_u32(&t->rec, f->key, &bound, &n, &cap);

	if (r > 0 && n % 2 != 0)
		r = fail("field \"%s\": %zu bounds are no pairs", f->key, n);
	t->spans = n / 2;
	t->actions = 0;
	t->span = mem_grow(t->span, &t->span_cap, t->spans, sizeof *t->span);
	for (i = 0; i < t->spans && r > 0; i++) {
		s = (struct span){ bound[2 * i], bound[2 * i + 1] };
		if (s.start < at || s.end <= s.start || s.end > t->n)
			r = fail("field \"%s\": span [%u, %u) after token %u "
				 "of %zu",
			    f->key, s.start, s.end, at - 1, t->n);
		t->span[i] = s;
		t->actions += s.end - s.start;
		at = s.end;
	}
	free(bound);
	return r;
}

static int
check_floats(const struct field *f, const float *x, size_t n)
{
	const float most = f->type == LOGP ? 1e-5f : INFINITY;
	size_t i;

	for (i = 0; i < n; i++) {
		if (!isfinite(x[i]))
			return fail("field \"%s\": element %zu is not finite",
			    f->key, i);
		if (x[i] > most)
			return fail("field \"%s\": element %zu is %g, above 0",
			    f->key, i, (double)x[i]);
	}
	return 1;
}

static int
decode_floats(struct traj *t, const struct field *f)
{
	float *x = pointer(t, f->at);
	size_t *n = size_at(t, f->n);
	const bool one = f->length == ONE_OR_EACH;
	int r;

	*n = 0;
	r = msg_f32(&t->rec, f->key, &x, n, size_at(t, f->cap));
	set_pointer(t, f->at, x);
	if (r <= 0)
		return r;
	if (*n != t->actions && !(one && *n == 1))
		return fail("field \"%s\": %zu values for %zu actions", f->key,
		    *n, t->actions);
	if (*n == 0 && one)
		return fail("field \"%s\": empty", f->key);
	return check_floats(f, x, *n);
}

/* Nothing here reads the map, but others rely on its being one. */
static int
check_map(struct traj *t, const struct field *f)
{
	struct msg_view v;
	unsigned char c;

	if (msg_any(&t->rec, f->key, &v) == 0)
		return 0;
	c = (unsigned char)*v.p;
	return (c & 0xf0) == 0x80 || c == 0xde || c == 0xdf ?
	    1 :
	    fail("field \"%s\": expected a map", f->key);
}

int
field_decode(struct traj *t)
{
	static int (*const decode[])(struct traj *, const struct field *) = {
		[TEXT] = decode_text,
		[NAME] = decode_name,
		[INTEGER] = decode_integer,
		[NUMBER] = decode_number,
		[UINT32] = decode_integers,
		[SPANS] = decode_spans,
		[FLOAT32] = decode_floats,
		[LOGP] = decode_floats,
	};
	const struct field *f;
	int r;

	for (f = fields; f < fields + FIELDS; f++) {
		if (f->type == MAP)
			r = check_map(t, f);
		else
			r = f->at == 0 ? 0 : decode[f->type](t, f);
		if (r == 0 && (f->flags & REQUIRED) != 0)
			r = fail("field \"%s\": missing", f->key);
		if (r < 0)
			return -1;
	}
	return 0;
}

/* ---- encoding */

static bool
is_present(const struct traj *t, const struct field *f)
{
	int name;

	switch (f->type) {
	case TEXT:
		return pointer(t, f->at) != NULL;
	case NAME:
		memcpy(&name, member(t, f->at), sizeof name);
		return name != 0;
	case INTEGER:
		return *(const uint64_t *)member(t, f->at) != 0;
	case NUMBER:
		return *(const double *)member(t, f->at) != f->absent;
	default:
		return *size_at(t, f->n) > 0;
	}
}

static void
put_value(const struct traj *t, const struct field *f, struct buf *out)
{
	const char *s;
	int name;

	switch (f->type) {
	case TEXT:
		s = pointer(t, f->at);
		msg_put_str(out, s, strlen(s));
		return;
	case NAME:
		memcpy(&name, member(t, f->at), sizeof name);
		msg_put_str(out, f->names[name], strlen(f->names[name]));
		return;
	case INTEGER:
		msg_put_uint(out, *(const uint64_t *)member(t, f->at));
		return;
	case NUMBER:
		msg_put_float(out, *(const double *)member(t, f->at));
		return;
	default:
		msg_put_ext(out, field_typed(f->key), pointer(t, f->at),
		    *size_at(t, f->n) * element_bytes(f));
	}
}

void
field_encode(const struct traj *t, struct msg_build *b)
{
	const struct field *f;

	for (f = fields; f < fields + FIELDS; f++)
		if (f->at != 0 &&
		    ((f->flags & REQUIRED) != 0 || is_present(t, f)))
			put_value(t, f, msg_build_set(b, f->key));
}

void
field_drop(struct msg_build *b, enum field_subject subject)
{
	const struct field *f;

	for (f = fields; f < fields + FIELDS; f++)
		if ((f->flags & subject) != 0)
			msg_build_drop(b, f->key);
}

int
field_typed(const char *key)
{
	static const int code[] = { [UINT32] = MSG_U32,
		[SPANS] = MSG_U32,
		[FLOAT32] = MSG_F32,
		[LOGP] = MSG_F32,
		[MAP] = 0 };
	const struct field *f;

	for (f = fields; f < fields + FIELDS; f++)
		if (strcmp(key, f->key) == 0)
			return code[f->type];
	return 0;
}

/* ---- memory */

void
field_copy(struct traj *t, const struct traj *from)
{
	const struct field *f;
	const char *text;
	void *p;
	size_t n;

	for (f = fields; f < fields + FIELDS; f++) {
		if (f->at == 0)
			continue;
		if (is_array(f)) {
			n = *size_at(from, f->n);
			p = mem_grow(pointer(t, f->at), size_at(t, f->cap), n,
			    element_bytes(f));
			if (n > 0)
				memcpy(p, pointer(from, f->at),
				    n * element_bytes(f));
			set_pointer(t, f->at, p);
			*size_at(t, f->n) = n;
		} else if (f->type == TEXT) {
			text = pointer(from, f->at);
			free(pointer(t, f->at));
			set_pointer(t, f->at,
			    text != NULL ? mem_dup(text, strlen(text)) : NULL);
		} else {
			memcpy(member(t, f->at), member(from, f->at),
			    f->type == NAME ? sizeof(int) : sizeof(double));
		}
	}
}

void
field_release(struct traj *t)
{
	const struct field *f;

	for (f = fields; f < fields + FIELDS; f++)
		if (is_array(f) || (f->at != 0 && f->type == TEXT)) {
			free(pointer(t, f->at));
			set_pointer(t, f->at, NULL);
		}
}
