/* SPDX-License-Identifier: MIT */
/*
 * The table becomes getopt_long(3)'s (the only user of getopt.h): row i is
 * the long option with value LONG + i.  getopt takes unique beginnings of
 * long names; we do not, for a script that says --temp breaks on the day
 * that --template is added.
 */
#include "cli/opt.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/num.h"
#include "cli/cli.h"

enum { LONG = 256, WIDTH = 79, HELP_AT = 26 };

static bool
takes_value(const struct opt *o)
{
	return o->kind != OPT_FLAG && o->kind != OPT_HELP &&
	    o->kind != OPT_VERSION;
}

static const char *
meta(const struct opt *o)
{
	static const char *const by_kind
	    [] = { [OPT_UINT] = "N", [OPT_REAL] = "X", [OPT_NAME] = "NAME" };

	if (o->meta != NULL)
		return o->meta;
	if (o->kind == OPT_UINT || o->kind == OPT_REAL || o->kind == OPT_NAME)
		return by_kind[o->kind];
	return "ARG";
}

/* Append words of text, wrapped; column is where we stand. */
static void
wrap(struct buf *b, size_t column, size_t indent, const char *text)
{
	size_t n;

	for (; *text != '\0'; text += n) {
		text += strspn(text, " \n\t");
		n = strcspn(text, " \n\t");
		if (n == 0)
			break;
		if (column > indent && column + 1 + n > WIDTH) {
			buf_addf(b, "\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			buf_addc(b, ' ');
			column++;
		}
		buf_add(b, text, n);
		column += n;
	}
	buf_addc(b, '\n');
}

/* One form of the command, [FILE ...] and the like kept on a line. */
static void
add_form(struct buf *b, const char *head, const char *form, size_t n)
{
	char *text = mem_dup(form, n);
	size_t at = b->n;

	buf_addf(b, "%s%s ", head, cli_name());
	wrap(b, b->n - at, b->n - at, text);
	free(text);
}

static void
add_option(struct buf *b, const struct opt *o)
{
	size_t at = b->n, n;

	buf_adds(b, "  ");
	if (o->letter != 0)
		buf_addf(b, "-%c, ", o->letter);
	buf_addf(b, "--%s", o->name);
	if (takes_value(o))
		buf_addf(b, " %s", meta(o));
	n = b->n - at;
	if (n + 2 > HELP_AT)
		buf_addf(b, "  ");
	else
		buf_addf(b, "%*s", (int)(HELP_AT - n), "");
	n = b->n - at;
	wrap(b, n, n > HELP_AT && n > WIDTH / 2 ? HELP_AT : n, o->help);
}

static _Noreturn void
print(struct buf *b)
{
	if (fwrite(b->p, 1, b->n, stdout) != b->n || fflush(stdout) != 0) {
		(void)fail_sys("output");
		die();
	}
	buf_release(b);
	exit(EXIT_SUCCESS);
}

static _Noreturn void
help(const struct opt *opts, const char *synopsis)
{
	const char *head = "usage: ", *line = synopsis;
	struct buf b = { 0 };
	size_t n;

	do {
		n = strcspn(line, "\n");
		add_form(&b, head, line, n);
		head = "       ";
		line += n;
	} while (*line++ == '\n');
	for (; opts->kind != OPT_END; opts++)
		add_option(&b, opts);
	print(&b);
}

static _Noreturn void
version(void)
{
	struct buf b = { 0 };

	buf_addf(&b, "%s %s\n", cli_name(), APPRENTICE_VERSION);
	print(&b);
}

/* Levenshtein's distance of two short names, in one row of the matrix. */
static size_t
distance(const char *a, size_t n, const char *b)
{
	enum { NAME_MAX_LEN = 64 };
	size_t row[NAME_MAX_LEN + 1], m = strlen(b), i, j, diagonal, up, best;

	if (n > NAME_MAX_LEN || m > NAME_MAX_LEN)
		return SIZE_MAX;
	for (j = 0; j <= m; j++)
		row[j] = j;
	for (i = 1; i <= n; i++) {
		diagonal = row[0];
		row[0] = i;
		for (j = 1; j <= m; j++) {
			up = row[j];
			best = diagonal + (a[i - 1] != b[j - 1]);
			best = up + 1 < best ? up + 1 : best;
			row[j] = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
			diagonal = up;
		}
	}
	return row[m];
}

/* What was probably meant: the beginning of a name, or two letters off. */
static const char *
nearest(const struct opt *opts, const char *typed, size_t n)
{
	const char *found = NULL;
	size_t least = 3, d;

	for (; opts->kind != OPT_END; opts++) {
		d = distance(typed, n, opts->name);
		if (n > 2 && strncmp(typed, opts->name, n) == 0)
			d = 1;
		if (d < least && d < n) {
			least = d;
			found = opts->name;
		}
	}
	return found;
}

static _Noreturn void
unknown_long(const struct opt *opts, const char *typed)
{
	size_t n = strcspn(typed + 2, "=");
	const char *guess = nearest(opts, typed + 2, n);

	if (guess != NULL)
		warn("unknown option --%.*s; did you mean --%s?",
		    n < 64 ? (int)n : 64, typed + 2, guess);
	else
		warn("unknown option --%.*s", n < 64 ? (int)n : 64, typed + 2);
	die_usage("try %s -h", cli_name());
}

static _Noreturn void
unknown_letter(int c)
{
	warn(c > ' ' && c < 127 ? "unknown option -%c" :
				  "unknown option \\x%02x",
	    (unsigned char)c);
	die_usage("try %s -h", cli_name());
}

/* The message of a failed value begins with it: "7: not between 0 and 1". */
static _Noreturn void
bad_value(const char *typed, const char *text)
{
	size_t n = strlen(text);

	if (strncmp(err_last(), text, n) == 0)
		die_usage("%s %s", typed, err_last());
	(void)fail_in("%s", text);
	die_usage("%s %s", typed, err_last());
}

static int
set_uint(const struct opt *o, const char *text)
{
	uint64_t lo = (uint64_t)o->lo, hi = UINT64_MAX;

	if (o->hi > o->lo && o->hi < 0x1p64)
		hi = (uint64_t)o->hi;
	return num_u64(text, lo, hi, o->value);
}

static int
set_real(const struct opt *o, const char *text)
{
	bool any = o->lo == 0.0 && o->hi == 0.0;

	return num_f64(text, any ? -__DBL_MAX__ : o->lo,
	    any ? __DBL_MAX__ : o->hi, o->value);
}

static int
set_name(const struct opt *o, const char *text)
{
	struct buf all = { 0 };
	size_t i;

	for (i = 0; o->names[i] != NULL; i++) {
		if (strcmp(o->names[i], text) == 0) {
			*(int *)o->value = (int)i;
			buf_release(&all);
			return 0;
		}
		buf_addf(&all, "%s%s", i > 0 ? ", " : "", o->names[i]);
	}
	(void)fail("%s: none of %s", text, buf_text(&all));
	buf_release(&all);
	return -1;
}

/* Put one option in its place; typed is how it was written. */
static void
set(const struct opt *o, const char *typed, const char *text)
{
	int r = 0;

	switch (o->kind) {
	case OPT_FLAG:
		*(bool *)o->value = true;
		break;
	case OPT_UINT:
		r = set_uint(o, text);
		break;
	case OPT_REAL:
		r = set_real(o, text);
		break;
	case OPT_TEXT:
		*(const char **)o->value = text;
		break;
	case OPT_NAME:
		r = set_name(o, text);
		break;
	case OPT_CUSTOM:
		r = o->parse(text, o->value);
		break;
	default:
		break;
	}
	if (r != 0)
		bad_value(typed, text);
	if (o->given != NULL)
		*o->given = true;
}

static size_t
count(const struct opt *opts)
{
	size_t n = 0;

	while (opts[n].kind != OPT_END)
		n++;
	return n;
}

/* getopt's view of the table; the caller frees both. */
static void
translate(const struct opt *opts, size_t n, struct option **longs,
    struct buf *shorts)
{
	size_t i;

	*longs = mem_alloc(n + 1, sizeof **longs);
	buf_addc(shorts, ':'); /* tell a missing value apart */
	for (i = 0; i < n; i++) {
		(*longs)[i].name = opts[i].name;
		(*longs)[i].has_arg = takes_value(&opts[i]);
		(*longs)[i].val = LONG + (int)i;
		if (opts[i].letter != 0)
			buf_addf(shorts, "%c%s", opts[i].letter,
			    takes_value(&opts[i]) ? ":" : "");
	}
	(void)buf_text(shorts);
}

static const struct opt *
row(const struct opt *opts, int c)
{
	if (c >= LONG)
		return &opts[c - LONG];
	while (opts->kind != OPT_END && opts->letter != c)
		opts++;
	return opts;
}

/* The element of argv that getopt has just taken as a long option. */
static const char *
element(char **argv)
{
	return optarg != NULL && optarg == argv[optind - 1] ? argv[optind - 2] :
							      argv[optind - 1];
}

/* What getopt found: c, or '?' and ':' with the option in optopt. */
static void
take(const struct opt *opts, const char *synopsis, int c, char **argv)
{
	int which = c == '?' || c == ':' ? optopt : c;
	const struct opt *o;
	char typed[68];

	if (c == '?' && which == 0)
		unknown_long(opts, argv[optind - 1]);
	o = row(opts, which);
	if (o->kind == OPT_END)
		unknown_letter(which);
	if (which >= LONG && strcspn(element(argv) + 2, "=") != strlen(o->name))
		unknown_long(opts, element(argv));
	if (which >= LONG)
		(void)snprintf(typed, sizeof typed, "--%.64s", o->name);
	else
		(void)snprintf(typed, sizeof typed, "-%c", o->letter);
	if (c == '?')
		die_usage("%s: takes no value", typed);
	if (c == ':')
		die_usage("%s: wants a value: %s", typed, meta(o));
	if (o->kind == OPT_HELP)
		help(opts, synopsis);
	if (o->kind == OPT_VERSION)
		version();
	set(o, typed, optarg);
}

int
opt_parse(const struct opt *opts, const char *synopsis, int argc, char **argv)
{
	size_t n = count(opts);
	struct option *longs;
	struct buf shorts = { 0 };
	int c;

	translate(opts, n, &longs, &shorts);
	opterr = 0;
	optind = 1;
	while ((c = getopt_long(argc, argv, shorts.p, longs, NULL)) != -1)
		take(opts, synopsis, c, argv);
	free(longs);
	buf_release(&shorts);
	return optind;
}
