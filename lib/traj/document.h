/* SPDX-License-Identifier: MIT */
/*
 * document: read the documents of files one by one, each as a JSON object:
 *
 *   JSON lines     each line
 *   a JSON array   each element, without holding the array
 *   CSV, TSV       each row, with the names of the header
 *   text           {"text": ...}: the file, or with DOCUMENT_LINES each line
 *
 * DOCUMENT_AUTO detects CSV and TSV by the name of a file, and the others by
 * its first byte that is not blank.  Files may be compressed or in archives
 * (io/archive.h).  A document has at most 64 MiB.
 */
#ifndef TRAJ_DOCUMENT_H
#define TRAJ_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "io/json.h"

enum document_format {
	DOCUMENT_AUTO,
	DOCUMENT_JSONL,
	DOCUMENT_JSON,
	DOCUMENT_CSV,
	DOCUMENT_TSV,
	DOCUMENT_TEXT,
	DOCUMENT_LINES
};
/* Their names in order, and NULL after the last. */
extern const char *const document_formats[];

/* Find one by its name; false: there is none. */
bool document_format_find(const char *name, enum document_format *);

enum { DOCUMENT_BYTES = 64 << 20 };

struct documents;

/* n = 0, or a name "-", is standard input. */
struct documents *documents_open(char *const *files, size_t n,
    enum document_format);
void documents_close(struct documents *);
/*
 * 1: the next document, which the caller frees.  0: there are no more.
 * -1: the files cannot be read further; ERR_TRAJECTORIES if a file is a
 * stream of trajectories.  -2: this document is malformed, but the next one
 * can be read.
 */
must_use int documents_next(struct documents *, struct json **);
/*
 * "FILE:LINE" or "FILE:MEMBER:LINE" of the last document, for messages;
 * borrowed until the next call.
 */
const char *documents_where(struct documents *);

#endif
