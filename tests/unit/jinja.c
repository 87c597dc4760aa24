/* SPDX-License-Identifier: MIT */
/*
 * Templates, against what Jinja2 made of them (tests/peer/jinja.py): the text,
 * and in private characters the beginning and end of what is learnt.
 */
#include "text/jinja.h"

#include <stdlib.h>
#include <string.h>

#include "io/json.h"
#include "tests/tap.h"

enum { CONTEXTS = 8, NOW = 1767268800, LINE = 1 << 20 };

static const char begin_mark[] = "\xee\x80\x80", end_mark[] = "\xee\x80\x81";

struct context {
	struct json *line;
	const char *name;
};

static void
set_all(struct jinja_run *v, const struct json *values)
{
	void *it;

	for (it = json_next(values, NULL); it != NULL;
	     it = json_next(values, it))
		jinja_set(v, json_key(it, NULL),
		    jval_json(&v->arena, json_value(it), 1));
}

/* Render to out; false: it failed. */
static bool
render(const char *template, size_t n, const struct json *values,
    struct buf *out)
{
	struct jinja *t = jinja_new(template, n);
	struct jinja_run v;
	bool learnt = false;
	int rc = -1;
	size_t i;

	buf_reset(out);
	jinja_begin(&v);
	set_all(&v, values);
	if (t != NULL)
		rc = jinja_render(t, &v, NOW);
	for (i = 0; rc == 0 && i < v.parts; i++) {
		if (v.part[i].learnt != learnt)
			buf_adds(out, learnt ? end_mark : begin_mark);
		learnt = v.part[i].learnt;
		buf_add(out, v.part[i].p, v.part[i].n);
	}
	if (learnt)
		buf_adds(out, end_mark);
	(void)buf_text(out);
	jinja_end(&v);
	jinja_free(t);
	return rc == 0;
}

/* Without marks of nothing, and between blocks that touch. */
static void
join_marks(const char *p, size_t n, struct buf *out)
{
	size_t i;

	buf_reset(out);
	for (i = 0; i < n; i++) {
		if (n - i >= 6 &&
		    (memcmp(p + i, "\xee\x80\x81\xee\x80\x80", 6) == 0 ||
			memcmp(p + i, "\xee\x80\x80\xee\x80\x81", 6) == 0))
			i += 5;
		else
			buf_addc(out, p[i]);
	}
	(void)buf_text(out);
}

static void
check_line(const struct json *j, const struct context *contexts, size_t n)
{
	const char *name = json_text(json_get(j, "context"), NULL), *text;
	struct buf got = { 0 }, want = { 0 }, shown = { 0 };
	const struct json *values = NULL;
	const char *template, *words;
	size_t length, m = 0, i;
	bool rendered;

	template = json_text(json_get(j, "template"), &length);
	for (i = 0; i < n; i++)
		if (strcmp(contexts[i].name, name) == 0)
			values = json_get(contexts[i].line, "context");
	rendered = render(template, length, values, &got);
	text = json_text(json_get(j, "text"), &m);
	words = json_text(json_get(j, "error"), NULL);
	if (text != NULL)
		join_marks(text, m, &want);
	json_put_string(&shown, template, length < 200 ? length : 200);
	if (!ok(text == NULL ? !rendered && strstr(err_last(), words) != NULL :
			       rendered && got.n == want.n &&
			memcmp(got.p, want.p, got.n) == 0,
		"%s", buf_text(&shown)))
		printf("# wanted %s\n# found %s\n",
		    text != NULL ? want.p : words,
		    rendered ? got.p : err_last());
	buf_release(&got);
	buf_release(&want);
	buf_release(&shown);
}

static void
test_vectors(void)
{
	FILE *f = fopen("tests/peer/jinja.jsonl", "r");
	char *line = malloc(LINE);
	struct context contexts[CONTEXTS] = { { 0 } };
	struct json *j;
	size_t n = 0, lines = 0;

	while (f != NULL && fgets(line, LINE, f) != NULL) {
		j = json_parse(line, strlen(line));
		lines++;
		if (json_get(j, "name") != NULL) {
			contexts[n].line = j;
			contexts[n++].name =
			    json_text(json_get(j, "name"), NULL);
			continue;
		}
		check_line(j, contexts, n);
		json_free(j);
	}
	ok(lines > 1000, "%zu templates of Jinja2", lines - n);
	while (n > 0)
		json_free(contexts[--n].line);
	free(line);
	if (f != NULL)
		(void)fclose(f);
}

