/* SPDX-License-Identifier: MIT */
#include "traj/select.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/rng.h"

struct select {
	struct stream_in *in;
	struct selection how;
	uint64_t seen, given;
	/* streaming: the segment at hand, and the next of its trajectories */
	struct traj_segment s;
	size_t at; /* held: of the order */
	/* held: all segments, and the order of this pass */
	struct traj_segment *all;
	size_t segments, cap;
	struct place {
		size_t segment, i;
	} *order;
	size_t n, pass_n; /* pass_n: of them, those of a pass */
	uint64_t pass;
	bool more; /* what the last segment said */
};

static bool
holds(const struct select *x)
{
	return x->how.shuffle || x->how.repeat > 0 || x->how.whole > 0;
}

/*
 * Does the record's field say so?  Texts are compared as they are, numbers
 * by value; group, pass and weight have one where they are absent.
 */
static bool
field_is(const struct traj *t, const char *key, const char *value)
{
	struct msg_view v;
	uint64_t n, whole;
	double x, real;

	if (strcmp(key, "group") == 0)
		return strcmp(t->group, value) == 0;
	if (msg_str(&t->rec, key, &v) == 1)
		return v.n == strlen(value) && memcmp(v.p, value, v.n) == 0;
	n = t->pass;
	if ((strcmp(key, "pass") == 0 || msg_uint(&t->rec, key, &n) == 1) &&
	    num_u64(value, 0, UINT64_MAX, &whole) == 0)
		return n == whole;
	x = t->weight;
	return (strcmp(key, "weight") == 0 ||
		msg_float(&t->rec, key, &x) == 1) &&
	    num_f64(value, -DBL_MAX, DBL_MAX, &real) == 0 && x == real;
}

/* What belongs together stays together: shards go by group. */
static bool
in_shard(const struct selection *how, const struct traj *t)
{
	struct rng r;

	if (how->shards <= 1)
		return true;
	r = rng_at(0, 0, 0, t->group, 0);
	return rng_u64(&r) % how->shards + 1 == how->shard;
}

static bool
wanted(const struct select *x, const struct traj *t)
{
	return in_shard(&x->how, t) && (x->how.key == NULL ||
	    field_is(t, x->how.key, x->how.value));
}

static int
hold_all(struct select *x)
{
	struct traj_segment *s;
	size_t i, cap = 0;
	int r;

	for (;;) {
		x->all = mem_grow(x->all, &x->cap, x->segments + 1,
		    sizeof *x->all);
		s = &x->all[x->segments];
		r = traj_read(x->in, s);
		if (r <= 0)
			return r;
		x->more = s->more;
		for (i = 0; i < s->n; i++) {
			if (!wanted(x, &s->t[i]))
				continue;
			x->order = mem_grow(x->order, &cap, x->n + 1,
			    sizeof *x->order);
			x->order[x->n++] = (struct place){ x->segments, i };
		}
		x->segments++;
	}
}

/* The order of a pass, drawn by (seed, pass) from the order before it. */
static void
shuffle(struct select *x)
{
	struct rng r = rng_at(x->how.seed, 0, x->pass, "shuffle", 0);
	struct place swap;
	size_t i, j;

	for (i = 0; x->how.shuffle && i + 1 < x->n; i++) {
		j = i + rng_below(&r, x->n - i);
		swap = x->order[i];
		x->order[i] = x->order[j];
		x->order[j] = swap;
	}
}

struct select *
select_new(struct stream_in *in, const struct selection *how)
{
	struct select *x = mem_alloc(1, sizeof *x);

	x->in = in;
	x->how = *how;
	return x;
}

void
select_free(struct select *x)
{
	size_t i;

	if (x == NULL)
		return;
	for (i = 0; i < x->cap; i++)
		traj_segment_release(&x->all[i]);
	free(x->all);
	free(x->order);
	traj_segment_release(&x->s);
	stream_close(x->in);
	free(x);
}

/* Count one that is wanted: is it to be given? */
static bool
admit(struct select *x)
{
	if (x->given >= x->how.head || x->seen++ < x->how.skip)
		return false;
	x->given++;
	return true;
}

int
select_segment(struct select *x, struct traj_segment **out)
{
	struct traj swap;
	size_t i, n = 0;
	int r;

	if (x->given >= x->how.head)
		return 0;
	r = traj_read(x->in, &x->s);
	if (r <= 0)
		return r;
	for (i = 0; i < x->s.n; i++) {
		if (!wanted(x, &x->s.t[i]) || !admit(x))
			continue;
		if (n < i) { /* its memory stays in use, so they change places */
			swap = x->s.t[n];
			x->s.t[n] = x->s.t[i];
			x->s.t[i] = swap;
		}
		n++;
	}
	x->s.n = n;
	if (x->given >= x->how.head)
		x->s.more = false;
	x->more = x->s.more;
	*out = &x->s;
	return 1;
}

static int
next_held(struct select *x, struct selected *out)
{
	const struct place *p;

	if (x->all == NULL) {
		if (hold_all(x) != 0)
			return -1;
		x->pass_n = x->n - (x->how.whole > 0 ?
		    x->n % x->how.whole : 0);
		if (x->pass_n == 0 && x->n > 0)
			return fail("%zu trajectories do not fill a segment "
			    "of %llu", x->n, (unsigned long long)x->how.whole);
		shuffle(x);
	}
	do {
		if (x->given >= x->how.head)
			return 0;
		if (x->at == x->pass_n) {
			if (x->n == 0 || x->pass + 1 >= x->how.repeat)
				return 0;
			x->at = 0;
			x->pass++;
			shuffle(x);
		}
		p = &x->order[x->at++];
	} while (!admit(x));
	out->from = &x->all[p->segment];
	out->t = &x->all[p->segment].t[p->i];
	out->pass = x->pass;
	if (x->how.repeat > 0 && out->t->pass != x->pass) {
		out->t->pass = x->pass;
		msg_set_uint(&out->t->rec, "pass", x->pass);
	}
	return 1;
}

int
select_next(struct select *x, struct selected *out)
{
	struct traj_segment *s;
	int r;

	if (holds(x))
		return next_held(x, out);
	while (x->at >= x->s.n) {
		r = select_segment(x, &s);
		if (r <= 0)
			return r;
		x->at = 0;
	}
	*out = (struct selected){ &x->s.t[x->at++], &x->s, 0 };
	return 1;
}

enum select_coming
select_coming(const struct select *x)
{
	if (!holds(x))
		return x->at < x->s.n || x->more ? SELECT_MORE :
		    x->given >= x->how.head ? SELECT_NONE : SELECT_UNKNOWN;
	return x->given < x->how.head && (x->at < x->pass_n ||
	    x->pass + 1 < x->how.repeat) ? SELECT_MORE : SELECT_NONE;
}

bool
select_unfinished(const struct select *x)
{
	return x->more && x->given < x->how.head;
}
