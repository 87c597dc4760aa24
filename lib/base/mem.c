/* SPDX-License-Identifier: MIT */
#include "base/mem.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * Under the address sanitizer blocks are allocated, so that it guards their
 * ends.  gcc and clang say differently that it is on.
 */
#if defined(__SANITIZE_ADDRESS__)
#define GUARDED_BLOCKS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GUARDED_BLOCKS 1
#endif
#endif

enum { ALIGN = 64, BLOCK_HEAD = ALIGN };
static const size_t BLOCK_PAGE = 2 << 20;

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
	void *p;

	if (n > (SIZE_MAX - ALIGN) / sizeof(float) ||
	    posix_memalign(&p, ALIGN, n > 0 ? n * sizeof(float) : ALIGN) != 0)
		mem_exhausted();
	memset(p, 0, n * sizeof(float));
	return p;
}

void *
mem_scratch(size_t n)
{
	void *p;

	if (posix_memalign(&p, ALIGN, n > 0 ? n : ALIGN) != 0)
		mem_exhausted();
	return p;
}

size_t
mem_block_bytes(size_t n)
{
	size_t size, unit;

	if (n > (SIZE_MAX - 3 * BLOCK_PAGE) / sizeof(float))
		mem_exhausted();
	size = n * sizeof(float) + BLOCK_HEAD;
	unit = size < BLOCK_PAGE / 2 ? 4096 : BLOCK_PAGE;
	return (size + unit - 1) / unit * unit;
}

/*
 * A map that begins at a huge page and, unless it is small, ends at one.  Its
 * size is stored in the first bytes; the caller's memory follows.
 */
void *
mem_block(size_t n)
{
#ifdef GUARDED_BLOCKS
	return mem_floats(n);
#else
	const size_t page = BLOCK_PAGE, size = mem_block_bytes(n);
	size_t slack;
	char *p;

	p = mmap(NULL, size + page, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		mem_exhausted();
	slack = (page - (uintptr_t)p % page) % page;
	if (slack > 0)
		(void)munmap(p, slack);
	if (slack < page)
		(void)munmap(p + slack + size, page - slack);
	p += slack;
	if (size % page == 0)
		(void)madvise(p, size, MADV_HUGEPAGE);
	memcpy(p, &size, sizeof size);
	return p + BLOCK_HEAD;
#endif
}

void
mem_block_free(void *block)
{
#ifdef GUARDED_BLOCKS
	free(block);
#else
	char *p = block;
	size_t size;

	if (p == NULL)
		return;
	p -= BLOCK_HEAD;
	memcpy(&size, p, sizeof size);
	(void)munmap(p, size);
#endif
}

void
mem_forget(const void *p, size_t n)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	const size_t before = (page - (uintptr_t)p % page) % page;
	const size_t pages = n > before ? (n - before) / page : 0;

	if (pages > 0)
		(void)madvise((char *)p + before, pages * page, MADV_DONTNEED);
}

size_t
mem_capacity(size_t cap, size_t want)
{
	size_t more = cap < 8 ? 8 : cap;

	if (want <= cap)
		return cap;
	while (more < want) {
		if (more > SIZE_MAX / 2)
			mem_exhausted();
		more *= 2;
	}
	return more;
}

void *
mem_extend(void *p, size_t *cap, size_t want, size_t size)
{
	const size_t more = mem_capacity(*cap, want);

	assert(size > 0);
	if (more == *cap)
		return p;
	if (more > SIZE_MAX / size)
		mem_exhausted();
	p = realloc(p, more * size);
	if (p == NULL)
		mem_exhausted();
	*cap = more;
	return p;
}

void *
mem_grow(void *p, size_t *cap, size_t want, size_t size)
{
	const size_t had = *cap;

	p = mem_extend(p, cap, want, size);
	if (*cap > had)
		memset((char *)p + had * size, 0, (*cap - had) * size);
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
