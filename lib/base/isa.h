/* SPDX-License-Identifier: MIT */
/*
 * isa: the instruction sets that kernels choose among at run time.
 *
 * A binary built on one machine runs on an older one, and each kernel (tensor/
 * tile.h) asks here what it may use.  The variable APPRENTICE_ISA in the
 * environment lowers the answer, to compare, or to hold two machines to the
 * same arithmetic; it does not raise it.
 */
#ifndef BASE_ISA_H
#define BASE_ISA_H

#include "base/err.h"

/* Each has what those before it have. */
enum isa {
	ISA_PLAIN,  /* what the compiler takes for granted */
	ISA_AVX2,   /* and FMA */
	ISA_AVX512, /* F and BW */
	ISA_BF16,   /* AVX512_BF16 and VNNI: products of pairs */
	ISA_AMX     /* AMX_BF16: products of tiles */
};

/* -1 where the environment's word is none of plain, avx2, avx512, bf16, amx. */
must_use int isa_ready(void);
/* The best that there is; the first call asks the system. */
enum isa isa_here(void);
const char *isa_name(enum isa);

#endif
