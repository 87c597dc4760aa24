/* SPDX-License-Identifier: MIT */
#include "nn/matrices.h"

#include <stdlib.h>

#include "base/mem.h"

enum { KEEP = 64 << 20 }; /* cheap, and then small policies pack once a step */

struct matrices *
matrices_new(void)
{
	struct matrices *m = mem_alloc(1, sizeof *m);

	m->type = TILE_F32;
	m->keep = KEEP;
	return m;
}

void
matrices_clear(struct matrices *m)
{
	const struct matrices empty = { .type = m->type,
		.keep = m->keep,
		.release_pages = m->release_pages };

	free(m->layer);
	mem_block_free(m->block);
	free(m->low_block);
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
