/* SPDX-License-Identifier: MIT */
#include "objective/mismatch.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "traj/members.h"

static int
by_id(const void *a, const void *b)
{
	const struct traj *x = *(const struct traj *const *)a;
	const struct traj *y = *(const struct traj *const *)b;

	return strcmp(x->id, y->id);
}

static const struct span *
last_span(const struct traj *t)
{
	return &t->span[t->spans - 1];
}

/* Trajectory t of the prompt of p and the response of r. */
static void
join(const struct traj *p, const struct traj *r, size_t context, struct traj *t,
    struct span *span, uint32_t *tokens)
{
	const struct span *from = last_span(r);
	const size_t before = last_span(p)->start;
	size_t n = from->end - from->start;

	assert(before < context); /* a response follows it in p */
	n = before + n > context ? context - before : n;
	memcpy(tokens, p->tokens, before * sizeof *tokens);
	memcpy(tokens + before, r->tokens + from->start, n * sizeof *tokens);
	*span = (struct span){ (uint32_t)before, (uint32_t)(before + n) };
	*t = (struct traj){ .id = p->id,
		.group = p->group,
		.at = p->at,
		.weight = p->weight,
		.tokens = tokens,
		.n = before + n,
		.span = span,
		.spans = 1,
		.actions = n };
}

void
mismatch_init(struct mismatch *m, const struct traj_segment *s, bool whole,
    size_t context)
{
	const struct traj **one = mem_alloc(s->n, sizeof *one);
	struct member *by = mem_alloc(s->n, sizeof *by);
	size_t i, n = 0, first, end, next, k, most = 0, size;

	for (i = 0; i < s->n; i++)
		if (s->t[i].actions > 0 &&
		    last_span(&s->t[i])->start < context &&
		    !(whole && s->t[i].stop == STOP_LENGTH)) {
			one[n++] = &s->t[i];
			most = s->t[i].n > most ? s->t[i].n : most;
		}
	qsort(one, n, sizeof *one, by_id);
	for (i = 0; i < n; i++)
		by[i] = (struct member){ one[i]->group, i };
	members_sort(by, n);
	*m = (struct mismatch){ .t = mem_alloc(n, sizeof *m->t),
		.span = mem_alloc(n, sizeof *m->span),
		.tokens = mem_alloc(n, 2 * most * sizeof *m->tokens) };
	for (first = 0; first < n; first = end) {
		end = members_end(by, n, first);
		next = end < n ? end : 0;
		if (next == first)
			break; /* one group */
		size = members_end(by, n, next) - next;
		for (k = first; k < end; k++, m->n++)
			join(one[by[k].i], one[by[next + (k - first) % size].i],
			    context, &m->t[m->n], &m->span[m->n],
			    m->tokens + m->n * 2 * most);
	}
	free(one);
	free(by);
}

void
mismatch_release(struct mismatch *m)
{
	free(m->t);
	free(m->span);
	free(m->tokens);
}
