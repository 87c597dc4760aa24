/* SPDX-License-Identifier: MIT */
#include "io/msgbuild.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
msg_build(struct msg_build *b, const struct msg *from)
{
	*b = (struct msg_build){ .from = from };
}

/* The index of a field's change; n where it has none. */
static size_t
change_of(const struct msg_build *b, struct msg_view key)
{
	size_t i;

	for (i = 0; i < b->n; i++)
		if (strlen(b->change[i].key) == key.n &&
		    memcmp(b->change[i].key, key.p, key.n) == 0)
			break;
	return i;
}

/* The last value ends where the next change begins. */
static void
end_value(struct msg_build *b)
{
	struct msg_change *last = b->n > 0 ? &b->change[b->n - 1] : NULL;

	if (last != NULL && !last->drop)
		last->bytes = b->values.n - last->at;
}

static void
add_change(struct msg_build *b, const char *key, bool drop)
{
	size_t i;

	end_value(b);
	i = change_of(b, (struct msg_view){ key, strlen(key) });
	if (i < b->n) {
		b->n--;
		memmove(b->change + i, b->change + i + 1,
		    (b->n - i) * sizeof *b->change);
	}
	b->change = mem_grow(b->change, &b->cap, b->n + 1, sizeof *b->change);
	b->change[b->n++] =
	    (struct msg_change){ .key = key, .at = b->values.n, .drop = drop };
}

struct buf *
msg_build_set(struct msg_build *b, const char *key)
{
	add_change(b, key, false);
	return &b->values;
}

void
msg_build_drop(struct msg_build *b, const char *key)
{
	add_change(b, key, true);
}

/* Append the key of the i-th change with its value. */
static void
put_change(const struct msg_build *b, size_t i, struct buf *out)
{
	const struct msg_change *c = &b->change[i];

	msg_put_str(out, c->key, strlen(c->key));
	buf_add(out, b->values.p + c->at, c->bytes);
}

/* How many fields the new map has. */
static size_t
count_fields(const struct msg_build *b)
{
	size_t n = b->from->n, i;
	struct msg_view v;

	for (i = 0; i < b->n; i++) {
		const bool old = msg_any(b->from, b->change[i].key, &v) == 1;

		b->change[i].placed = old || b->change[i].drop;
		n += !old && !b->change[i].drop;
		n -= old && b->change[i].drop;
	}
	return n;
}

/* Room for all: no key has more than five bytes before its text. */
static void
make_room(const struct msg_build *b, struct buf *out)
{
	size_t n = b->from->bytes.n + b->values.n + 16, i;

	for (i = 0; i < b->n; i++)
		n += strlen(b->change[i].key) + 5;
	(void)buf_room(out, n);
}

void
msg_build_end(struct msg_build *b, struct msg *to)
{
	const struct msg *from = b->from;
	struct buf out = { 0 };
	size_t i, k;

	end_value(b);
	make_room(b, &out);
	msg_put_map(&out, count_fields(b));
	for (i = 0; i < from->n; i++) {
		k = change_of(b, from->field[i].key);
		if (k < b->n) {
			if (!b->change[k].drop)
				put_change(b, k, &out);
			continue;
		}
		msg_put_str(&out, from->field[i].key.p, from->field[i].key.n);
		buf_add(&out, from->field[i].val.p, from->field[i].val.n);
	}
	for (i = 0; i < b->n; i++)
		if (!b->change[i].placed)
			put_change(b, i, &out);
	msg_adopt(to, &out);
	buf_release(&b->values);
	free(b->change);
	*b = (struct msg_build){ 0 };
}
