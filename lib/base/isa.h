/* SPDX-License-Identifier: MIT */
/*
 * isa: the instruction sets that kernels choose among at run time.
 *
 * A binary built on one machine runs on an older one, so each kernel
 * (tensor/tile.h) asks here which instructions it may use.  The environment
 * variable APPRENTICE_ISA lowers the answer, to compare kernels or to make two
 * machines compute alike; it cannot raise it.
 */
#ifndef BASE_ISA_H
#define BASE_ISA_H

#include "base/err.h"

/* Each includes those before it. */
enum isa {
	ISA_PLAIN,  /* the baseline that the compiler assumes */
	ISA_AVX2,   /* and FMA, F16C */
	ISA_AVX512, /* F and BW */
	ISA_BF16,   /* AVX512_BF16 and VNNI: products of pairs */
	ISA_AMX     /* AMX_BF16: products of tiles */
};

/* Fails if APPRENTICE_ISA is not one of plain, avx2, avx512, bf16, amx. */
must_use int isa_ready(void);
/* The best set allowed here; the first call asks the system. */
enum isa isa_here(void);
const char *isa_name(enum isa);

#endif
