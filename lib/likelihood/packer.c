/* SPDX-License-Identifier: MIT */
/*
 * A pack holds a trajectory up to the last token that matters: the one before
 * the last action for distributions, because the distribution of an action is
 * read at the token before it; the last action itself for scores.
 */
#include "likelihood/packer.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

enum {
	SHARED_LEAST = 8,        /* given tokens worth sharing */
	DROPOUT_KEY = 0x64726f70 /* beyond all positions of samples */
};

void
packer_release(struct packer *x)
{
	free(x->tokens);
	free(x->start);
	free(x->parent);
	free(x->noise);
	free(x->row);
	free(x->at);
}

/* How many tokens matter; an action's row is `back` tokens before it. */
static size_t
tokens_used(const struct traj *t, size_t back)
{
	return t->actions == 0 ? 0 : t->span[t->spans - 1].end - back;
}

static int
check_traj(const struct packer *x, const struct traj *t, size_t n)
{
	size_t i;

	if (n > x->config->context)
		return traj_fail(t,
		    "%zu tokens are more than the context of %zu", n,
		    x->config->context);
	for (i = 0; i < n; i++)
		if (t->tokens[i] >= x->config->V)
			return traj_fail(t,
			    "token %zu is %u, expected below %zu", i,
			    t->tokens[i], x->config->V);
	return 0;
}

/* The generator of the next sequence, which is a whole trajectory. */
static void
pack_noise(struct packer *x, const struct traj *t)
{
	const struct likelihood_dropout *d = &x->dropout;

	x->noise =
	    mem_grow(x->noise, &x->noise_cap, x->pack.B + 1, sizeof(*x->noise));
	x->noise[x->pack.B] =
	    rng_at(d->seed, d->step, d->pass, t->id, DROPOUT_KEY);
	x->pack.noise = x->noise;
}

void
packer_begin(struct packer *x)
{
	memset(&x->pack, 0, sizeof(x->pack));
	x->shared = false;
}

void
packer_sequence(struct packer *x, const uint32_t *tokens, size_t n,
    size_t parent)
{
	struct pack *p = &x->pack;

	x->tokens =
	    mem_grow(x->tokens, &x->tokens_cap, p->T + n, sizeof(*x->tokens));
	x->start =
	    mem_grow(x->start, &x->start_cap, p->B + 2, sizeof(*x->start));
	x->parent =
	    mem_grow(x->parent, &x->parent_cap, p->B + 1, sizeof(*x->parent));
	memcpy(x->tokens + p->T, tokens, n * sizeof(*x->tokens));
	x->parent[p->B] = parent;
	x->start[p->B++] = p->T;
	x->start[p->B] = p->T += n;
	p->tokens = x->tokens;
	p->start = x->start;
	if (parent + 1 != p->B)
		x->shared = true;
	p->parent = x->shared ? x->parent : NULL;
}

void
packer_row(struct packer *x, size_t row)
{
	struct pack *p = &x->pack;

	x->row = mem_grow(x->row, &x->row_cap, p->R + 1, sizeof(*x->row));
	x->row[p->R++] = row;
	p->row = x->row;
}

/*
 * Append n tokens of a trajectory, from `from` on, as a sequence that continues
 * `parent`.
 */
static void
pack_tokens(struct packer *x, const struct traj *t, size_t from, size_t n,
    size_t parent)
{
	if (x->dropout.rate > 0)
		pack_noise(x, t);
	packer_sequence(x, t->tokens + from, n, parent);
}

/* Append the rows of trajectory i, whose token `from` is the pack's `at`. */
static void
pack_rows(struct packer *x, const struct traj *t, size_t i, size_t at,
    size_t from, size_t back)
{
	const struct pack *p = &x->pack;
	size_t s, k, action = 0;

	x->at = mem_grow(x->at, &x->at_cap, p->R + t->actions, sizeof(*x->at));
	for (s = 0; s < t->spans; s++)
		for (k = t->span[s].start; k < t->span[s].end; k++) {
			x->at[p->R] = (struct likelihood_at){ i, action++, k };
			packer_row(x, at + k - back - from);
		}
}

/*
 * Whether both begin with enough given tokens that are equal, rotated alike and
 * not dropped.
 */
static bool
same_beginning(const struct packer *x, const struct traj *a,
    const struct traj *b, size_t back)
{
	const struct config *c = x->config;
	size_t n;

	if (x->dropout.rate > 0 || a->actions == 0 || b->actions == 0 ||
	    config_is_long(c, tokens_used(a, back)) !=
		config_is_long(c, tokens_used(b, back)))
		return false;
	n = a->span[0].start - back;
	return n >= SHARED_LEAST && n == b->span[0].start - back &&
	    memcmp(a->tokens, b->tokens, n * sizeof(*a->tokens)) == 0;
}

/*
 * Append the first n tokens of trajectory i.  follows: it shares the prompt
 * of i - 1, which is sequence *parent.  followed: i + 1 shares its prompt, so
 * that becomes a sequence of its own.
 */
static void
pack_add(struct packer *x, const struct traj *t, size_t i, size_t n,
    size_t back, bool follows, bool followed, size_t *parent)
{
	size_t from = 0, at;

	if (follows || followed)
		from = t[i].span[0].start - back;
	if (followed && !follows) {
		*parent = x->pack.B;
		pack_tokens(x, &t[i], 0, from, *parent);
	}
	at = x->pack.T;
	pack_tokens(x, &t[i], from, n - from, from > 0 ? *parent : x->pack.B);
	pack_rows(x, &t[i], i, at, from, back);
}

int
packer_next(struct packer *x, const struct traj *t, size_t n, size_t *i,
    size_t back)
{
	size_t parent = 0, cost, used;
	bool follows = false, followed;

	packer_begin(x);
	for (; *i < n; (*i)++, follows = followed) {
		followed =
		    *i + 1 < n && same_beginning(x, &t[*i], &t[*i + 1], back);
		used = tokens_used(&t[*i], back);
		if (used == 0)
			continue;
		cost = follows ? used + back - t[*i].span[0].start : used;
		if (x->pack.B > 0 && x->pack.T + cost > x->micro)
			break;
		if (check_traj(x, &t[*i], used) < 0)
			return -1;
		pack_add(x, t, *i, used, back, follows, followed, &parent);
	}
	return x->pack.B > 0;
}
