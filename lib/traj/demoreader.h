/* SPDX-License-Identifier: MIT */
/*
 * demoreader: files to demonstrations, one document at a time, in a format or
 * with a mapping that is given as text.
 *
 *	struct demoreader r = { .system = system };
 *	rc = demoreader_parse("csv", &r);		// the type of options
 *	demoreader_open(&r, files, n);
 *	while ((rc = demoreader_next(&r)) != 0)
 *		if (rc > 0)
 *			... r.demo, valid until the next call ...
 *	demoreader_close(&r);
 */
#ifndef TRAJ_DEMOREADER_H
#define TRAJ_DEMOREADER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "traj/demo.h"
#include "traj/document.h"

struct demoreader {
	enum document_format format;
	struct demo_map *map; /* owned; NULL: none */
	const char *system;   /* of demo_read; borrowed */
	struct demo demo;
	struct documents *docs;
	struct json *document;
	uint64_t documents; /* read so far, those without an answer too */
	uint64_t skipped;   /* documents without an answer */
};

/* Set format or mapping. */
must_use int demoreader_parse(const char *, void *reader);
void demoreader_open(struct demoreader *, char *const *files, size_t n);
void demoreader_close(struct demoreader *);
/*
 * 1: the next document that has an answer.  0: there are no more.  -1: the
 * files cannot be read further.  -2: a bad document, after which the next one
 * can be read.
 */
must_use int demoreader_next(struct demoreader *);
/* Where the last document was found, for messages; borrowed. */
const char *demoreader_where(struct demoreader *);

#endif
