/* SPDX-License-Identifier: MIT */
#include "nn/matrices.h"

#include <stdlib.h>

#include "base/mem.h"

struct matrices *
matrices_new(void)
{
	struct matrices *m = mem_alloc(1, sizeof *m);

	m->type = TILE_F32;
	return m;
}

void
matrices_clear(struct matrices *m)
{
	const struct matrices empty = { .type = m->type,
		.release_pages = m->release_pages };

	free(m->layer);
	mem_block_free(m->block);
	mem_block_free(m->backward_block);
	*m = empty;
}

void
matrices_free(struct matrices *m)
{
	if (m == NULL)
		return;
	matrices_clear(m);
	free(m);
}
