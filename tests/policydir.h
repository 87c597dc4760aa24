/* SPDX-License-Identifier: MIT */
/*
 * policydir: small policy directories, for the tests of what reads and
 * writes them.
 */
#ifndef TESTS_POLICYDIR_H
#define TESTS_POLICYDIR_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "io/atomic.h"
#include "nn/ckpt_parts.h"
#include "nn/commit.h"
#include "nn/config_new.h"
#include "nn/create.h"
#include "nn/family.h"
#include "nn/params_random.h"

/* What must not fail, or the test means nothing. */
static inline void
need(int rc)
{
	if (rc >= 0)
		return;
	printf("Bail out! %s\n", err_last());
	exit(1);
}

/* A small policy in dir. */
static inline void
make(const char *dir, enum family family, enum st_dtype dtype)
{
	const struct config_sizes d = { .family = family,
		.dim = 8,
		.layers = 2,
		.vocab = 11,
		.context = 16,
		.heads = 2 };
	struct config c;
	struct params p;
	const struct ckpt_new w = { &c, &p, dtype };

	need(config_new(&c, &d));
	params_init(&p, &c, NULL);
	params_alloc(&p);
	params_random(&p, &c, 1);
	need(ckpt_create(dir, &w));
	params_release(&p);
}

static inline size_t
count_files(const char *dir, const char *part)
{
	DIR *d = opendir(dir);
	const struct dirent *e;
	size_t n = 0;

	while (d != NULL && (e = readdir(d)) != NULL)
		n += e->d_name[0] != '.' && strstr(e->d_name, part) != NULL;
	if (d != NULL)
		(void)closedir(d);
	return n;
}

static inline void
drop(const char *dir)
{
	DIR *d = opendir(dir);
	const struct dirent *e;
	struct buf b = { 0 };

	while (d != NULL && (e = readdir(d)) != NULL)
		if (strncmp(e->d_name, "step-", 5) == 0 ||
		    strncmp(e->d_name, "synced-", 7) == 0) {
			buf_reset(&b);
			buf_addf(&b, "%s/%s", dir, e->d_name);
			remove_path(buf_text(&b));
		}
	if (d != NULL)
		(void)closedir(d);
	buf_release(&b);
	remove_path(dir);
}

static inline void
put_bytes(const char *path, const void *p, size_t n)
{
	struct atomic *a = atomic_open(path);

	need(a == NULL ? -1 : 0);
	need(atomic_write(a, p, n));
	need(atomic_commit(a, false));
}

static inline void
put(const char *path, const char *text)
{
	put_bytes(path, text, strlen(text));
}

#endif
