/* SPDX-License-Identifier: MIT */
/* packed: when weights are packed again, and in which type. */
#include "nn/packed.h"

#include <string.h>

#include "../models.h"
#include "tests/tap.h"

enum { M = 3 };

/* What the packed head gives for a few rows. */
static void
product(const struct config *c, const struct params *p, float *out)
{
	float x[M * 8];
	size_t i;

	for (i = 0; i < M * c->D; i++)
		x[i] = (float)i / 7 - 1;
	panel_forward(out, x, &packed_of(p, c)->head.panel, NULL, NULL, M);
}

int
main(void)
{
	struct config c;
	struct params p;
	const struct matrices *m;
	float first[M * 11], again[M * 11];

	model_make(&c, &p, &models[0], false);
	ok(packed_type(&p) == TILE_F32, "the default type is F32");
	product(&c, &p, first);
	p.head[0] += 1;
	product(&c, &p, again);
	ok(memcmp(first, again, sizeof first) == 0,
	    "weights are not packed again while nobody says they changed");
	params_changed(&p);
	product(&c, &p, again);
	ok(memcmp(first, again, sizeof first) != 0,
	    "params_changed: the next pass packs again");
	m = packed_backward(&p, &c);
	ok(m == packed_of(&p, &c) && m->backward_block == NULL,
	    "backward in F32 reads the weights, not packed copies");
	packed_set_type(&p, TILE_BF16);
	ok(packed_type(&p) == TILE_BF16, "packed_set_type sets the type");
	m = packed_of(&p, &c);
	ok(m->backward_block == NULL,
	    "BF16: no copies for backward before its first use");
	m = packed_backward(&p, &c);
	ok(m->backward_block != NULL && m->fresh_backward,
	    "backward in BF16 has packed copies of its own");
	params_changed(&p);
	m = packed_of(&p, &c);
	ok(!m->fresh_backward, "changed weights: backward copies are stale");
	packed_set_type(&p, TILE_BF16);
	ok(m->fresh, "setting the same type keeps what is packed");
	params_release(&p);
	return tap_done();
}
