/* SPDX-License-Identifier: MIT */
/*
 * document: the documents in files, one after the other, each as a JSON
 * object, whatever the file is:
 *
 *   JSON lines     each line
 *   a JSON array   each element, without holding the array
 *   CSV, TSV       each row, an object by the names in the header
 *   text           {"text": ...}: the file, or with DOCUMENT_LINES each line
 *
 * What a file is, is found by looking: its first byte that is no blank, and
 * for CSV and TSV its name.  No document may be larger than 64 MiB.
 */
#ifndef TRAJ_DOCUMENT_H
#define TRAJ_DOCUMENT_H

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
enum { DOCUMENT_BYTES = 64 << 20 };

struct documents;

struct documents *documents_open(char *const *files, size_t n,
    enum document_format);
void documents_close(struct documents *);
/*
 * 1 and the next document, which the caller frees; 0 at the end; -1 and the
 * files cannot be read on; -2 and only this document is bad (a line that is
 * no JSON, say): the next may be asked for.
 */
must_use int documents_next(struct documents *, struct json **);
/* "FILE:LINE" or "FILE:MEMBER:LINE" of the last document, for messages. */
const char *documents_where(struct documents *);

#endif
