/* SPDX-License-Identifier: MIT */
/*
 * document_parts: declarations that the files of document share.
 */
#ifndef TRAJ_DOCUMENT_PARTS_H
#define TRAJ_DOCUMENT_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "io/archive.h"
#include "traj/document.h"

struct documents {
	struct archive_in *in;
	enum document_format asked, format; /* by the caller; of this file */
	bool open, eof, began;
	char *p; /* a window of the file; its bytes begin .. end-1 are unread */
	size_t begin, end;
	uint64_t line, at; /* lines read; first line of the document */
	struct buf text;   /* the document */
	struct buf where;  /* documents_where() */
	char **column;     /* names of CSV */
	size_t columns;
};

/* Read the next bytes of the file; returns as document_peek. */
int document_refill(struct documents *);

/* The next byte, not consumed: 0 .. 255; -1: the end of the file; -2: failed.
 */
static inline int
document_peek(struct documents *d)
{
	return d->begin < d->end ? (unsigned char)d->p[d->begin] :
				   document_refill(d);
}

/* The same, after blanks. */
int document_skip_blanks(struct documents *);
/* Fail because the document is larger than DOCUMENT_BYTES; -1. */
int document_too_large(struct documents *);
/* Parse the text of the document: 1, or -2 if it is not JSON. */
must_use int document_parse(struct documents *, struct json **);

/* The next row of CSV or TSV: 1, 0, -1 or -2, as documents_next. */
must_use int document_next_row(struct documents *, struct json **);
void document_forget_columns(struct documents *);

#endif
