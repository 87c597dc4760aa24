/* SPDX-License-Identifier: MIT */
/* The part of ckpt that looks for weights that are NaN or infinite. */
#include <stdlib.h>

#include "base/mem.h"
#include "base/par.h"
#include "nn/ckpt.h"

enum { LARGE = 1 << 30 }; /* bytes of weights that are not to stay in memory */

struct check {
	const struct params *p;
	bool *bad;
	bool large;
};

bool
ckpt_check_releases(const struct params *p)
{
	size_t i, bytes = 0;

	for (i = 0; i < p->tensors; i++)
		bytes += p->tensor[i].n * stored_bytes(p->tensor[i].view.type);
	return bytes >= LARGE;
}

static void
check_one(size_t i, void *arg)
{
	const struct check *k = arg;
	const struct tensor *t = &k->p->tensor[i];

	k->bad[i] =
	    st_not_finite(t->view.p, (enum st_dtype)t->view.type, t->n) < t->n;
	if (t->mapped && k->large)
		mem_forget(t->view.p, t->n * stored_bytes(t->view.type));
}

static int
check_table(const struct params *p, const char *file)
{
	struct check k = { p, mem_alloc(p->tensors, sizeof *k.bad),
		ckpt_check_releases(p) };
	size_t i;
	int rc = 0;

	par_for(p->tensors, check_one, &k);
	for (i = 0; i < p->tensors && rc == 0; i++)
		if (k.bad[i])
			rc = fail("%s: tensor %s: holds a value that is not "
				  "finite",
			    file, p->tensor[i].name);
	free(k.bad);
	return rc;
}

int
ckpt_check_finite(const struct ckpt *c)
{
	if (c->adapter == NULL)
		return check_table(&c->params, c->weights);
	if (check_table(&c->adapter->table, c->weights) != 0)
		return -1;
	return check_table(&c->params, c->base->weights);
}
