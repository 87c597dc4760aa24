/* SPDX-License-Identifier: MIT */
#include "traj/select.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "base/rng.h"
#include "traj/members.h"
#include "traj/relabel.h"

struct select {
	struct stream_in *in;
	struct selection how;
	uint64_t seen, given;
	uint64_t batch; /* segments read */
	/* streaming: the current segment, and the next of its trajectories */
	struct traj_segment s;
	size_t at; /* held: the next unit */
	/* held: all segments, the trajectories wanted, and their units */
	struct traj_segment *all;
	size_t segments, cap;
	struct place {
		struct member came; /* in which order, in which group */
		size_t segment, i;
	} * place;
	size_t n;
	struct unit {
		size_t first, n, came;
	} * unit;             /* in the order of this pass */
	size_t units, pass_n; /* pass_n: how many of them a pass has */
	size_t next, left;    /* places of the current unit */
	uint64_t pass;
	bool more; /* of the last segment */
};

static bool
holds(const struct select *x)
{
	return x->how.shuffle || x->how.repeat > 0 || x->how.whole > 0;
}

/*
 * Whether a record's field equals the value: texts byte for byte, numbers by
 * value.  Absent, group, pass and weight have their defaults.
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

/* Shards go by group, so that a group stays together. */
static bool
in_shard(const struct selection *how, const struct traj *t)
{
	struct rng r;

	if (how->shards <= 1)
		return true;
	r = rng_at(0, 0, 0, t->group, 0);
	return rng_u64(&r) % how->shards + 1 == how->shard;
}

/* Whether `wanted` can be false; an option that it reads belongs here, too. */
static bool
may_leave_out(const struct selection *how)
{
	return how->key != NULL || how->windows.length > 0;
}

static bool
wanted(const struct selection *how, const struct traj *t)
{
	return how->key == NULL || field_is(t, how->key, how->value);
}

/*
 * A shard's header says to which batch it belongs, and how many trajectories
 * the batch has in all shards: so an empty shard is still a step.  What is
 * left out afterwards, by field, by number or as too short for a window, may
 * leave a batch without any: then that is not said.
 */
static void
name_batch(const struct select *x, struct traj_segment *s, size_t size)
{
	const bool numbers = x->how.skip > 0 || x->how.head < UINT64_MAX ||
	    (x->how.best > 0 && x->how.windows.length > 0);
	const bool had = s->batch_size > 0;
	uint64_t batch;

	if (x->how.shards > 0 && msg_uint(&s->header, "batch", &batch) != 1)
		msg_set_uint(&s->header, "batch", x->batch);
	if (had && !may_leave_out(&x->how) && !numbers)
		return;
	s->batch_size = x->how.shards > 0 && !had && !numbers ? size : 0;
	if (s->batch_size > 0)
		msg_set_uint(&s->header, "batch_size", s->batch_size);
	else
		msg_del(&s->header, "batch_size");
}

/*
 * The next segment, with the trajectories that are wanted, and that `change`
 * has yet to see: 1, 0, -1.
 */
static int
read_wanted(struct select *x, struct traj_segment *s)
{
	const struct windows *w = &x->how.windows;
	size_t i, n = 0, all = 0;
	int r = traj_read(x->in, s);

	if (r <= 0)
		return r;
	x->more = s->more;
	for (i = 0; i < s->n; i++) {
		if (!wanted(&x->how, &s->t[i]))
			continue;
		all += w->length > 0 ? windows_count(w, &s->t[i]) : 1;
		if (in_shard(&x->how, &s->t[i]))
			traj_move(s, n++, i);
	}
	s->n = n;
	name_batch(x, s, all);
	x->batch++;
	return 1;
}

/* What is done to all trajectories that are wanted. */
static int
change(const struct select *x, struct traj_segment *s, size_t segments)
{
	const struct selection *how = &x->how;
	size_t k;

	if (how->best > 0 && best_keep(s, segments, how->best, how->by) != 0)
		return -1;
	for (k = 0; k < segments; k++) {
		if (how->role != ROLE_NONE || how->prefix != NULL)
			relabel(&s[k], how->role, how->prefix);
		if (how->windows.length > 0 &&
		    windows_cut(&how->windows, &s[k]) != 0)
			return -1;
	}
	return 0;
}

static int
by_first(const void *a, const void *b)
{
	const struct unit *x = a, *y = b;

	return (x->came > y->came) - (x->came < y->came);
}

/* Units move as one: groups, or trajectories. */
static void
make_units(struct select *x)
{
	size_t i;

	if (x->n == 0)
		return;
	x->unit = mem_alloc(x->n, sizeof *x->unit);
	if (x->how.groups)
		qsort(x->place, x->n, sizeof *x->place, member_order);
	for (i = 0; i < x->n; i++) {
		if (i == 0 || !x->how.groups ||
		    !member_same_group(&x->place[i].came,
			&x->place[i - 1].came))
			x->unit[x->units++] =
			    (struct unit){ i, 0, x->place[i].came.i };
		x->unit[x->units - 1].n++;
	}
	qsort(x->unit, x->units, sizeof *x->unit, by_first);
}

static void
make_places(struct select *x)
{
	const struct traj_segment *s;
	size_t i, cap = 0;

	for (s = x->all; s < x->all + x->segments; s++)
		for (i = 0; i < s->n; i++) {
			x->place = mem_grow(x->place, &cap, x->n + 1,
			    sizeof *x->place);
			x->place[x->n] =
			    (struct place){ { s->t[i].group, x->n },
				    (size_t)(s - x->all), i };
			x->n++;
		}
}

