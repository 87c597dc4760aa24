/* SPDX-License-Identifier: MIT */
#include "cli/bytes.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"

enum { MOST = 50 }; /* 2^50 bytes */

int
opt_bytes(const char *text, void *value)
{
	static const char units[] = "KMGT";
	const size_t n = strlen(text);
	const char *unit = n > 0 ? strchr(units, text[n - 1]) : NULL;
	const int shift = unit != NULL ? 10 * (int)(unit - units + 1) : 0;
	char *digits = mem_dup(text, n - (shift > 0));
	uint64_t v;
	int r = num_u64(digits, 1, UINT64_C(1) << (MOST - shift), &v);

	if (r == 0)
		*(uint64_t *)value = v << shift;
	free(digits);
	return r;
}
