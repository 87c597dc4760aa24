/* SPDX-License-Identifier: MIT */
#include "text/jinja_builtin.h"

#include <string.h>

bool
jgiven(const struct jval *v)
{
	return v->kind != JUNDEFINED || v->u.missing != NULL;
}

/* The index of a name among words separated by blanks, or -1. */
static int
word_index(const char *words, const char *name)
{
	const size_t n = strlen(name);
	int i;

	for (i = 0; *words != '\0'; i++) {
		if (strncmp(words, name, n) == 0 &&
		    (words[n] == ' ' || words[n] == '\0'))
			return i;
		words += strcspn(words, " ");
		words += *words == ' ';
	}
	return -1;
}

static unsigned
count_words(const char *words)
{
	unsigned n = *words != '\0';

	for (; *words != '\0'; words++)
		n += *words == ' ';
	return n;
}

static int
bind(const struct jbuiltin *b, struct jcall *c)
{
	const struct jargs *args = c->args;
	unsigned most = count_words(b->parameters), i;
	int k;

	if (args->n > most)
		return fail("%s: %zu arguments, it takes %u", b->name, args->n,
		    most);
	for (i = 0; i < JCALL_ARGS; i++)
		c->arg[i] = i < args->n ? args->value[i] : jval_undefined(NULL);
	for (i = 0; i < args->names; i++) {
		k = word_index(b->parameters, args->named[i].name);
		if (k < 0)
			return fail("%s: the argument %.40s is not known",
			    b->name, args->named[i].name);
		if (jgiven(&c->arg[k]))
			return fail("%s: the argument %.40s is given twice",
			    b->name, args->named[i].name);
		c->arg[k] = args->named[i].value;
	}
	for (i = 0; i < b->needed; i++)
		if (!jgiven(&c->arg[i]))
			return fail("%s: needs %u arguments", b->name,
			    b->needed);
	return 0;
}

int
jbuiltin_call(struct jrun *r, const struct jbuiltin *b, const struct jval *self,
    const struct jargs *args, struct jval *out)
{
	struct jcall c = { .name = b->name, .self = self, .args = args };
	int rc = jrun_enter(r);

	if (rc == 0 && b->parameters != NULL)
		rc = bind(b, &c);
	if (rc == 0)
		rc = b->fn(r, &c, out);
	if (rc == 0 && jval_is_new(out))
		rc = jval_nest(out);
	jrun_leave(r);
	return rc;
}

int
jbuiltin_refuse(struct jrun *r, struct jcall *c, struct jval *out)
{
	(void)r;
	(void)out;
	return fail("%s.%s is not known here",
	    c->self != NULL ? jval_kind_name(c->self) : "a template", c->name);
}

const struct jbuiltin *
jbuiltin_find(const struct jbuiltin *b, size_t rows, const char *name)
{
	size_t i;

	for (i = 0; i < rows; i++)
		if (strcmp(b[i].name, name) == 0)
			return &b[i];
	return NULL;
}

struct jval
jfunction_new(struct jrun *r, const struct jbuiltin *b, const struct jval *self)
{
	struct jfunction *f = jarena_alloc(r->arena, sizeof *f);

	f->builtin = b;
	if (self != NULL)
		f->self = *self;
	return (struct jval){ .kind = JFUNCTION, .u.function = f };
}

int
jcall_text(const struct jcall *c, size_t i, const struct jtext **out)
{
	if (c->arg[i].kind != JTEXT) {
		(void)jval_unfit(&c->arg[i], "a text");
		return fail_in("%s", c->name);
	}
	*out = c->arg[i].u.text;
	return 0;
}

int
jcall_int(const struct jcall *c, size_t i, int64_t otherwise, int64_t *out)
{
	*out = otherwise;
	if (!jgiven(&c->arg[i]) || jval_integer(&c->arg[i], out))
		return 0;
	(void)jval_unfit(&c->arg[i], "a whole number");
	return fail_in("%s", c->name);
}

bool
jcall_truth(const struct jcall *c, size_t i, bool otherwise)
{
	return jgiven(&c->arg[i]) ? jval_truth(&c->arg[i]) : otherwise;
}
