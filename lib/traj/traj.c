/* SPDX-License-Identifier: MIT */
#include "traj/traj.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const char *const roles[] = { "", "expert", "policy", "chosen",
	"rejected" };
static const char *const stops[] = { "", "eos", "turn", "length" };
static const char *const ratios[] = { "", "calibrated", "prompt", "constant",
	"sign", "reward" };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const char *
traj_role_name(enum traj_role role)
{
	return roles[role];
}

const char *
traj_stop_name(enum traj_stop stop)
{
	return stops[stop];
}

const char *
traj_ratio_name(enum traj_ratio ratio)
{
	return ratios[ratio];
}

void
traj_release(struct traj *t)
{
	msg_release(&t->rec);
	free(t->id);
	free(t->group);
	free(t->tokens);
	free(t->span);
	free(t->logp);
	free(t->logq);
	free(t->score);
	*t = (struct traj){ 0 };
}

/* ---- decoding */

/* The index of a field's text in a list of names; 0 where absent, -1. */
static int
decode_name(const struct msg *m, const char *key, const char *const *names,
    size_t n)
{
	struct msg_view v;
	size_t i;
	int r = msg_str(m, key, &v);

	if (r <= 0)
		return r;
	for (i = 1; i < n; i++)
		if (v.n == strlen(names[i]) && memcmp(v.p, names[i], v.n) == 0)
			return (int)i;
	return fail("field \"%s\": %.*s is not known", key,
	    v.n > 40 ? 40 : (int)v.n, v.p);
}

static int
decode_text(const struct msg *m, const char *key, char **out)
{
	struct msg_view v;
	int r = msg_str(m, key, &v);

	if (r <= 0)
		return r;
	if (v.n == 0 || memchr(v.p, '\0', v.n) != NULL)
		return fail("field \"%s\": expected a text without NUL, not "
			    "empty",
		    key);
	free(*out);
	*out = mem_dup(v.p, v.n);
	return 1;
}

static int
decode_spans(struct traj *t)
{
	uint32_t *bound = NULL;
	size_t n = 0, cap = 0, i;
	uint32_t at = 1; /* token 0 has no state before it */
	struct span s;
	int r = msg_u32(&t->rec, "actions", &bound, &n, &cap);

	if (r == 0)
		r = fail("field \"actions\": missing");
	if (r > 0 && n % 2 != 0)
		r = fail("field \"actions\": %zu bounds are no pairs", n);
	t->spans = n / 2;
	t->actions = 0;
	t->span = mem_grow(t->span, &t->span_cap, t->spans, sizeof *t->span);
	for (i = 0; i < t->spans && r > 0; i++) {
		s = (struct span){ bound[2 * i], bound[2 * i + 1] };
		if (s.start < at || s.end <= s.start || s.end > t->n)
			r = fail("field \"actions\": span [%u, %u) after "
				 "token %u of %zu",
			    s.start, s.end, at - 1, t->n);
		t->span[i] = s;
		t->actions += s.end - s.start;
		at = s.end;
	}
	free(bound);
	return r > 0 ? 0 : -1;
}

static int
check_floats(const char *key, const float *x, size_t n, float most)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (!isfinite(x[i]))
			return fail("field \"%s\": element %zu is not finite",
			    key, i);
		if (x[i] > most)
			return fail("field \"%s\": element %zu is %g, above 0",
			    key, i, (double)x[i]);
	}
	return 0;
}

/* An f32 array of A elements, or of one where `single`; *n 0 where absent. */
static int
decode_floats(struct traj *t, const char *key, float **out, size_t *n,
    size_t *cap, bool single, float most)
{
	int r;

	*n = 0;
	r = msg_f32(&t->rec, key, out, n, cap);
	if (r <= 0)
		return r;
	if (*n != t->actions && !(single && *n == 1))
		return fail("field \"%s\": %zu values for %zu actions", key, *n,
		    t->actions);
	if (*n == 0 && single)
		return fail("field \"%s\": empty", key);
	return check_floats(key, *out, *n, most);
}

/* What we do not read, but others rely on being a map. */
static int
check_map(const struct msg *m, const char *key)
{
	struct msg_view v;
	unsigned char c;

	if (msg_any(m, key, &v) == 0)
		return 0;
	c = (unsigned char)*v.p;
	return (c & 0xf0) == 0x80 || c == 0xde || c == 0xdf ?
	    0 :
	    fail("field \"%s\": expected a map", key);
}

static int
decode_numbers(struct traj *t)
{
	t->pass = 0;
	t->weight = 1;
	if (msg_uint(&t->rec, "pass", &t->pass) < 0 ||
	    msg_float(&t->rec, "weight", &t->weight) < 0)
		return -1;
	if (!isfinite(t->weight))
		return fail("field \"weight\": not finite");
	return 0;
}

