/* SPDX-License-Identifier: MIT */
/*
 * A process must ask the kernel for the 8 KB of state that AMX tiles take.
 * The kernel refuses if the processor has no AMX, so its answer also says
 * whether the processor has it.
 */
#include "base/isa.h"

#ifdef __x86_64__
#include <cpuid.h>
#endif
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *const names[] = { "plain", "avx2", "avx512", "bf16", "amx" };

enum { NAMES = sizeof names / sizeof names[0] };

static struct {
	pthread_once_t once;
	enum isa isa;
	const char *wrong;
} here = { .once = PTHREAD_ONCE_INIT };

#ifdef __x86_64__
static bool
tiles_allowed(void)
{
	enum { ARCH_REQ_XCOMP_PERM = 0x1023, XFEATURE_XTILEDATA = 18 };

	return syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM,
		   XFEATURE_XTILEDATA) == 0;
}

/* clang 14 does not know the name "f16c". */
static bool
converts_halves(void)
{
	unsigned a, b, c, d;

	return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_F16C) != 0;
}

static enum isa
detect(void)
{
	if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") ||
	    !converts_halves())
		return ISA_PLAIN;
	if (!__builtin_cpu_supports("avx512f") ||
	    !__builtin_cpu_supports("avx512bw"))
		return ISA_AVX2;
	if (!__builtin_cpu_supports("avx512bf16") ||
	    !__builtin_cpu_supports("avx512vnni"))
		return ISA_AVX512;
	return tiles_allowed() ? ISA_AMX : ISA_BF16;
}
#else
static enum isa
detect(void)
{
	return ISA_PLAIN;
}
#endif

static void
decide(void)
{
	const char *most = getenv("APPRENTICE_ISA");
	size_t i;

	here.isa = detect();
	if (most == NULL || *most == '\0')
		return;
	for (i = 0; i < NAMES && strcmp(most, names[i]) != 0; i++)
		;
	if (i == NAMES)
		here.wrong = most;
	else if (i < (size_t)here.isa)
		here.isa = (enum isa)i;
}

enum isa
isa_here(void)
{
	(void)pthread_once(&here.once, decide);
	return here.isa;
}

int
isa_ready(void)
{
	(void)isa_here();
	if (here.wrong != NULL)
		return fail("APPRENTICE_ISA=%.32s: not one of plain, avx2, "
			    "avx512, bf16, amx",
		    here.wrong);
	return 0;
}

const char *
isa_name(enum isa isa)
{
	return names[isa];
}
