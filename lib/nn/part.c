/* SPDX-License-Identifier: MIT */
#include "nn/part.h"

#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "nn/packed.h"
#include "nn/params_names.h"

void
part_init(struct part *x, const struct ckpt *c, size_t layers,
    size_t vocabulary)
{
	const struct params *from = &c->params;
	char *prefix = params_prefix(from, &c->config);
	size_t i, k;

	*x = (struct part){ .config = c->config, .frozen = c->adapter != NULL };
	if (x->config.L > layers)
		x->config.L = layers;
	if (x->config.V > vocabulary)
		x->config.V = vocabulary;
	params_init(&x->params, &x->config, prefix);
	for (i = 0; i < x->params.tensors; i++) {
		k = params_find(from, x->params.tensor[i].name);
		params_share(&x->params, i, from, k);
		x->params.tensor[i].trained = from->tensor[k].trained;
	}
	packed_as(&x->params, from);
	x->params.matrices->keep =
	    packed_sizes(from, &c->config, false, false).copies ? SIZE_MAX : 0;
	free(prefix);
}

/* Gradients of adapters, and of tensors that are trained beside them. */
static void
make_low(struct part *x)
{
	const struct params *p = &x->params;
	struct adapter_pair *to;
	size_t i, used = 0;

	params_table(&x->d, p, &x->config);
	x->d.low = mem_alloc(p->tensors, sizeof *x->d.low);
	for (i = 0; i < p->tensors; i++) {
		x->d.low[i] = p->low[i];
		used += p->low[i].rank * (p->low[i].in + p->low[i].out);
		used += p->tensor[i].trained ? p->tensor[i].n : 0;
	}
	x->low = mem_block(used);
	for (i = used = 0; i < p->tensors; i++) {
		to = &x->d.low[i];
		to->A = x->low + used;
		to->B = to->A + to->rank * to->in;
		used += to->rank * (to->in + to->out);
		if (!p->tensor[i].trained)
			continue;
		params_point(&x->d, i, x->low + used);
		used += p->tensor[i].n;
	}
}

struct params *
part_gradient(struct part *x)
{
	if (!x->frozen)
		params_like(&x->d, &x->params, &x->config);
	else if (x->params.low != NULL)
		make_low(x);
	else /* the adapters are in later layers alone */
		params_table(&x->d, &x->params, &x->config);
	return &x->d;
}

void
part_release(struct part *x)
{
	params_release(&x->d);
	params_release(&x->params);
	mem_block_free(x->low);
	*x = (struct part){ .frozen = false };
}
