/* SPDX-License-Identifier: MIT */
/*
 * Mutated templates: each is rendered or refused, and what is rendered is
 * UTF-8.  The sanitizers see the rest.  The templates are those of the vectors
 * and, where they are, real ones.  The seed is fixed.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "base/utf8.h"
#include "io/atomic.h"
#include "io/json.h"
#include "tests/tap.h"
#include "text/jinja.h"

enum { LINE = 1 << 20, ROUNDS = 20000, FILE_BYTES = 1 << 20 };

struct pool {
	char **text;
	size_t n, cap, real; /* the real ones come last */
	struct json *context;
};

static void
add(struct pool *p, char *text)
{
	p->text = mem_grow(p->text, &p->cap, p->n + 1, sizeof *p->text);
	p->text[p->n++] = text;
}

static void
read_vectors(struct pool *p)
{
	FILE *f = fopen("tests/peer/jinja.jsonl", "r");
	char *line = malloc(LINE);
	const char *text;
	struct json *j;

	while (f != NULL && fgets(line, LINE, f) != NULL) {
		j = json_parse(line, strlen(line));
		text = json_text(json_get(j, "template"), NULL);
		if (text != NULL)
			add(p, mem_dup(text, strlen(text)));
		if (strcmp(json_text(json_get(j, "name"), NULL) != NULL ?
			    json_text(json_get(j, "name"), NULL) :
			    "",
			"chat") == 0)
			p->context = j;
		else
			json_free(j);
	}
	free(line);
	if (f != NULL)
		(void)fclose(f);
}

static void
read_real(struct pool *p)
{
	DIR *d = opendir("../shared/data/templates");
	const struct dirent *e;
	char path[512], *text;
	size_t n;

	while (d != NULL && (e = readdir(d)) != NULL) {
		(void)snprintf(path, sizeof path,
		    "../shared/data/templates/%.255s", e->d_name);
		text = strstr(e->d_name, ".jinja") != NULL ?
		    read_file(path, FILE_BYTES, &n) :
		    NULL;
		if (text != NULL)
			add(p, text);
		p->real += text != NULL;
	}
	if (d != NULL)
		(void)closedir(d);
}

static const char *const words[] = { "{{", "}}", "{%", "%}", "{#", "#}", "-",
	"(", ")", "[", "]", "{", "}", "|", ".", ",", ":", "=", "==", "~", "+",
	"*", "**", "%", "//", "'", "\"", "\\", "\n", " ", " if ", " else ",
	"{% if x %}", "{% endif %}", "{% for m in messages %}", "{% endfor %}",
	"{% set x = ", "{% macro m(a) %}", "{% endmacro %}", "m(1)",
	"{% break %}", "{% generation %}", "{% endgeneration %}", "messages",
	"[::-1]", "[1:]", "| list", "| join", "| tojson", "| length",
	"| map('upper')", "| sort", ".split('a')", ".items()", "loop.index",
	"namespace(a=1)", "range(9)", " in ", " is ", " not ", "99999999",
	"1e300", "\xc3\xa9", "\xff", "none", "true", "| indent", " % ",
	"| replace('a','')", ".x", "[0]", "caller()" };

/* Bytes a .. b of one template in place of a few of another, or a word. */
static void
mutate(const struct pool *p, struct rng *r, struct buf *out)
{
	const bool real = p->real > 0 && rng_below(r, 2) == 0;
	const char *from = p->text[real ? p->n - 1 - rng_below(r, p->real) :
					  rng_below(r, p->n)];
	const char *other;
	size_t n = strlen(from), at = rng_below(r, n + 1), skip, m, start;
	int edits = 1 + (int)rng_below(r, 4);

	buf_reset(out);
	buf_add(out, from, at);
	for (; edits > 0; edits--) {
		skip = rng_below(r, 12);
		skip = skip < n - at ? skip : n - at;
		if (rng_below(r, 3) > 0) {
			buf_adds(out,
			    words[rng_below(r,
				sizeof words / sizeof words[0])]);
		} else {
			other = p->text[rng_below(r, p->n)];
			m = strlen(other);
			start = rng_below(r, m + 1);
			buf_add(out, other + start,
			    rng_below(r, m - start + 1));
		}
		at += skip;
		skip = rng_below(r, n - at + 1);
		buf_add(out, from + at, skip);
		at += skip;
	}
	buf_add(out, from + at, n - at);
}

/* 1: rendered, 0: refused, -1: neither as it should be. */
static int
try(const struct buf *text, const struct json *context)
{
	struct jinja *t = jinja_new(text->p, text->n);
	struct jinja_run v;
	size_t i;
	void *it;
	int rc;

	if (t == NULL)
		return err_last()[0] != '\0' ? 0 : -1;
	jinja_begin(&v);
	for (it = json_next(context, NULL); it != NULL;
	     it = json_next(context, it))
		jinja_set(&v, json_key(it, NULL),
		    jval_json(&v.arena, json_value(it), 1));
	rc = jinja_render(t, &v, 0) == 0;
	for (i = 0; rc == 1 && i < v.parts; i++)
		if (!utf8_valid(v.part[i].p, v.part[i].n))
			rc = -1;
	if (rc == 0 && err_last()[0] == '\0')
		rc = -1;
	jinja_end(&v);
	jinja_free(t);
	return rc;
}

int
main(void)
{
	struct rng r = rng_at(1, 0, 0, "jinja", 0);
	struct pool p = { 0 };
	struct buf text = { 0 };
	size_t i, rendered = 0, bad = 0;
	int rc;

	read_vectors(&p);
	read_real(&p);
	ok(p.n > 0, "%zu templates", p.n);
	for (i = 0; p.n > 0 && i < ROUNDS; i++) {
		mutate(&p, &r, &text);
		rc = try(&text, json_get(p.context, "context"));
		rendered += rc > 0;
		bad += rc < 0;
	}
	ok(bad == 0, "%d mutations are rendered or refused", ROUNDS);
	ok(rendered > ROUNDS / 50, "some are rendered");
	printf("# %zu of %d rendered\n", rendered, ROUNDS);
	for (i = 0; i < p.n; i++)
		free(p.text[i]);
	free(p.text);
	json_free(p.context);
	buf_release(&text);
	return tap_done();
}
