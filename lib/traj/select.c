/* SPDX-License-Identifier: MIT */
#include "traj/select.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"

struct select {
	struct stream_in *in;
	struct selection how;
	uint64_t seen, given;
	/* streaming: the segment at hand, and the next of its trajectories */
	struct traj_segment s;
	size_t at;
	bool ended;
	/* held: all segments, and the order of this pass */
	struct traj_segment *all;
	size_t segments, cap;
	struct place {
		size_t segment, i;
	} *order;
	size_t n;
	uint64_t pass, number;
};

static bool
holds(const struct select *x)
{
	return x->how.shuffle || x->how.repeat > 0;
}

/* Does the record's field say so?  Texts are compared as they are, numbers as they are written. */
static bool
field_is(const struct msg *m, const char *key, const char *value)
{
	struct msg_view v;
	char text[32];
	uint64_t n;

	if (msg_str(m, key, &v) == 1)
		return v.n == strlen(value) && memcmp(v.p, value, v.n) == 0;
	if (msg_uint(m, key, &n) == 1) {
		(void)snprintf(text, sizeof text, "%" PRIu64, n);
		return strcmp(text, value) == 0;
	}
	return false;
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
	    field_is(&t->rec, x->how.key, x->how.value));
}

static int
hold_all(struct select *x)
{
	size_t i, cap = 0;
	int r;

	do {
		x->all = mem_grow(x->all, &x->cap, x->segments + 1,
		    sizeof *x->all);
		r = traj_read(x->in, &x->all[x->segments]);
		if (r <= 0)
			break;
		for (i = 0; i < x->all[x->segments].n; i++) {
			if (!wanted(x, &x->all[x->segments].t[i]))
				continue;
			x->order = mem_grow(x->order, &cap, x->n + 1,
			    sizeof *x->order);
			x->order[x->n++] = (struct place){ x->segments, i };
		}
		x->segments++;
	} while (true);
	return r;
}

/* The order of a pass, drawn by (seed, pass) from the order of the input. */
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

static int
next_held(struct select *x, struct selected *out)
{
	const struct place *p;

	if (x->all == NULL) {
		if (hold_all(x) != 0)
			return -1;
		shuffle(x);
	}
	if (x->at == x->n && x->n > 0) {
		x->at = 0;
		x->pass++;
		if (x->pass < x->how.repeat)
			shuffle(x);
	}
	if (x->n == 0 || (x->pass > 0 && x->pass >= x->how.repeat))
		return 0;
	p = &x->order[x->at++];
	out->from = &x->all[p->segment];
	out->t = &x->all[p->segment].t[p->i];
	out->segment = x->pass;
	if (x->how.repeat > 0 && out->t->pass != x->pass) {
		out->t->pass = x->pass;
		msg_set_uint(&out->t->rec, "pass", x->pass);
	}
	return 1;
}

static int
next_streamed(struct select *x, struct selected *out)
{
	int r;

	while (!x->ended) {
		for (; x->at < x->s.n; x->at++)
			if (wanted(x, &x->s.t[x->at])) {
				*out = (struct selected){ &x->s.t[x->at++],
					&x->s, x->number };
				return 1;
			}
		r = traj_read(x->in, &x->s);
		if (r < 0)
			return -1;
		x->at = 0;
		x->number++;
		x->ended = r == 0;
	}
	return 0;
}

int
select_next(struct select *x, struct selected *out)
{
	int r;

	do {
		if (x->how.head != UINT64_MAX && x->given >= x->how.head)
			return 0;
		r = holds(x) ? next_held(x, out) : next_streamed(x, out);
		if (r <= 0)
			return r;
	} while (x->seen++ < x->how.skip);
	x->given++;
	return 1;
}