/* ---- origins */

/* Parts as "text{origin}"; values have the origins 1, 2, ... of their keys. */
static void
check_origins(const char *template, const char *json, const char *want)
{
	struct jinja *t = jinja_new(template, strlen(template));
	struct json *values = json_parse(json, strlen(json));
	struct buf out = { 0 };
	struct jinja_run v;
	uint32_t origin = 1;
	size_t i;
	void *it;

	jinja_begin(&v);
	for (it = json_next(values, NULL); it != NULL;
	     it = json_next(values, it))
		jinja_set(&v, json_key(it, NULL),
		    jval_json(&v.arena, json_value(it), origin++));
	if (t == NULL || jinja_render(t, &v, NOW) != 0)
		buf_adds(&out, err_last());
	for (i = 0; i < v.parts; i++) {
		buf_add(&out, v.part[i].p, v.part[i].n);
		if (i + 1 == v.parts ||
		    v.part[i + 1].origin != v.part[i].origin)
			buf_addf(&out, "{%u}", v.part[i].origin);
	}
	ok(strcmp(buf_text(&out), want) == 0, "%s: %s", template, out.p);
	buf_release(&out);
	jinja_end(&v);
	json_free(values);
	jinja_free(t);
}

static void
test_origins(void)
{
	static const char *const cases[][3] = {
		{ "a{{ x }}b", "{\"x\":\"X\"}", "a{0}X{1}b{0}" },
		{ "{{ 'a' + x + y ~ 'b' }}", "{\"x\":\"X\",\"y\":\"Y\"}",
		    "a{0}X{1}Y{2}b{0}" },
		{ "{{ (' ' + x + ' ') | trim }}", "{\"x\":\" X \"}", "X{1}" },
		{ "{{ ('a' + x)[1:] }}", "{\"x\":\"XYZ\"}", "XYZ{1}" },
		{ "{{ ('ab' + x)[1:3] }}", "{\"x\":\"XYZ\"}", "b{0}X{1}" },
		{ "{{ (x + ',' + y).split(',') | join('|') }}",
		    "{\"x\":\"X\",\"y\":\"Y\"}", "X{1}|{0}Y{2}" },
		{ "{{ x | replace('b', '<>') }}", "{\"x\":\"abc\"}",
		    "a{1}<>{0}c{1}" },
		{ "{{ ('a' + x) | upper }}", "{\"x\":\"b\"}", "A{0}B{1}" },
		{ "{{ x }}{{ y }}", "{\"x\":7,\"y\":true}", "7{1}True{2}" },
		{ "{{ x | tojson }}", "{\"x\":{\"k\":[1,\"a\"]}}",
		    "{\"k\": [1, \"a\"]}{1}" },
		{ "{{ x }}", "{\"x\":[1,\"a\"]}", "[1, 'a']{1}" },
		{ "{{ {'k': x} | tojson }}", "{\"x\":\"X\"}",
		    "{\"k\": {0}\"X\"{1}}{0}" },
		{ "{% set t %}a{{ x }}{% endset %}{{ t }}", "{\"x\":\"X\"}",
		    "a{0}X{1}" },
		{ "{% macro m(a) %}<{{ a }}>{% endmacro %}{{ m(x) }}",
		    "{\"x\":\"X\"}", "<{0}X{1}>{0}" },
		{ "{% for c in x %}{{ c }}.{% endfor %}", "{\"x\":\"ab\"}",
		    "a{1}.{0}b{1}.{0}" },
		{ "{{ x | length }}", "{\"x\":\"ab\"}", "2{0}" },
		{ "{{ x + 1 }}", "{\"x\":1}", "2{1}" },
		{ "{{ '%s!' % x }}", "{\"x\":\"X\"}", "X{1}!{0}" },
		{ "{{ x | indent(2, true) }}", "{\"x\":\"a\"}", "  {0}a{1}" },
		{ "{{ x * 2 ~ 'a' * 2 }}", "{\"x\":\"b\"}", "bb{1}aa{0}" },
	};
	size_t i;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
		check_origins(cases[i][0], cases[i][1], cases[i][2]);
}

/* ---- what is refused, by name and line */

