/* SPDX-License-Identifier: MIT */
/*
 * jinja_lexer: a template to tokens.
 *
 * White space around tags is removed as the tags say ({%- and -%}), and as
 * the options trim_blocks and lstrip_blocks do: the newline after a block or
 * comment, and the blanks before it on its line.  A newline at the end of the
 * template is dropped, and CR LF and CR are newlines.
 */
#ifndef TEXT_JINJA_LEXER_H
#define TEXT_JINJA_LEXER_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "text/jinja_scan.h"
#include "text/jinja_value.h"

/*
 * The tokens of a template, in the arena, the last one JTOKEN_END; NULL: bad
 * UTF-8 or syntax.
 */
const struct jtoken *jtoken_read(struct jarena *, const char *, size_t n);

#endif
