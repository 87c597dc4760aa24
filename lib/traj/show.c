/* SPDX-License-Identifier: MIT */
#include "traj/show.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "text/bpe.h"

struct show {
	struct bpe *bpe;   /* NULL: none found yet */
	bool looked, colour;
};

struct show *
show_new(const char *dir, bool colour)
{
	struct show *s = mem_alloc(1, sizeof *s);

	s->colour = colour;
	if (dir != NULL) {
		s->looked = true;
		s->bpe = bpe_open(dir);
		if (s->bpe == NULL) {
			free(s);
			return NULL;
		}
	}
	return s;
}

void
show_free(struct show *s)
{
	bpe_close(s->bpe);
	free(s);
}

/*
 * The argument after -m or --model of demo2traj in the header's `by`: packed
 * texts follow each other, so "-m" is found as a1-prefixed bytes.
 */
static char *
model_of(const struct msg *header)
{
	static const char *const flags[] = { "\xa2-m", "\xa7--model" };
	struct msg_view by;
	const char *at, *end;
	size_t i, n;

	if (msg_any(header, "by", &by) != 1)
		return NULL;
	end = by.p + by.n;
	for (i = 0; i < 2; i++) {
		n = strlen(flags[i]);
		at = memmem(by.p, by.n, flags[i], n);
		if (at == NULL || at + n >= end)
			continue;
		at += n;
		if (((unsigned char)*at & 0xe0) == 0xa0)
			n = (unsigned char)*at++ & 31;
		else if ((unsigned char)*at == 0xd9 && at + 1 < end)
			n = (unsigned char)at[1], at += 2;
		else
			continue;
		if ((size_t)(end - at) >= n)
			return mem_dup(at, n);
	}
	return NULL;
}

static void
look_for_tokenizer(struct show *s, const struct msg *header)
{
	char *dir = model_of(header);
	struct msg_view v;

	s->looked = true;
	if (dir != NULL)
		s->bpe = bpe_open(dir);
	free(dir);
	if (s->bpe != NULL && msg_str(header, "tokenizer", &v) == 1 &&
	    (v.n != strlen(bpe_fingerprint(s->bpe)) ||
		memcmp(v.p, bpe_fingerprint(s->bpe), v.n) != 0)) {
		bpe_close(s->bpe);
		s->bpe = NULL;
	}
}

/* Tokens start .. end as text, or as ids. */
static int
put_tokens(const struct show *s, const struct traj *t, size_t start,
    size_t end, struct buf *out)
{
	size_t i;

	if (s->bpe != NULL)
		return bpe_decode(s->bpe, t->tokens + start, end - start,
		    true, out);
	for (i = start; i < end; i++)
		buf_addf(out, i > start ? " %u" : "%u", t->tokens[i]);
	return 0;
}

int
show_trajectory(struct show *s, const struct msg *header,
    const struct traj *t, struct buf *out)
{
	size_t i, at = 0;

	if (!s->looked)
		look_for_tokenizer(s, header);
	buf_addf(out, s->colour ? "\033[1m%s\033[0m %s %s\n" : "%s %s %s\n",
	    t->id, traj_role_name(t->role), traj_stop_name(t->stop));
	for (i = 0; i < t->spans; at = t->span[i].end, i++) {
		if (put_tokens(s, t, at, t->span[i].start, out) != 0)
			return -1;
		buf_adds(out, s->colour ? "\033[32m" : "[");
		if (put_tokens(s, t, t->span[i].start, t->span[i].end, out) !=
		    0)
			return -1;
		buf_adds(out, s->colour ? "\033[0m" : "]");
	}
	if (put_tokens(s, t, at, t->n, out) != 0)
		return -1;
	buf_adds(out, "\n\n");
	return 0;
}
