/* SPDX-License-Identifier: MIT */
/*
 * jinja_scan: the text of a template with a position, and the single token
 * inside of a tag.
 */
#ifndef TEXT_JINJA_SCAN_H
#define TEXT_JINJA_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "text/jinja_value.h"

enum jtoken_kind {
	JTOKEN_END,
	JTOKEN_DATA,
	JTOKEN_PRINT,     /* {{ */
	JTOKEN_PRINT_END, /* }} */
	JTOKEN_BLOCK,     /* {% */
	JTOKEN_BLOCK_END, /* %} */
	JTOKEN_NAME,
	JTOKEN_STRING,
	JTOKEN_INT,
	JTOKEN_REAL,
	JTOKEN_OPERATOR
};

struct jtoken {
	enum jtoken_kind kind;
	uint32_t line;
	const char *p; /* data, name or string, NUL-terminated if a name */
	size_t n;
	int64_t i;
	double x;
	int op; /* a character, or JTOKEN_TWO of two */
};

#define JTOKEN_TWO(a, b) ((a) << 8 | (b))

struct jscan {
	const char *p; /* [n], and a NUL */
	size_t n, at;
	uint32_t line;
};

/* Copy n bytes; CR LF and CR become newlines, one at the end is dropped. */
void jscan_init(struct jscan *, struct jarena *, const char *, size_t n);
char jscan_peek(const struct jscan *, size_t ahead); /* NUL at the end */
void jscan_skip(struct jscan *, size_t n);
void jscan_skip_space(struct jscan *);
/* Where the white space that ends at `to` begins; not before `from`. */
size_t jscan_before_space(const struct jscan *, size_t from, size_t to);
/* The token at the position, which is no white space. */
must_use int jscan_token(struct jscan *, struct jarena *, struct jtoken *);
/* Python's white space. */
bool jscan_is_space(uint32_t code);

#endif
