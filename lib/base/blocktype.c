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

/* Types of GGML that are not read here. */
static const char *const others[] = {
	[9] = "Q8_1",
	[10] = "Q2_K",
	[11] = "Q3_K",
	[15] = "Q8_K",
	[16] = "IQ2_XXS",
	[17] = "IQ2_XS",
	[18] = "IQ3_XXS",
	[19] = "IQ1_S",
	[20] = "IQ4_NL",
	[21] = "IQ3_S",
	[22] = "IQ2_S",
	[23] = "IQ4_XS",
	[24] = "I8",
	[25] = "I16",
	[26] = "I32",
	[27] = "I64",
	[28] = "F64",
	[29] = "IQ1_M",
	[34] = "TQ1_0",
	[35] = "TQ2_0",
	[39] = "MXFP4",
};

const char *
block_type_name(uint32_t type)
{
	const struct block_layout *b = block_layout(type);

	if (b != NULL)
		return b->name;
	return type < sizeof others / sizeof others[0] && others[type] != NULL ?
	    others[type] :
	    "?";
}

const struct block_layout *
block_layout(uint32_t type)
{
	return type < BLOCK_TYPES && layouts[type].name != NULL ?
	    &layouts[type] :
	    NULL;
}
