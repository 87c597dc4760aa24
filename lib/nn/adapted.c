/* SPDX-License-Identifier: MIT */
/*
 * The parts of ckpt for a policy with adapters: open the base, attach the
 * adapters to its weights, and their gradients to a backward pass.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "nn/ckpt_parts.h"
#include "nn/packed.h"
#include "tensor/gemm.h"

const char *
ckpt_weights_name(const struct ckpt *c)
{
	return c->adapter != NULL ? "adapter_model.safetensors" :
				    "model.safetensors";
}

int
ckpt_open_base(struct ckpt *c)
{
	if (!adapter_there(c->dir))
		return 0;
	c->adapter = mem_alloc(1, sizeof *c->adapter);
	c->base = mem_alloc(1, sizeof *c->base);
	if (adapter_read(c->adapter, c->dir) != 0)
		return -1;
	if (ckpt_open(c->base, c->adapter->base) != 0)
		return fail_in("%s: the base", c->dir);
	return 0;
}

/* All tensors are the base's own memory; the adapters stand beside them. */
int
ckpt_bind_adapter(struct ckpt *c)
{
	const struct params *base = &c->base->params;
	size_t i;

	if (adapter_bind(c->adapter, base, &c->config) != 0)
		return fail_in("%s/adapter_config.json", c->dir);
	params_table(&c->params, base, &c->config);
	for (i = 0; i < base->tensors; i++)
		params_share(&c->params, i, base, i);
	return 0;
}

/* Adapters belong to the weights that they began with. */
int
ckpt_check_base(const struct ckpt *c)
{
	const char *id, *at;
	uint64_t step;

	if (c->adapter == NULL)
		return 0;
	id = st_meta(c->file[0], "apprentice.base");
	at = st_meta(c->file[0], "apprentice.base_step");
	if (id != NULL && strcmp(id, c->base->id) != 0)
		return fail("made for the base %s, but %s is %s", id,
		    c->base->dir, c->base->id);
	if (at == NULL)
		return 0;
	if (num_u64(at, 0, INT64_MAX, &step) != 0)
		return fail_in("apprentice.base_step");
	if (step != c->base->step)
		return fail("made for step %s of the base, but %s is at step "
			    "%llu",
		    at, c->base->dir, (unsigned long long)c->base->step);
	return 0;
}

struct params *
ckpt_trained(struct ckpt *c)
{
	return c->adapter != NULL ? &c->adapter->table : &c->params;
}

int
ckpt_check_frozen(const struct ckpt *c)
{
	if (c->adapter != NULL || packed_type(&c->params) != TILE_INT8)
		return 0;
	return fail_kind(ERR_NOT_FROZEN, c->dir,
	    "%s: all weights are trained, and int8 has no gradient of a matrix",
	    c->dir);
}

struct params *
ckpt_backward(const struct ckpt *c, struct params *d, struct params *whole)
{
	if (gemm_ready() != 0)
		return NULL;
	if (c->adapter == NULL)
		return d;
	params_table(whole, &c->params, &c->config);
	adapter_attach(c->adapter, whole, d);
	return whole;
}
