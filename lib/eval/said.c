/* SPDX-License-Identifier: MIT */
#include "eval/said.h"

void
said_init(struct said *s)
{
	*s = (struct said){ diversity_new(), diversity_new(), 0, 0 };
}

void
said_release(struct said *s)
{
	diversity_free(s->first);
	diversity_free(s->all);
}

void
said_hear(void *said, const char *group, const uint32_t *tokens, size_t n,
    size_t k)
{
	struct said *s = said;

	diversity_add(s->all, group, tokens, n);
	if (k > 0)
		return;
	diversity_add(s->first, group, tokens, n);
	s->length += (double)n;
	s->responses++;
}

double
said_length(const struct said *s)
{
	return s->length / s->responses;
}

double
said_distinct(const struct said *s, size_t n)
{
	return diversity_distinct(s->first, n);
}

double
said_self_bleu(const struct said *s)
{
	return diversity_self_bleu(s->all);
}
