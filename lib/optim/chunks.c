/* SPDX-License-Identifier: MIT */
#include "optim/chunks.h"

#include "base/mem.h"

enum { CHUNK = 1 << 15 };

struct chunk *
chunks_cut(const struct params *p, const bool *touched, size_t *n)
{
	struct chunk *c;
	size_t i, k, most = 0;

	for (i = 0; i < p->tensors; i++)
		most += p->tensor[i].n / CHUNK + 1;
	c = mem_alloc(most, sizeof *c);
	*n = 0;
	for (i = 0; i < p->tensors; i++) {
		if (touched != NULL && !touched[i])
			continue;
		for (k = 0; k < p->tensor[i].n; k += CHUNK, ++*n) {
			c[*n].tensor = i;
			c[*n].first = k;
			c[*n].n = p->tensor[i].n - k < CHUNK ?
			    p->tensor[i].n - k :
			    CHUNK;
		}
	}
	return c;
}

float *
chunk_part(const struct params *p, const struct chunk *c)
{
	return p == NULL ? NULL : p->tensor[c->tensor].p + c->first;
}
