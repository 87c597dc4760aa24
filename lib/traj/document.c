/* SPDX-License-Identifier: MIT */
#include "traj/document.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "io/archive.h"

enum {
	READ_BYTES = 1 << 16,
	HEAD_BYTES = 16 /* enough to recognize a stream */
};

const char *const document_formats[] = {
	[DOCUMENT_AUTO] = "auto",
	[DOCUMENT_JSONL] = "jsonl",
	[DOCUMENT_JSON] = "json",
	[DOCUMENT_CSV] = "csv",
	[DOCUMENT_TSV] = "tsv",
	[DOCUMENT_TEXT] = "text",
	[DOCUMENT_LINES] = "lines",
	NULL,
};

struct documents {
	struct archive_in *in;
	enum document_format asked, format; /* by the caller; of this file */
	bool open, eof, began;
	char *p; /* a window of the file */
	size_t begin, end, cap;
	uint64_t line, at; /* lines read; first line of the document */
	struct buf text;   /* the document */
	struct buf where;
	char **column; /* of CSV */
	size_t columns;
};

struct documents *
documents_open(char *const *files, size_t n, enum document_format format)
{
	struct documents *d = mem_alloc(1, sizeof *d);

	d->in = archive_in_open(files, n);
	d->asked = format;
	d->p = mem_alloc(READ_BYTES, 1);
	return d;
}

static void
forget_columns(struct documents *d)
{
	size_t i;

	for (i = 0; i < d->columns; i++)
		free(d->column[i]);
	free(d->column);
	d->column = NULL;
	d->columns = 0;
}

void
documents_close(struct documents *d)
{
	if (d == NULL)
		return;
	archive_in_close(d->in);
	forget_columns(d);
	free(d->p);
	buf_release(&d->text);
	buf_release(&d->where);
	free(d);
}

const char *
documents_where(struct documents *d)
{
	buf_reset(&d->where);
	buf_adds(&d->where, archive_in_where(d->in));
	if (d->at > 0 && d->format != DOCUMENT_TEXT)
		buf_addf(&d->where, ":%" PRIu64, d->at);
	return buf_text(&d->where);
}

/* ---- bytes of the current file */

/* The next byte: 0 .. 255, -1 at the end, -2 on failure. */
static int
peek(struct documents *d)
{
	ssize_t got;

	if (d->begin < d->end)
		return (unsigned char)d->p[d->begin];
	if (d->eof)
		return -1;
	got = archive_in_read(d->in, d->p, READ_BYTES);
	if (got < 0)
		return -2;
	d->begin = 0;
	d->end = (size_t)got;
	d->eof = got == 0;
	return d->eof ? -1 : (unsigned char)d->p[0];
}

/* Read until HEAD_BYTES or the whole file are in the window. */
static int
read_head(struct documents *d)
{
	ssize_t got;

	while (!d->eof && d->end < HEAD_BYTES) {
		got =
		    archive_in_read(d->in, d->p + d->end, READ_BYTES - d->end);
		if (got < 0)
			return -1;
		d->end += (size_t)got;
		d->eof = got == 0;
	}
	return 0;
}

static int
too_large(struct documents *d)
{
	return fail("%s: a document of more than %d MiB", documents_where(d),
	    DOCUMENT_BYTES >> 20);
}

/* Read a line, without its newline, into text: 1, 0 at the end, -1. */
static int
read_line(struct documents *d)
{
	char *newline;
	size_t n;
	int c;

	buf_reset(&d->text);
	d->at = ++d->line;
	for (;;) {
		c = peek(d);
		if (c < 0)
			return c == -1 ? d->text.n > 0 : -1;
		newline = memchr(d->p + d->begin, '\n', d->end - d->begin);
		n = newline != NULL ? (size_t)(newline - d->p) - d->begin :
				      d->end - d->begin;
		buf_add(&d->text, d->p + d->begin, n);
		d->begin += n + (newline != NULL);
		if (d->text.n > DOCUMENT_BYTES)
			return too_large(d);
		if (newline != NULL)
			return 1;
	}
}