static const char *const refused_cases[][2] = {
	{ "a\n{% include 'x' %}",
	    "line 2: the tag {% include %} is not known" },
	{ "\n\n{{ 1 | nosuch }}", "line 3: the filter nosuch is not known" },
	{ "{{ 1 is nosuch }}", "line 1: the test nosuch is not known" },
	{ "{{ cycler('a') }}", "line 1: cycler is not known here" },
	{ "{{ 'a'.center(3) }}", "line 1: str.center is not known here" },
	{ "{% for a in [1] %}\n{{ [].append(a) }}{% endfor %}",
	    "line 2: list.append is not known here" },
	{ "{{ nope.x }}", "line 1: 'nope' is undefined" },
	{ "{{ 'a' + 1 }}", "line 1: str + int" },
	{ "{{ range }}", "line 1: function has no text" },
	{ "{{ [1] | map('upper') }}", "line 1: iterator has no text" },
	{ "{% set m = [1] | map('string') %}{{ m | join }}"
	  "{{ m | join }}",
	    "line 1: an iterator is used twice" },
	{ "{{ raise_exception('only ' ~ 5) }}",
	    "the template refuses this: only 5" },
	{ "{% for i in [1] recursive %}{% endfor %}",
	    "line 1: expected no recursive loop, found recursive" },
	{ "\xff", "not UTF-8" },
	{ "{{ '\\N{DOT}' }}",
	    "line 1: a string has the escape \\N{DOT}' , which is not "
	    "known" },
	{ "{{ 9223372036854775807 + 1 }}",
	    "line 1: a whole number of more than 64 bits" },
	{ "{{ 0x1f }}", "line 1: a number begins with 0x" },
	{ "{{ [] | sort(attribute='a,b') }}",
	    "line 1: sort: several attributes are not known" },
	{ "{{ [0.1, 0.2, 0.3] | sum }}",
	    "line 1: sum: of more than two numbers, which are not "
	    "whole" },
	{ "{{ 9007199254740993 / 3 }}",
	    "line 1: a quotient of whole numbers of more than 53 "
	    "bits" },
	{ "{{ '9223372036854775808' | int }}",
	    "line 1: int: a whole number of more than 64 bits" },
	{ "{{ 1e30 | int }}",
	    "line 1: int: a whole number of more than 64 bits" },
	{ "{{ 'inf' | float }}", "line 1: float: a number that is not finite" },
	{ "{{ '\\uff11' | int }}",
	    "line 1: int: a number with digits or blanks that are not "
	    "ASCII" },
	{ "{{ ('<' | safe).replace('a', 'b') }}",
	    "line 1: replace: in a text that is marked as safe" },
	{ "{{ {}.keys() == {}.keys() }}",
	    "line 1: views of maps are not compared here" },
	{ "{{ (1).real }}", "line 1: function has no text" },
	{ "{{ range(3).stop }}", "line 1: function has no text" },
	{ "{% macro m() %}{% endmacro %}{{ m.name }}",
	    "line 1: function has no text" },
	{ "{{ ' a'.strip(chars='a') }}",
	    "line 1: strip: the argument chars is not known" },
	{ "{{ '\\\xc3\xa9' }}",
	    "line 1: a string has a backslash before a character that "
	    "is not ASCII" },
	{ "{{ strftime_now('%f') }}",
	    "line 1: strftime_now: a NUL or %f in a format is not "
	    "known" },
	{ "{{ '\\u00bd'.isdigit() }}",
	    "line 1: whether a character has a number is not known" },
	{ "{{ {1: 2, 'a': 3} | tojson(sort_keys=true) }}",
	    "line 1: str and int have no order" },
	{ "{{ [1] * 5000000 }}",
	    "line 1: a list of 1, 5000000 times, is too long" },
};

static void
test_refused(void)
{
	struct json *none = json_parse("{}", 2);
	struct buf out = { 0 };
	size_t i;
	bool rendered;

	for (i = 0; i < sizeof refused_cases / sizeof refused_cases[0]; i++) {
		rendered = render(refused_cases[i][0],
		    strlen(refused_cases[i][0]), none, &out);
		ok(!rendered && strcmp(err_last(), refused_cases[i][1]) == 0,
		    "refused: %s", rendered ? out.p : err_last());
	}
	buf_release(&out);
	json_free(none);
}

/* ---- hostile templates: each ends, with a message */

static void
hostile(const char *name, const char *template, size_t n)
{
	struct json *none = json_parse("{\"x\":\"x\"}", 9);
	struct buf out = { 0 };
	bool rendered = render(template, n, none, &out);

	ok(!rendered, "%s: %s", name, rendered ? "rendered" : err_last());
	buf_release(&out);
	json_free(none);
}

