/* SPDX-License-Identifier: MIT */
#include "base/blocktype.h"

static const struct block_layout layouts[BLOCK_TYPES] = {
	[BLOCK_F32] = { "F32", 1, 4 },
	[BLOCK_F16] = { "F16", 1, 2 },
	[BLOCK_Q4_0] = { "Q4_0", 32, 18 },
	[BLOCK_Q4_1] = { "Q4_1", 32, 20 },
	[BLOCK_Q5_0] = { "Q5_0", 32, 22 },
	[BLOCK_Q5_1] = { "Q5_1", 32, 24 },
	[BLOCK_Q8_0] = { "Q8_0", 32, 34 },
	[BLOCK_Q4_K] = { "Q4_K", 256, 144 },
	[BLOCK_Q5_K] = { "Q5_K", 256, 176 },
	[BLOCK_Q6_K] = { "Q6_K", 256, 210 },
	[BLOCK_BF16] = { "BF16", 1, 2 },
};

const struct block_layout *
block_layout(uint32_t type)
{
	return type < BLOCK_TYPES && layouts[type].name != NULL ?
	    &layouts[type] :
	    NULL;
}
