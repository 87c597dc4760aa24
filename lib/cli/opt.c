/* SPDX-License-Identifier: MIT */
#include "cli/opt.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/help.h"
#include "cli/nearest.h"
#include "cli/optvalue.h"
#include "cli/say.h"
#include "cli/version.h"
#include "io/atomic.h"

struct parser {
	const struct opt *opts;
	const struct usage *usage;
	bool *given; /* of each row */
};

static bool
is_name(const char *name, const char *typed, size_t n)
{
	return name != NULL && strlen(name) == n && memcmp(name, typed, n) == 0;
}

/* The row with that long name or alias of n bytes, or NULL. */
static const struct opt *
by_name(const struct opt *o, const char *typed, size_t n)
{
	for (; o->kind != KIND_END; o++)
		if (is_name(o->name, typed, n) || is_name(o->alias, typed, n))
			return o;
	return NULL;
}

static const struct opt *
by_letter(const struct opt *o, char c)
{
	for (; o->kind != KIND_END; o++)
		if (o->letter == c)
			return o;
	return NULL;
}

/* The option that was probably meant, or NULL. */
static const struct opt *
nearest(const struct opt *o, const char *typed, size_t n)
{
	const struct opt *found = NULL;
	size_t least = SIZE_MAX, d;

	for (; o->kind != KIND_END; o++) {
		if (o->name == NULL)
			continue;
		d = name_distance(typed, n, o->name);
		if (o->alias != NULL && name_distance(typed, n, o->alias) < d)
			d = name_distance(typed, n, o->alias);
		if (d < least) {
			least = d;
			found = o;
		}
	}
	return found;
}

/* word: the option as it was typed, with its dashes. */
static _Noreturn void
unknown(const struct parser *p, const char *word)
{
	const char *name = word + strspn(word, "-");
	size_t n = strcspn(name, "=");
	const struct opt *guess = nearest(p->opts, name, n);
	char hint[128];

	if (guess != NULL)
		(void)snprintf(hint, sizeof hint, "did you mean --%s?",
		    guess->name);
	else
		(void)snprintf(hint, sizeof hint, "%.64s -h lists the options",
		    cli_name());
	n += (size_t)(name - word);
	die_usage_hint(hint, "unknown option %.*s", n < 66 ? (int)n : 66, word);
}

/* "did you mean", and the set of names where the message lacks it. */
static void
add_hints(const struct opt *o, const char *typed, const char *text,
    struct buf *hint)
{
	struct buf names = { 0 };
	size_t n = strcspn(text, ":"), length = 0;
	const char *guess;

	opt_names(o, " ", " ", &names);
	guess = nearest_word(buf_text(&names), text, n, &length);
	if (guess != NULL && length == n && memcmp(guess, text, n) == 0) {
		buf_release(&names); /* the name is right, its number is not */
		return;
	}
	if (guess != NULL)
		buf_addf(hint, "did you mean %.*s?\n", (int)length, guess);
	if (o->kind == KIND_CUSTOM && names.n > 0 &&
	    strstr(err_last(), names.p) == NULL)
		buf_addf(hint, "%s takes one of %s", typed, names.p);
	buf_release(&names);
}

/* The message of a failed value begins with it: "7: not between 0 and 1". */
static _Noreturn void
bad_value(const struct opt *o, const char *typed, const char *text)
{
	struct buf hint = { 0 };

	assert(text != NULL); /* setting a flag cannot fail */
	if (strncmp(err_last(), text, strlen(text)) != 0)
		(void)fail_in("%s", text);
	add_hints(o, typed, text, &hint);
	die_usage_hint(buf_text(&hint), "%s %s", typed, err_last());
}

static void
set(struct parser *p, const struct opt *o, const char *typed, const char *text)
{
	struct buf b = { 0 };

	if (o->kind == KIND_HELP || o->kind == KIND_VERSION) {
		if (o->kind == KIND_HELP)
			help_text(&b, p->opts, p->usage);
		else
			buf_addf(&b, "%s %s\n", cli_name(), APPRENTICE_VERSION);
		if (write_all(STDOUT_FILENO, b.p, b.n, "output") != 0)
			die();
		buf_release(&b);
		exit(EXIT_SUCCESS);
	}
	if (opt_takes_value(o) && text == NULL)
		die_usage("%s: missing value: %s", typed, opt_meta(o));
	if (opt_set(o, text) != 0)
		bad_value(o, typed, text);
	p->given[o - p->opts] = true;
	if (o->given != NULL)
		*o->given = true;
}

/* --name, --name=VALUE or --name VALUE; whether next was taken. */
static bool
take_long(struct parser *p, const char *word, const char *next)
{
	const char *name = word + 2, *equals = strchr(name, '=');
	size_t n = equals != NULL ? (size_t)(equals - name) : strlen(name);
	const struct opt *o = by_name(p->opts, name, n);
	char typed[72];

	if (o == NULL)
		unknown(p, word);
	(void)snprintf(typed, sizeof typed, "--%.*s", (int)n, name);
	if (!opt_takes_value(o) && equals != NULL)
		die_usage("%s: takes no value", typed);
	set(p, o, typed, equals != NULL ? equals + 1 : next);
	return opt_takes_value(o) && equals == NULL;
}

