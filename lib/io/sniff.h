/* SPDX-License-Identifier: MIT */
/* sniff: what a file that is not a stream may be, by its first bytes. */
#ifndef IO_SNIFF_H
#define IO_SNIFF_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Whether n > 0 bytes look like the start of a file of demonstrations: text
 * (JSON, CSV), or an archive or compressed file, which may have some in it.
 * A web page is text too, but the answer is no.
 */
bool sniff_documents(const char *, size_t n);
/*
 * What n bytes are the start of, if that is a file of another kind that is
 * often taken for a set of data: "a Parquet file"; NULL if it is none.
 */
const char *sniff_other(const char *, size_t n);

#endif
