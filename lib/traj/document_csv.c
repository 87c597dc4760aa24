/* SPDX-License-Identifier: MIT */
/* Documents of CSV and TSV (RFC 4180). */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "traj/document_parts.h"

void
document_forget_columns(struct documents *d)
{
	size_t i;

	for (i = 0; i < d->columns; i++)
		free(d->column[i]);
	free(d->column);
	d->column = NULL;
	d->columns = 0;
}

/*
 * Read one field of CSV (RFC 4180) into text: 1, 0 at the end, -1.  *last: it
 * ends its row.
 */
static int
read_field(struct documents *d, char comma, bool *last)
{
	bool quoted = document_peek(d) == '"', ended = false;
	int c = document_peek(d);

	buf_reset(&d->text);
	if (c < 0)
		return c == -1 ? 0 : -1;
	d->begin += quoted;
	for (;; d->begin++) {
		c = document_peek(d);
		if (c == -2)
			return -1;
		if (c == -1 && quoted && !ended)
			return fail("%s: a quoted field does not end",
			    documents_where(d));
		d->line += c == '\n';
		if ((!quoted || ended) &&
		    (c == -1 || c == '\n' || c == comma)) {
			*last = c != comma;
			d->begin += c != -1;
			if (!quoted && d->text.n > 0 &&
			    d->text.p[d->text.n - 1] == '\r' && *last)
				d->text.n--;
			return 1;
		}
		if (quoted && !ended && c == '"') {
			d->begin++;
			ended = document_peek(d) != '"';
			d->begin--;
			if (!ended)
				d->begin++; /* "" is one quote */
			else
				continue;
		} else if (ended) {
			if (c == '\r')
				continue;
			return fail("%s: something follows a quoted field",
			    documents_where(d));
		}
		buf_addc(&d->text, (char)c);
		if (d->text.n > DOCUMENT_BYTES)
			return document_too_large(d);
	}
}

static int
read_columns(struct documents *d, char comma)
{
	bool last = false;
	int r;

	d->began = true;
	d->at = d->line + 1;
	while (!last) {
		r = read_field(d, comma, &last);
		if (r <= 0)
			return r;
		d->column =
		    realloc(d->column, (d->columns + 1) * sizeof *d->column);
		if (d->column == NULL)
			mem_exhausted();
		d->column[d->columns++] = mem_dup(d->text.p, d->text.n);
	}
	return 1;
}

/* Blanks belong to the first field; empty lines are no rows. */
static int
skip_line_ends(struct documents *d)
{
	int c;

	while ((c = document_peek(d)) == '\n' || c == '\r') {
		d->line += c == '\n';
		d->begin++;
	}
	return c;
}

int
document_next_row(struct documents *d, struct json **out)
{
	char comma = d->format == DOCUMENT_TSV ? '\t' : ',';
	struct buf json = { 0 };
	bool last = false;
	size_t n = 0;
	int r = 1;

	if (!d->began)
		r = read_columns(d, comma);
	if (r > 0 && (r = skip_line_ends(d)) < 0)
		return r == -1 ? 0 : -1;
	d->at = d->line + 1;
	for (; r > 0 && !last; n++) {
		r = read_field(d, comma, &last);
		if (r <= 0 || n >= d->columns)
			continue;
		buf_adds(&json, n > 0 ? "," : "{");
		json_put_string(&json, d->column[n], strlen(d->column[n]));
		buf_addc(&json, ':');
		json_put_string(&json, d->text.p, d->text.n);
		if (json.n > DOCUMENT_BYTES)
			r = document_too_large(d);
	}
	if (r > 0 && n != d->columns) {
		(void)fail("%s: %zu fields, the header has %zu",
		    documents_where(d), n, d->columns);
		r = -2;
	}
	buf_addc(&json, '}');
	if (r > 0) {
		buf_release(&d->text);
		d->text = json;
		return document_parse(d, out);
	}
	buf_release(&json);
	return r;
}