/* -x, -xyz, -xVALUE or -x VALUE; whether next was taken. */
static bool
take_letters(struct parser *p, const char *word, const char *next)
{
	const size_t n = strcspn(word + 1, "=");
	const struct opt *o;
	const char *c;
	char typed[] = "-x";

	if (n > 1 && by_name(p->opts, word + 1, n) != NULL)
		unknown(p, word); /* -lr: with one dash too few */
	for (c = word + 1; *c != '\0'; c++) {
		o = by_letter(p->opts, *c);
		typed[1] = *c;
		if (o == NULL)
			unknown(p,
			    nearest(p->opts, word + 1, n) != NULL ? word :
								    typed);
		if (!opt_takes_value(o)) {
			set(p, o, typed, NULL);
			continue;
		}
		set(p, o, typed, c[1] != '\0' ? c + 1 : next);
		return c[1] == '\0';
	}
	return false;
}

/* "--name", or "-x" where it has a letter. */
static void
add_option(struct buf *b, const struct opt *o)
{
	if (o->letter != 0)
		buf_addf(b, "-%c", o->letter);
	else
		buf_addf(b, "--%s", o->name);
}

/*
 * Is the option "name" given, or "name=value" set to that?  The option is
 * added to b.
 */
static bool
holds(const struct parser *p, const char *term, size_t n, struct buf *b)
{
	const size_t k = strcspn(term, "=|");
	const struct opt *o = by_name(p->opts, term, k);
	int value;

	assert(o != NULL);
	buf_adds(b, b->n > 0 ? " or " : "");
	add_option(b, o);
	if (k == n)
		return p->given[o - p->opts];
	buf_addf(b, " %.*s", (int)(n - k - 1), term + k + 1);
	memcpy(&value, o->value, sizeof value); /* -1: none is chosen */
	return value >= 0 && is_name(o->names[value], term + k + 1, n - k - 1);
}

/* The first of "a|b" that holds, or NULL, and then all of them in b. */
static const char *
first_that_holds(const struct parser *p, const char *terms, struct buf *b)
{
	size_t n;

	for (; *terms != '\0'; terms += n + (terms[n] == '|')) {
		n = strcspn(terms, "|");
		if (holds(p, terms, n, b))
			return terms;
	}
	return NULL;
}

/* Refuse a given option that by the rule, its row or group, has no effect. */
static void
check_effect(const struct parser *p, const struct opt *o,
    const struct opt *rule)
{
	struct buf name = { 0 }, needed = { 0 }, clash = { 0 };
	const char *why = rule->idle != NULL ? rule->idle(rule->setting) : NULL;
	const char *other;

	add_option(&name, o);
	(void)buf_text(&name);
	if (rule->needs != NULL &&
	    first_that_holds(p, rule->needs, &needed) == NULL)
		die_usage("%s has no effect without %s", name.p,
		    buf_text(&needed));
	if (rule->excludes != NULL &&
	    (other = first_that_holds(p, rule->excludes, &clash)) != NULL) {
		buf_reset(&clash);
		(void)holds(p, other, strcspn(other, "|"), &clash);
		die_usage("%s does not go with %s", name.p, buf_text(&clash));
	}
	if (why != NULL)
		die_usage("%s has no effect %s", name.p, why);
	buf_release(&name);
	buf_release(&needed);
	buf_release(&clash);
}

static void
check_required(const struct parser *p, const struct opt *o)
{
	struct buf name = { 0 };

	if (!o->required || p->given[o - p->opts])
		return;
	add_option(&name, o);
	opt_missing(p->usage, "option: %s %s", buf_text(&name), opt_meta(o));
}

/* All that can be checked when every option and operand is known. */
static void
check(const struct parser *p, int operands)
{
	const struct opt *o, *group = NULL;

	for (o = p->opts; o->kind != KIND_END; o++)
		check_required(p, o);
	for (o = p->opts; o->kind != KIND_END; o++) {
		if (o->kind == KIND_GROUP)
			group = o;
		if (!p->given[o - p->opts])
			continue;
		check_effect(p, o, o);
		if (group != NULL)
			check_effect(p, o, group);
	}
	if (operands == 0 && p->usage->operand != NULL)
		opt_missing(p->usage, "operand: %s", p->usage->operand);
}

static size_t
count_rows(const struct opt *o)
{
	size_t n = 0;

	while (o[n].kind != KIND_END)
		n++;
	return n;
}

int
opt_parse(const struct opt *opts, const struct usage *usage, int argc,
    char **argv)
{
	struct parser p = { opts, usage,
		mem_alloc(count_rows(opts) + 1, sizeof(bool)) };
	char **operand = mem_alloc((size_t)argc, sizeof *operand), *word;
	bool ended = false;
	int n = 0, i;

	for (i = 1; i < argc; i++) {
		word = argv[i];
		if (ended || word[0] != '-' || word[1] == '\0')
			operand[n++] = word;
		else if (strcmp(word, "--") == 0)
			ended = true;
		else if (word[1] == '-')
			i += take_long(&p, word, argv[i + 1]);
		else
			i += take_letters(&p, word, argv[i + 1]);
	}
	check(&p, n);
	memcpy(argv + argc - n, operand, (size_t)n * sizeof *operand);
	free(operand);
	free(p.given);
	return argc - n;
}

void
opt_missing(const struct usage *usage, const char *fmt, ...)
{
	struct buf hint = { 0 };
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	help_forms(&hint, usage, "usage: ", "usage: ");
	die_usage_hint(buf_text(&hint), "missing %s", text);
}
