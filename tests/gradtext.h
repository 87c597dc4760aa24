/* SPDX-License-Identifier: MIT */
/* Gradient streams as text, for tests: files written by hand. */
#ifndef TESTS_GRADTEXT_H
#define TESTS_GRADTEXT_H

#include <stdio.h>
#include <stdlib.h>

#include "io/stream.h"

#define GRAD_FKL "\"objective\":\"fkl\",\"unit\":\"token\",\"weight\":1"
#define GRAD_RKL "\"objective\":\"rkl\",\"unit\":\"pair\",\"weight\":0.5"

/* Append a segment to a file: fields of the header, and "a" of two elements. */
static inline void
grad_text(const char *file, const char *head, double units, double a0,
    double a1)
{
	FILE *f = fopen(file, "a");

	if (f == NULL)
		exit(1);
	fprintf(f,
	    "{\"apprentice\":{\"kind\":\"grad\",\"version\":1,%s,"
	    "\"units\":%g}}\n{\"name\":\"a\",\"offset\":0,\"of\":2,"
	    "\"data\":[%g,%g]}\n{\"end\":{\"count\":1,\"more\":false}}\n",
	    head, units, a0, a1);
	(void)fclose(f);
}

/* Append an empty segment. */
static inline void
grad_empty(const char *file, const char *head)
{
	FILE *f = fopen(file, "a");

	if (f == NULL)
		exit(1);
	fprintf(f,
	    "{\"apprentice\":{\"kind\":\"grad\",\"version\":1,%s,"
	    "\"units\":0}}\n{\"end\":{\"count\":0,\"more\":false}}\n",
	    head);
	(void)fclose(f);
}

static inline struct stream_in *
grad_open(const char *file)
{
	char name[64], *names[] = { name };
	struct stream_in *in;

	(void)snprintf(name, sizeof name, "%s", file);
	in = stream_open(names, 1, STREAM_GRAD, false);
	if (in == NULL)
		exit(1);
	return in;
}

#endif
