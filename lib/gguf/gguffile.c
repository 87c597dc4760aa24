/* SPDX-License-Identifier: MIT */
#include "gguf/gguffile.h"

#include "gguf/ggufexport.h"

const char *const gguffile_types[] = { [ST_F32] = "f32",
	[ST_F16] = "f16",
	[ST_BF16] = "bf16",
	[GGUFFILE_Q8_0] = "q8_0",
	NULL };

int
gguffile_write(const char *file, const struct ckpt *c, bool adapters, int type,
    size_t *total)
{
	static const enum block_type blocks[] = { [ST_F32] = BLOCK_F32,
		[ST_F16] = BLOCK_F16,
		[ST_BF16] = BLOCK_BF16,
		[GGUFFILE_Q8_0] = BLOCK_Q8_0 };
	int rc = adapters ? ggufexport_adapters(file, c, blocks[type]) :
			    ggufexport(file, c, blocks[type]);

	if (rc == 0)
		*total = adapters ? c->adapter->table.total : c->params.total;
	return rc;
}
