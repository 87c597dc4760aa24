/* SPDX-License-Identifier: MIT */
#include "nn/ckpt_passes.h"

int
ckpt_open_unread(struct ckpt *c, const char *dir, enum tile_type type)
{
	int rc = ckpt_open(c, dir);

	if (rc < 0)
		return -1;
	packed_set_type(&c->params, type);
	packed_release_pages(&c->params);
	return rc;
}

int
ckpt_open_passes(struct ckpt *c, const char *dir, enum tile_type type)
{
	int rc = ckpt_open_unread(c, dir, type);

	return rc < 0 || ckpt_check_finite(c) != 0 ? -1 : rc;
}
