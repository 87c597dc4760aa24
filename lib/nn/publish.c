/* SPDX-License-Identifier: MIT */
#include "nn/publish.h"

#include <stdlib.h>
#include <unistd.h>

#include "nn/ckpt_parts.h"

int
ckpt_publish(const struct ckpt *c, const struct params *weights, uint64_t step)
{
	char *path = ckpt_path(c, ckpt_live_name);
	struct atomic *aside =
	    ckpt_weights_aside(&(struct ckpt_weights){ .dir = c->dir,
		.path = path,
		.params = weights,
		.dtype = c->dtype,
		.id = c->id,
		.step = step,
		.base = c->base });
	int rc = aside == NULL ? -1 : atomic_commit(aside, false);

	free(path);
	return rc;
}

void
ckpt_unpublish(const struct ckpt *c)
{
	char *path = ckpt_path(c, ckpt_live_name);

	(void)unlink(path);
	free(path);
}