static int
hold_all(struct select *x)
{
	int r;

	do {
		x->all =
		    mem_grow(x->all, &x->cap, x->segments + 1, sizeof *x->all);
		r = read_wanted(x, &x->all[x->segments]);
		x->segments += r > 0;
	} while (r > 0);
	if (r < 0 || change(x, x->all, x->segments) != 0)
		return -1;
	make_places(x);
	return 0;
}

/* Shuffle the order of the last pass, by (seed, pass). */
static void
shuffle(struct select *x)
{
	struct rng r = rng_at(x->how.seed, 0, x->pass, "shuffle", 0);
	struct unit swap;
	size_t i, j;

	for (i = 0; x->how.shuffle && i + 1 < x->units; i++) {
		j = i + rng_below(&r, x->units - i);
		swap = x->unit[i];
		x->unit[i] = x->unit[j];
		x->unit[j] = swap;
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
	free(x->place);
	free(x->unit);
	traj_segment_release(&x->s);
	stream_close(x->in);
	free(x);
}

/* Count a unit against skip and head; whether it is to be given. */
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
	const char *group = NULL; /* of the last one */
	size_t i, n = 0;
	bool taken = false;
	int r;

	if (x->given >= x->how.head)
		return 0;
	r = read_wanted(x, &x->s);
	if (r <= 0)
		return r;
	if (change(x, &x->s, 1) != 0)
		return -1;
	for (i = 0; i < x->s.n; i++) {
		if (group == NULL || !x->how.groups ||
		    strcmp(group, x->s.t[i].group) != 0)
			taken = admit(x);
		group = x->s.t[i].group;
		if (taken)
			traj_move(&x->s, n++, i);
	}
	x->s.n = n;
	if (x->given >= x->how.head)
		x->s.more = false;
	x->more = x->s.more;
	*out = &x->s;
	return 1;
}

static int
hold_first(struct select *x)
{
	if (hold_all(x) != 0)
		return -1;
	make_units(x);
	x->pass_n = x->units - (x->how.whole > 0 ? x->units % x->how.whole : 0);
	if (x->pass_n == 0 && x->n > 0)
		return fail("%zu %s do not fill a segment of %llu", x->units,
		    x->how.groups ? "groups" : "trajectories",
		    (unsigned long long)x->how.whole);
	shuffle(x);
	return 0;
}

/* Go to the next unit to be given: 1, or 0 after the last. */
static int
next_unit(struct select *x)
{
	const struct unit *u;

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
		u = &x->unit[x->at++];
	} while (!admit(x));
	x->next = u->first;
	x->left = u->n;
	return 1;
}

static int
next_held(struct select *x, struct selected *out)
{
	const struct place *p;

	if (x->all == NULL && hold_first(x) != 0)
		return -1;
	out->begins = x->left == 0;
	if (out->begins && next_unit(x) == 0)
		return 0;
	p = &x->place[x->next++];
	out->ends = --x->left == 0;
	out->from = &x->all[p->segment];
	out->t = &x->all[p->segment].t[p->i];
	out->pass = x->pass;
	out->unit = x->at - 1;
	out->units = x->pass_n;
	if (x->how.repeat > 0 && out->t->pass != x->pass) {
		out->t->pass = x->pass;
		msg_set_uint(&out->t->rec, "pass", x->pass);
	}
	return 1;
}

/* Whether the i-th of the current segment continues a group. */
static bool
goes_on(const struct select *x, size_t i)
{
	return x->how.groups && i > 0 && i < x->s.n &&
	    strcmp(x->s.t[i].group, x->s.t[i - 1].group) == 0;
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
	*out = (struct selected){ .t = &x->s.t[x->at],
		.from = &x->s,
		.begins = !goes_on(x, x->at),
		.ends = !goes_on(x, x->at + 1) };
	x->at++;
	return 1;
}

enum select_coming
select_coming(const struct select *x)
{
	if (!holds(x))
		return x->at < x->s.n || x->more ? SELECT_MORE :
		    x->given >= x->how.head      ? SELECT_NONE :
						   SELECT_UNKNOWN;
	return x->left > 0 ||
		(x->given < x->how.head &&
		    (x->at < x->pass_n || x->pass + 1 < x->how.repeat)) ?
	    SELECT_MORE :
	    SELECT_NONE;
}

bool
select_unfinished(const struct select *x)
{
	return x->more && x->given < x->how.head;
}

int
select_parse_shard(const char *text, void *value)
{
	struct selection *s = value;
	const uint64_t most = 1000000000;

	return num_u64_two(text, 1, most, &s->shard, &s->shards) != 0 ||
		s->shard > s->shards ?
	    fail("%s: not a shard such as 3/8", text) :
	    0;
}

int
select_parse_where(const char *text, void *value)
{
	struct selection *s = value;
	char *copy = mem_dup(text, strlen(text)), *equals = strchr(copy, '=');

	if (equals == NULL || equals == copy) {
		free(copy);
		return fail("%s: not KEY=VALUE", text);
	}
	*equals = '\0';
	s->key = copy; /* lives as long as the process */
	s->value = equals + 1;
	return 0;
}