/* `times` times the same, between a beginning and an end. */
static void
hostile_deep(const char *begin, const char *part, const char *end)
{
	struct buf b = { 0 };
	size_t i;

	buf_adds(&b, begin);
	for (i = 0; i < 100000; i++)
		buf_adds(&b, part);
	buf_adds(&b, end);
	hostile(part, b.p, b.n);
	buf_release(&b);
}

/* A text of two million characters, each of them a part. */
#define DOUBLED \
	"{% set n = namespace(s='a') %}{% for i in range(21) %}" \
	"{% set n.s = n.s ~ n.s %}{% endfor %}"

static const char *const hostile_cases[] = {
	"{% for i in range(1000000000) %}x{% endfor %}",
	"{% for i in range(99999) %}{% for j in range(99999) %}"
	"{% endfor %}{% endfor %}",
	"{{ 'x' * 1000000000 }}",
	"{{ [1] * 1000000000 }}",
	"{{ 'x' * 9223372036854775807 }}",
	"{% set n = namespace(s='x') %}{% for i in range(99) %}"
	"{% set n.s = n.s ~ n.s %}{% endfor %}",
	"{% set n = namespace(s=[1]) %}{% for i in range(99) %}"
	"{% set n.s = n.s + n.s %}{% endfor %}",
	"{% set n = namespace(s=[]) %}{% for i in range(9999) %}"
	"{% set n.s = [n.s] %}{% endfor %}{{ n.s }}",
	"{% set n = namespace(s=[]) %}{% for i in range(199) %}"
	"{% set n.s = [n.s, n.s] %}{% endfor %}{{ n.s == n.s }}",
	"{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
	"{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
	"{{ 'a'.replace('', 'x' * 60000000) }}{{ 'x' * 60000000 }}",
	"{% set s = 'a' * 9999999 %}{% for i in range(99999) %}"
	"{% set t = s | replace('a', 'bb') %}{% endfor %}",
	"{% set s = 'ab' * 9999999 %}{% for i in range(99999) %}"
	"{{ 'c' in s }}{% endfor %}",
	"{% set s = 'ab' * 9999999 %}{% for i in range(99999) %}"
	"{{ s[::-1] }}{% endfor %}",
	"{{ ('a' * 9999999) | indent('a' * 9999999) | list | sort }}",
	"{{ range(99999) | list | tojson(indent='x' * 99999) }}",
	"{{ '%.99999f' % 1.5 }}",
	"{{ 10 ** 10 ** 10 }}",
	DOUBLED "{{ n.s.rfind(n.s[:1000000] ~ 'b') }}",
	DOUBLED "{{ n.s.rsplit(n.s[:1000000] ~ 'b') }}",
	DOUBLED "{{ n.s.rpartition(n.s[:1000000] ~ 'b') }}",
	DOUBLED "{% set d = {n.s: 1} %}"
		"{% for i in range(99999) %}{{ d[n.s] }}{% endfor %}",
	DOUBLED "{% set l = [n.s, n.s ~ 'a'] * 9999 %}"
		"{{ l | sort | length }}",
	"{{ 'a b c'.split(' ', -9223372036854775807 - 1)[5] + 1 }}",
	"{{ [1, 2][1::9223372036854775807] + 1 }}",
	"{{ 2.0 ** 99999 }}",
	"{{ -9223372036854775807 // 0 }}",
	"{{ strftime_now('%c' * 99999) }}",
	"{% for i in x %}",
	"{{ x",
	"{% raw %}",
	"{# x",
	"{{ \"x",
	"{{ 'x\\",
	"{%",
	"{{",
	"{{ x[",
	"{{ x | ",
};

static void
test_hostile(void)
{
	size_t i;

	for (i = 0; i < sizeof hostile_cases / sizeof hostile_cases[0]; i++)
		hostile(hostile_cases[i], hostile_cases[i],
		    strlen(hostile_cases[i]));
	hostile_deep("{{ ", "(", "");
	hostile_deep("{{ ", "[", "");
	hostile_deep("{{ ", "-", "1 }}");
	hostile_deep("{{ 1", "+ 1", " }}");
	hostile_deep("{{ x", ".x", " }}");
	hostile_deep("{{ x", " if x else x", " }}");
	hostile_deep("", "{% if x %}", "");
	hostile_deep("", "{% for x in x %}", "");
	hostile_deep("{{ x", " | upper", " }}");
	hostile_deep("{{ x", "()", " }}");
	hostile_deep("{% set ", "(", "x = 1 %}");
}

int
main(void)
{
	test_vectors();
	test_origins();
	test_refused();
	test_hostile();
	return tap_done();
}
