/* SPDX-License-Identifier: MIT */
#include "eval/passk.h"

#include <stdlib.h>

#include "base/mem.h"

void
passk_add(struct passk *p, size_t prompt, bool right)
{
	if (prompt >= p->prompts) {
		p->prompt =
		    mem_grow(p->prompt, &p->cap, prompt + 1, sizeof *p->prompt);
		p->prompts = prompt + 1;
	}
	p->prompt[prompt].n++;
	p->prompt[prompt].right += right;
}

size_t
passk_short(const struct passk *p, uint64_t k)
{
	size_t i, few = 0;

	for (i = 0; i < p->prompts; i++)
		few += p->prompt[i].n > 0 && p->prompt[i].n < k;
	return few;
}

static double
estimate(const struct passk_prompt *p, uint64_t k)
{
	double none = 1;
	uint64_t i;

	if (p->n - p->right < k)
		return 1;
	for (i = p->n - p->right + 1; i <= p->n; i++)
		none *= 1 - (double)k / (double)i;
	return 1 - none;
}

void
passk_mean(const struct passk *p, uint64_t k, struct ratio *mean)
{
	size_t i;

	for (i = 0; i < p->prompts; i++)
		if (p->prompt[i].n >= k)
			ratio_add(mean, i, estimate(&p->prompt[i], k), 1);
}

void
passk_release(struct passk *p)
{
	free(p->prompt);
	*p = (struct passk){ 0 };
}
