/* SPDX-License-Identifier: MIT */
#include "base/mem.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
mem_exhausted(void)
{
	(void)fprintf(stderr, "%s: out of memory\n",
	    program_invocation_short_name);
	_Exit(1);
}

void *
mem_alloc(size_t n, size_t size)
{
	void *p = calloc(n > 0 ? n : 1, size > 0 ? size : 1);

	if (p == NULL)
		mem_exhausted();
	return p;
}

void *
mem_floats(size_t n)
{
	enum { ALIGN = 64 };
	void *p;

	if (n > (SIZE_MAX - ALIGN) / sizeof(float) ||
	    posix_memalign(&p, ALIGN, n > 0 ? n * sizeof(float) : ALIGN) != 0)
		mem_exhausted();
	memset(p, 0, n * sizeof(float));
	return p;
}

void *
mem_grow(void *p, size_t *cap, size_t want, size_t size)
{
	size_t more = *cap < 8 ? 8 : *cap;

	if (want <= *cap)
		return p;
	while (more < want) {
		if (more > SIZE_MAX / 2)
			mem_exhausted();
		more *= 2;
	}
	if (size != 0 && more > SIZE_MAX / size)
		mem_exhausted();
	p = realloc(p, more * size);
	if (p == NULL)
		mem_exhausted();
	memset((char *)p + *cap * size, 0, (more - *cap) * size);
	*cap = more;
	return p;
}

char *
mem_dup(const void *p, size_t n)
{
	char *s;

	if (n == SIZE_MAX)
		mem_exhausted();
	s = mem_alloc(n + 1, 1);
	if (n > 0)
		memcpy(s, p, n);
	return s;
}
