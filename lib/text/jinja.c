/* SPDX-License-Identifier: MIT */
#include "text/jinja.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "text/jinja_lexer.h"
#include "text/jinja_parse.h"
#include "text/jinja_run.h"

enum { SOURCE_MAX = 4 << 20, TREE_BYTES = 256 << 20, RUN_BYTES = 256 << 20 };

struct jinja {
	struct jarena arena;
	const struct jnode *body;
	bool marks;
};

struct jinja *
jinja_new(const char *text, size_t n)
{
	struct jinja *j = mem_alloc(1, sizeof *j);
	struct jparser p = { .arena = &j->arena };
	int rc = -1;

	j->arena.limit = TREE_BYTES;
	if (n > SOURCE_MAX)
		(void)fail("a template of more than %d MiB", SOURCE_MAX >> 20);
	else if ((p.t = jtoken_read(&j->arena, text, n)) != NULL)
		j->body = jparse_template(&p, &rc);
	j->marks = p.generation;
	if (rc == 0)
		return j;
	jinja_free(j);
	return NULL;
}

void
jinja_free(struct jinja *j)
{
	if (j == NULL)
		return;
	jarena_release(&j->arena);
	free(j);
}

bool
jinja_marks(const struct jinja *j)
{
	return j->marks;
}

void
jinja_begin(struct jinja_run *v)
{
	struct jrun r = { .arena = &v->arena };

	*v = (struct jinja_run){ .arena.limit = RUN_BYTES };
	jscope_push(&r);
	v->scope = r.scope;
}

void
jinja_set(struct jinja_run *v, const char *name, struct jval value)
{
	struct jrun r = { .arena = &v->arena, .scope = v->scope };

	jscope_set(&r, name, value);
}

int
jinja_render(const struct jinja *j, struct jinja_run *v, int64_t now)
{
	struct jbuild out = { .arena = &v->arena };
	struct jrun r = { .arena = &v->arena,
		.scope = v->scope,
		.out = &out,
		.now = now };
	struct jval text;

	jscope_push(&r);
	if (jrun_exec(&r, j->body) != 0 || jbuild_end(&out, &text) != 0)
		return -1;
	v->part = text.u.text->part;
	v->parts = text.u.text->parts;
	v->n = text.u.text->n;
	return 0;
}

bool
jinja_asked(const struct jinja_run *v, const char *name)
{
	const struct jvariable *one;

	for (one = v->scope->variable; one != NULL; one = one->next)
		if (strcmp(one->name, name) == 0)
			return one->read;
	return false;
}

void
jinja_end(struct jinja_run *v)
{
	jarena_release(&v->arena);
}