static bool
is_blank(int c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static int
skip_blanks(struct documents *d)
{
	int c;

	while (is_blank(c = peek(d))) {
		d->line += c == '\n';
		d->begin++;
	}
	return c;
}

/* ---- one document of each format: 1, 0, -1, -2 */

static int
parse(struct documents *d, struct json **out)
{
	*out = NULL;
	if (json_values(d->text.p, d->text.n) > JSON_VALUES_MAX)
		(void)fail("a document of more than %d values",
		    JSON_VALUES_MAX);
	else
		*out = json_parse(d->text.p, d->text.n);
	if (*out == NULL) {
		(void)fail_in("%s", documents_where(d));
		return -2;
	}
	return 1;
}

static int
next_jsonl(struct documents *d, struct json **out)
{
	size_t i;
	int r;

	for (;;) {
		r = read_line(d);
		if (r <= 0)
			return r;
		for (i = 0; i < d->text.n && is_blank(d->text.p[i]);)
			i++;
		if (i < d->text.n)
			return parse(d, out);
	}
}

/*
 * Read one element of a top-level array into text.  Its end is found by
 * counting brackets outside of strings.
 */
static int
read_element(struct documents *d)
{
	bool quoted = false, escaped = false;
	int c, depth = 0;

	buf_reset(&d->text);
	d->at = d->line + 1;
	for (;; d->begin++) {
		c = peek(d);
		if (c < 0)
			return c == -1 ? fail("%s: the list does not end",
					     documents_where(d)) :
					 -1;
		if (!quoted && depth == 0 && (c == ',' || c == ']'))
			return 1;
		d->line += c == '\n';
		if (quoted) {
			quoted = escaped || c != '"';
			escaped = !escaped && c == '\\';
		} else {
			quoted = c == '"';
			depth +=
			    (c == '{' || c == '[') - (c == '}' || c == ']');
		}
		if (quoted || !is_blank(c) || d->text.n > 0)
			buf_addc(&d->text, (char)c);
		if (d->text.n > DOCUMENT_BYTES)
			return too_large(d);
	}
}

static int
next_element(struct documents *d, struct json **out)
{
	int c = skip_blanks(d);

	if (c == -2)
		return -1;
	if (!d->began) { /* the bracket that opens the list */
		d->began = true;
		d->begin++;
		c = skip_blanks(d);
		if (c == ']') {
			d->begin++;
			c = skip_blanks(d);
			return c == -1 ? 0 :
			    c == -2    ? -1 :
					 fail("%s: something follows the list",
					     documents_where(d));
		}
	} else if (c == ']' || c == ',') {
		d->begin++;
		if (c == ']') {
			c = skip_blanks(d);
			return c == -1 ? 0 :
			    c == -2    ? -1 :
					 fail("%s: something follows the list",
					     documents_where(d));
		}
		(void)skip_blanks(d);
	} else {
		return fail("%s: the list does not end", documents_where(d));
	}
	return read_element(d) < 0 ? -1 : parse(d, out);
}

/*
 * Read one field of CSV (RFC 4180) into text: 1, 0 at the end, -1.  *last: it
 * ends its row.
 */
static int
read_field(struct documents *d, char comma, bool *last)
{
	bool quoted = peek(d) == '"', ended = false;
	int c = peek(d);

	buf_reset(&d->text);
	if (c < 0)
		return c == -1 ? 0 : -1;
	d->begin += quoted;
	for (;; d->begin++) {
		c = peek(d);
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
			ended = peek(d) != '"';
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
			return too_large(d);
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

static int
next_row(struct documents *d, struct json **out)
{
	char comma = d->format == DOCUMENT_TSV ? '\t' : ',';
	struct buf json = { 0 };
	bool last = false;
	size_t n = 0;
	int r = 1;

	if (!d->began)
		r = read_columns(d, comma);
	if (r > 0 && (r = skip_blanks(d)) < 0)
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
			r = too_large(d);
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
		return parse(d, out);
	}
	buf_release(&json);
	return r;
}

/* Make a document {"text": ...} of text. */
static int
wrap_text(struct documents *d, struct json **out)
{
	struct buf json = { 0 };

	buf_adds(&json, "{\"text\":");
	json_put_string(&json, d->text.p, d->text.n);
	buf_addc(&json, '}');
	buf_release(&d->text);
	d->text = json;
	return parse(d, out);
}

static int
next_text(struct documents *d, struct json **out)
{
	int c;

	if (d->format == DOCUMENT_LINES) {
		c = read_line(d);
		if (c > 0 && d->text.n > 0 && d->text.p[d->text.n - 1] == '\r')
			d->text.n--;
		return c <= 0 ? c : wrap_text(d, out);
	}
	buf_reset(&d->text);
	d->at = 1;
	while ((c = peek(d)) >= 0) {
		buf_add(&d->text, d->p + d->begin, d->end - d->begin);
		d->begin = d->end;
		if (d->text.n > DOCUMENT_BYTES)
			return too_large(d);
	}
	if (c == -2)
		return -1;
	return d->text.n == 0 ? 0 : wrap_text(d, out);
}

/* ---- files */

static bool
named(const char *name, const char *suffix)
{
	static const char *const packed[] = { "", ".gz", ".zst", ".xz", ".bz2",
		".lz4" };
	size_t n = strlen(name), m = strlen(suffix), k, i;

	for (i = 0; i < sizeof packed / sizeof packed[0]; i++) {
		k = strlen(packed[i]);
		if (n >= m + k && memcmp(name + n - k, packed[i], k) == 0 &&
		    memcmp(name + n - k - m, suffix, m) == 0)
			return true;
	}
	return false;
}

static bool
begins_with(const struct documents *d, const char *p, size_t n)
{
	return d->end - d->begin >= n && memcmp(d->p + d->begin, p, n) == 0;
}

/* Refuse a stream (apprentice-stream(5)), binary or as JSON lines. */
static int
check_no_stream(struct documents *d)
{
	static const char binary[] = "\x81\xaa"
				     "apprentice",
			  json[] = "{\"apprentice\":";

	if (!begins_with(d, binary, sizeof binary - 1) &&
	    !begins_with(d, json, sizeof json - 1))
		return 0;
	if (memmem(d->p, d->end, "\xa4kind\xa4grad", 10) != NULL ||
	    memmem(d->p, d->end, "\"kind\":\"grad\"", 13) != NULL)
		return fail("%s: a gradient, not demonstrations",
		    documents_where(d));
	return fail_kind(ERR_TRAJECTORIES, NULL,
	    "%s: a stream of trajectories, not demonstrations",
	    documents_where(d));
}

/* Skip the byte order mark of the file at hand and find its format. */
static int
open_format(struct documents *d)
{
	const char *name = archive_in_where(d->in);
	int c;

	if (read_head(d) != 0)
		return -1;
	if (begins_with(d, "\xef\xbb\xbf", 3))
		d->begin += 3;
	if (check_no_stream(d) != 0)
		return -1;
	d->format = d->asked;
	if (d->asked == DOCUMENT_AUTO &&
	    (named(name, ".csv") || named(name, ".tsv")))
		d->format = named(name, ".csv") ? DOCUMENT_CSV : DOCUMENT_TSV;
	if (d->format != DOCUMENT_AUTO && d->format != DOCUMENT_JSON)
		return peek(d) == -2 ? -1 : 0;
	c = skip_blanks(d);
	if (d->format == DOCUMENT_AUTO)
		d->format = c == '{' ? DOCUMENT_JSONL :
		    c == '['         ? DOCUMENT_JSON :
				       DOCUMENT_TEXT;
	else if (c != '[' && c >= 0)
		d->format = DOCUMENT_JSONL;
	return c == -2 ? -1 : 0;
}

static int
next_file(struct documents *d)
{
	int r = archive_in_next(d->in);

	if (r <= 0)
		return r;
	d->open = true;
	d->eof = d->began = false;
	d->begin = d->end = 0;
	d->line = d->at = 0;
	forget_columns(d);
	return open_format(d) != 0 ? -1 : 1;
}

int
documents_next(struct documents *d, struct json **out)
{
	int r;

	for (;;) {
		if (!d->open) {
			r = next_file(d);
			if (r <= 0)
				return r;
		}
		r = d->format == DOCUMENT_JSONL ? next_jsonl(d, out) :
		    d->format == DOCUMENT_JSON  ? next_element(d, out) :
		    d->format == DOCUMENT_CSV || d->format == DOCUMENT_TSV ?
						 next_row(d, out) :
						 next_text(d, out);
		if (r != 0)
			return r;
		d->open = false;
	}
}
