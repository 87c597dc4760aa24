/* SPDX-License-Identifier: MIT */
#include "gradient/metadata.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/json.h"

static bool
is_sum(const char *name)
{
	return strchr(name, '.') == NULL || strncmp(name, "divgrad.", 8) == 0;
}

static struct metadata_stat *
find_stat(struct gradient_metadata *o, const char *name, size_t n)
{
	struct metadata_stat *s;
	size_t i;

	for (i = 0; i < o->stats; i++)
		if (strcmp(o->stat[i].name, name) == 0)
			return &o->stat[i];
	o->stat = mem_grow(o->stat, &o->cap, o->stats + 1, sizeof *o->stat);
	s = &o->stat[o->stats++];
	memset(s, 0, sizeof *s);
	s->name = mem_dup(name, n);
	s->is_sum = is_sum(name);
	return s;
}

static int
add_stat(struct gradient_metadata *o, const struct msg *stats, const char *name,
    size_t n, double units)
{
	struct metadata_stat *s;
	double x;

	if (strlen(name) != n)
		return fail("field \"stats\": a name holds a NUL");
	if (msg_float(stats, name, &x) != 1)
		return fail_in("field \"stats\"");
	s = find_stat(o, name, n);
	s->units += units;
	if (s->is_sum)
		s->value += x;
	else /* the mean so far moves by its share: one shard keeps x */
		s->value += (x - s->value) * (units / s->units);
	return 0;
}

static int
add_stats(struct gradient_metadata *o, const struct gradient_head *h)
{
	struct msg stats = { 0 };
	int rc = msg_map(&h->header, "stats", &stats);
	char *name;
	size_t i;

	for (i = 0; rc >= 0 && i < stats.n; i++) {
		name = mem_dup(stats.field[i].key.p, stats.field[i].key.n);
		rc = add_stat(o, &stats, name, stats.field[i].key.n, h->units);
		free(name);
	}
	msg_release(&stats);
	return rc < 0 ? -1 : 0;
}

static int
agree(const struct gradient_metadata *o, const struct gradient_head *h)
{
	if (strcmp(o->name, h->objective) != 0)
		return fail("objective \"%s\", but \"%s\" in the shards before",
		    h->objective, o->name);
	if (strcmp(o->unit, h->unit) != 0)
		return fail("objective \"%s\": unit %s, but %s in the shards "
			    "before",
		    o->name, h->unit, o->unit);
	if (o->weight < h->weight || o->weight > h->weight)
		return fail("objective \"%s\": weight %g, but %g in the shards "
			    "before",
		    o->name, h->weight, o->weight);
	if (o->policy[0] == '\0' || h->policy[0] == '\0')
		return 0;
	if (strcmp(o->policy, h->policy) != 0)
		return fail("of policy %s, but of %s in the shards before",
		    h->policy, o->policy);
	if (o->step != h->step)
		return fail("of step %llu, but of %llu in the shards before",
		    (unsigned long long)h->step, (unsigned long long)o->step);
	return 0;
}

int
metadata_add(struct gradient_metadata *o, const struct gradient_head *h)
{
	if (o->shards > 0 && agree(o, h) != 0)
		return -1;
	if (o->shards++ == 0) {
		memcpy(o->name, h->objective, sizeof o->name);
		memcpy(o->unit, h->unit, sizeof o->unit);
		o->weight = h->weight;
	}
	if (o->policy[0] == '\0') {
		memcpy(o->policy, h->policy, sizeof o->policy);
		o->step = h->step;
	}
	o->units += h->units;
	return add_stats(o, h);
}

void
metadata_stats(const struct gradient_metadata *o, struct msg *header)
{
	struct msg stats = { 0 };
	size_t i;

	msg_clear(&stats);
	for (i = 0; i < o->stats; i++)
		msg_set_float(&stats, o->stat[i].name, o->stat[i].value);
	msg_set_map(header, "stats", &stats);
	msg_release(&stats);
}

static double
mean(const struct gradient_metadata *o, const struct metadata_stat *s)
{
	return s->is_sum ? s->value / o->units : s->value;
}

double
metadata_mean(const struct gradient_metadata *o, const char *name)
{
	size_t i;

	for (i = 0; i < o->stats; i++)
		if (strcmp(o->stat[i].name, name) == 0)
			return mean(o, &o->stat[i]);
	return (double)NAN;
}

void
metadata_number(struct buf *out, double x)
{
	if (isfinite(x))
		json_put_double(out, x);
	else
		buf_adds(out, "null");
}

void
metadata_json(const struct gradient_metadata *o, struct buf *out)
{
	const struct metadata_stat *s;

	buf_adds(out, "{\"objective\":");
	json_put_string(out, o->name, strlen(o->name));
	buf_adds(out, ",\"unit\":");
	json_put_string(out, o->unit, strlen(o->unit));
	buf_adds(out, ",\"units\":");
	metadata_number(out, o->units);
	buf_adds(out, ",\"weight\":");
	metadata_number(out, o->weight);
	buf_adds(out, ",\"stats\":{");
	for (s = o->stat; s != NULL && s < o->stat + o->stats; s++) {
		if (s > o->stat)
			buf_addc(out, ',');
		json_put_string(out, s->name, strlen(s->name));
		buf_addc(out, ':');
		metadata_number(out, mean(o, s));
	}
	buf_adds(out, "}}");
}

void
metadata_release(struct gradient_metadata *o)
{
	size_t i;

	for (i = 0; i < o->stats; i++)
		free(o->stat[i].name);
	free(o->stat);
	memset(o, 0, sizeof *o);
}
