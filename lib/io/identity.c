/* SPDX-License-Identifier: MIT */
#include "io/identity.h"

#include <stddef.h>

uint64_t
identity_of(const struct stat *st)
{
	const uint64_t part[] = { (uint64_t)st->st_dev, (uint64_t)st->st_ino,
		(uint64_t)st->st_size, (uint64_t)st->st_mtim.tv_sec,
		(uint64_t)st->st_mtim.tv_nsec };
	uint64_t x = 0;
	size_t i;

	for (i = 0; i < sizeof part / sizeof part[0]; i++) {
		x = (x ^ part[i]) * 0x9e3779b97f4a7c15u;
		x ^= x >> 32;
	}
	return x;
}

uint64_t
identity_at(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? identity_of(&st) : 0;
}
