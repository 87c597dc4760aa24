/* SPDX-License-Identifier: MIT */
#include "traj/document_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/archive.h"
#include "io/sniff.h"

enum {
	READ_BYTES = 1 << 16,
	HEAD_BYTES = 64 /* enough to recognize what is no document */
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

bool
document_format_find(const char *name, enum document_format *format)
{
	size_t i;

	for (i = 0; document_formats[i] != NULL; i++)
		if (strcmp(name, document_formats[i]) == 0) {
			*format = (enum document_format)i;
			return true;
		}
	return false;
}

struct documents *
documents_open(char *const *files, size_t n, enum document_format format)
{
	struct documents *d = mem_alloc(1, sizeof *d);

	d->in = archive_in_open(files, n);
	d->asked = format;
	d->p = mem_alloc(READ_BYTES, 1);
	return d;
}

void
documents_close(struct documents *d)
{
	if (d == NULL)
		return;
	archive_in_close(d->in);
	document_forget_columns(d);
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

int
document_refill(struct documents *d)
{
	ssize_t got;

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

int
document_too_large(struct documents *d)
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
		c = document_peek(d);
		if (c < 0)
			return c == -1 ? d->text.n > 0 : -1;
		newline = memchr(d->p + d->begin, '\n', d->end - d->begin);
		n = newline != NULL ? (size_t)(newline - d->p) - d->begin :
				      d->end - d->begin;
		buf_add(&d->text, d->p + d->begin, n);
		d->begin += n + (newline != NULL);
		if (d->text.n > DOCUMENT_BYTES)
			return document_too_large(d);
		if (newline != NULL)
			return 1;
	}
}

static bool
is_blank(int c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

int
document_skip_blanks(struct documents *d)
{
	int c;

	while (is_blank(c = document_peek(d))) {
		d->line += c == '\n';
		d->begin++;
	}
	return c;
}

/* ---- one document of each format: 1, 0, -1, -2 */

int
document_parse(struct documents *d, struct json **out)
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
			return document_parse(d, out);
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
		c = document_peek(d);
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
			return document_too_large(d);
	}
}

static int
next_element(struct documents *d, struct json **out)
{
	int c = document_skip_blanks(d);

	if (c == -2)
		return -1;
	if (!d->began) { /* the bracket that opens the list */
		d->began = true;
		d->begin++;
		c = document_skip_blanks(d);
		if (c == ']') {
			d->begin++;
			c = document_skip_blanks(d);
			return c == -1 ? 0 :
			    c == -2    ? -1 :
					 fail("%s: something follows the list",
					     documents_where(d));
		}
	} else if (c == ']' || c == ',') {
		d->begin++;
		if (c == ']') {
			c = document_skip_blanks(d);
			return c == -1 ? 0 :
			    c == -2    ? -1 :
					 fail("%s: something follows the list",
					     documents_where(d));
		}
		(void)document_skip_blanks(d);
	} else {
		return fail("%s: the list does not end", documents_where(d));
	}
	return read_element(d) < 0 ? -1 : document_parse(d, out);
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
	return document_parse(d, out);
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
	while ((c = document_peek(d)) >= 0) {
		buf_add(&d->text, d->p + d->begin, d->end - d->begin);
		d->begin = d->end;
		if (d->text.n > DOCUMENT_BYTES)
			return document_too_large(d);
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

static bool
named_json(const char *name)
{
	return named(name, ".json") || named(name, ".jsonl") ||
	    named(name, ".ndjson");
}

static int
fail_begins(struct documents *d)
{
	const size_t left = d->end - d->begin, shown = left < 24 ? left : 24;
	const char *p = d->p + d->begin, *end = memchr(p, '\n', shown);

	return fail("%s: its name says JSON, but it begins with \"%.*s\"",
	    documents_where(d), end != NULL ? (int)(end - p) : (int)shown, p);
}

/*
 * Refuse what is not what its name says.  A text may be anything, and so may a
 * file whose format the caller knows.
 */
static int
check_kind(struct documents *d)
{
	const size_t n = d->end - d->begin;
	const char *p = d->p + d->begin, *name = archive_in_where(d->in);
	const char *other = sniff_other(p, n);
	int c;

	if (d->asked != DOCUMENT_AUTO)
		return 0;
	if (other != NULL && !named(name, ".txt"))
		return fail("%s: %s, not demonstrations", documents_where(d),
		    other);
	if (!named_json(name))
		return 0;
	c = document_skip_blanks(d);
	if (c >= 0 && c != '{' && c != '[')
		return fail_begins(d);
	return c == -2 ? -1 : 0;
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
	if (check_no_stream(d) != 0 || check_kind(d) != 0)
		return -1;
	d->format = d->asked;
	if (d->asked == DOCUMENT_AUTO &&
	    (named(name, ".csv") || named(name, ".tsv")))
		d->format = named(name, ".csv") ? DOCUMENT_CSV : DOCUMENT_TSV;
	if (d->format != DOCUMENT_AUTO && d->format != DOCUMENT_JSON)
		return document_peek(d) == -2 ? -1 : 0;
	c = document_skip_blanks(d);
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
	document_forget_columns(d);
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
						 document_next_row(d, out) :
						 next_text(d, out);
		if (r != 0)
			return r;
		d->open = false;
	}
}