int
traj_decode(struct traj *t)
{
	int role, stop, r;

	r = decode_text(&t->rec, "id", &t->id);
	if (r <= 0)
		return r < 0 ? -1 : fail("field \"id\": missing");
	r = decode_text(&t->rec, "group", &t->group);
	if (r == 0) {
		free(t->group);
		t->group = mem_dup(t->id, strlen(t->id));
	}
	if (r < 0)
		return -1;
	r = msg_u32(&t->rec, "tokens", &t->tokens, &t->n, &t->tokens_cap);
	if (r <= 0)
		return r < 0 ? -1 : fail("field \"tokens\": missing");
	if (t->n > UINT32_MAX)
		return fail("field \"tokens\": too many");
	role = decode_name(&t->rec, "role", roles, COUNT(roles));
	stop =
	    role < 0 ? -1 : decode_name(&t->rec, "stop", stops, COUNT(stops));
	if (stop < 0)
		return -1;
	t->role = (enum traj_role)role;
	t->stop = (enum traj_stop)stop;
	if (decode_spans(t) != 0 || decode_numbers(t) != 0 ||
	    check_map(&t->rec, "text") != 0 ||
	    check_map(&t->rec, "meta") != 0 ||
	    decode_floats(t, "logp", &t->logp, &t->logps, &t->logp_cap, false,
		1e-5f) != 0 ||
	    decode_floats(t, "logq", &t->logq, &t->logqs, &t->logq_cap, false,
		1e-5f) != 0 ||
	    decode_floats(t, "score", &t->score, &t->scores, &t->score_cap,
		true, INFINITY) != 0)
		return -1;
	return 0;
}

/* ---- encoding */

static void
encode_spans(struct traj *t)
{
	uint32_t *bound = mem_alloc(2 * t->spans, sizeof *bound);
	size_t i;

	for (i = 0; i < t->spans; i++) {
		bound[2 * i] = t->span[i].start;
		bound[2 * i + 1] = t->span[i].end;
	}
	msg_set_u32(&t->rec, "actions", bound, 2 * t->spans);
	free(bound);
}

void
traj_encode(struct traj *t)
{
	msg_set_str(&t->rec, "id", t->id);
	if (t->group != NULL)
		msg_set_str(&t->rec, "group", t->group);
	if (t->role != ROLE_NONE)
		msg_set_str(&t->rec, "role", roles[t->role]);
	msg_set_u32(&t->rec, "tokens", t->tokens, t->n);
	encode_spans(t);
	if (t->stop != STOP_NONE)
		msg_set_str(&t->rec, "stop", stops[t->stop]);
	if (t->pass > 0)
		msg_set_uint(&t->rec, "pass", t->pass);
	if (t->weight != 1)
		msg_set_float(&t->rec, "weight", t->weight);
	if (t->logps > 0)
		msg_set_f32(&t->rec, "logp", t->logp, t->logps);
	if (t->logqs > 0)
		msg_set_f32(&t->rec, "logq", t->logq, t->logqs);
	if (t->scores > 0)
		msg_set_f32(&t->rec, "score", t->score, t->scores);
}

int
traj_fail_in(const struct traj *t)
{
	struct msg_view packed, id = { NULL, 0 };

	if (t->id != NULL)
		return fail_where(&t->at, t->id, strlen(t->id));
	if (msg_any(&t->rec, "id", &packed) == 0 || !msg_text(packed, &id))
		return fail_where(&t->at, NULL, 0);
	return fail_where(&t->at, id.p, id.n);
}

int
traj_fail(const struct traj *t, const char *fmt, ...)
{
	enum { REASON_MAX = 400 };
	char reason[REASON_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(reason, sizeof reason, fmt, ap);
	va_end(ap);
	(void)fail("%s", reason);
	return traj_fail_in(t);
}

int
traj_fail_missing(const struct traj *t, const char *field)
{
	(void)fail_kind(strcmp(field, "score") == 0 ? ERR_NO_SCORE : ERR_OTHER,
	    NULL, "field \"%s\": missing", field);
	return traj_fail_in(t);
}

static void *
copy_array(void *to, size_t *cap, const void *from, size_t n, size_t size)
{
	to = mem_grow(to, cap, n, size);
	if (n > 0)
		memcpy(to, from, n * size);
	return to;
}

void
traj_copy(struct traj *t, const struct traj *from)
{
	msg_copy(&t->rec, &from->rec);
	t->at = from->at;
	free(t->id);
	free(t->group);
	t->id = mem_dup(from->id, strlen(from->id));
	t->group = mem_dup(from->group, strlen(from->group));
	t->role = from->role;
	t->stop = from->stop;
	t->pass = from->pass;
	t->weight = from->weight;
	t->n = from->n;
	t->spans = from->spans;
	t->actions = from->actions;
	t->logps = from->logps;
	t->logqs = from->logqs;
	t->scores = from->scores;
	t->tokens = copy_array(t->tokens, &t->tokens_cap, from->tokens, t->n,
	    sizeof *t->tokens);
	t->span = copy_array(t->span, &t->span_cap, from->span, t->spans,
	    sizeof *t->span);
	t->logp = copy_array(t->logp, &t->logp_cap, from->logp, t->logps,
	    sizeof *t->logp);
	t->logq = copy_array(t->logq, &t->logq_cap, from->logq, t->logqs,
	    sizeof *t->logq);
	t->score = copy_array(t->score, &t->score_cap, from->score, t->scores,
	    sizeof *t->score);
}

int
traj_meta(const struct traj *t, const char *key, double *value)
{
	struct msg meta = { 0 };
	int r = msg_map(&t->rec, "meta", &meta);

	if (r > 0)
		r = msg_float(&meta, key, value);
	if (r > 0 && !isfinite(*value))
		r = fail("field \"%s\": not finite", key);
	if (r < 0)
		(void)fail_in("field \"meta\"");
	msg_release(&meta);
	return r;
}
