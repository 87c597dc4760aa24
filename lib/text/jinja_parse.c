/* SPDX-License-Identifier: MIT */
/* Statements. */
#include "text/jinja_parse.h"

#include <string.h>

/* Names of tags at which a body ends. */
struct ends {
	const char *name[3];
};

static int parse_body(struct jparser *, const struct ends *, struct jnode **);

static int
end_block(struct jparser *p)
{
	if (p->t->kind != JTOKEN_BLOCK_END)
		return jparse_fail(p, "the end of the tag") == NULL ? -1 : 0;
	p->t++;
	return 0;
}

/* Close the tag that begins a body, read it, and consume the name at its end.
 */
static int
read_body(struct jparser *p, const struct ends *ends, struct jnode **body)
{
	if (end_block(p) != 0 || parse_body(p, ends, body) != 0)
		return -1;
	p->t++;
	return 0;
}

static struct jnode *
parse_for(struct jparser *p, struct jnode *n)
{
	static const struct ends ends = { { "endfor", "else" } },
				 last = { { "endfor" } };

	n->op = JOP_FOR;
	if ((n->a = jparse_target(p, false)) == NULL)
		return NULL;
	if (!jparse_name(p, "in"))
		return jparse_fail(p, "in");
	if ((n->b = jparse_tuple(p, false)) == NULL)
		return NULL;
	if (jparse_name(p, "if") && (n->c = jparse_expression(p)) == NULL)
		return NULL;
	if (jparse_is_name(p, "recursive"))
		return jparse_fail(p, "no recursive loop");
	p->loops++;
	if (read_body(p, &ends, &n->body) != 0)
		return NULL;
	p->loops--;
	if (strcmp(p->t[-1].p, "else") == 0 &&
	    read_body(p, &last, &n->other) != 0)
		return NULL;
	return n;
}

static struct jnode *
parse_if(struct jparser *p, struct jnode *n)
{
	static const struct ends ends = { { "endif", "elif", "else" } };
	struct jnodes branches = { 0 };
	struct jnode *branch;
	const char *name;

	n->op = JOP_IF;
	do {
		name = p->t[-1].p;
		branch = jnode_new(p->arena, JOP_BRANCH, p->t->line);
		if (*name != 'e' || strcmp(name, "elif") == 0)
			if ((branch->a = jparse_tuple(p, false)) == NULL)
				return NULL;
		if (read_body(p, &ends, &branch->body) != 0)
			return NULL;
		jnodes_add(&branches, branch);
		if (branch->a == NULL && strcmp(p->t[-1].p, "endif") != 0) {
			p->t--;
			return jparse_fail(p, "endif");
		}
	} while (strcmp(p->t[-1].p, "endif") != 0);
	n->list = branches.first;
	return n;
}

static struct jnode *
parse_set(struct jparser *p, struct jnode *n)
{
	static const struct ends ends = { { "endset" } };

	n->op = JOP_SET;
	if ((n->a = jparse_target(p, true)) == NULL)
		return NULL;
	if (jparse_operator(p, '=')) {
		n->b = jparse_tuple(p, true);
		return n->b != NULL ? n : NULL;
	}
	n->op = JOP_SET_BLOCK;
	if (jparse_operator(p, '|') &&
	    (n->b = jparse_filters(p, NULL, true)) == NULL)
		return NULL;
	return read_body(p, &ends, &n->body) == 0 ? n : NULL;
}

/* A body that is a function of its own, which no break leaves. */
static struct jnode *
apart(struct jparser *p, const struct ends *ends, struct jnode *n)
{
	const unsigned loops = p->loops;
	int rc;

	p->loops = 0;
	rc = read_body(p, ends, &n->body);
	p->loops = loops;
	return rc == 0 ? n : NULL;
}

static struct jnode *
parse_macro(struct jparser *p, struct jnode *n)
{
	static const struct ends ends = { { "endmacro" } };
	struct jnodes parameters = { 0 };

	n->op = JOP_MACRO;
	if (p->t->kind != JTOKEN_NAME)
		return jparse_fail(p, "the name of a macro");
	n->name = p->t++->p;
	if (jparse_parameters(p, &parameters) != 0)
		return NULL;
	n->list = parameters.first;
	return apart(p, &ends, n);
}

static struct jnode *
parse_call(struct jparser *p, struct jnode *n)
{
	static const struct ends ends = { { "endcall" } };
	struct jnodes parameters = { 0 };

	n->op = JOP_CALL_BLOCK;
	n->name = "caller";
	if (jparse_is_operator(p, '(') &&
	    jparse_parameters(p, &parameters) != 0)
		return NULL;
	n->list = parameters.first;
	if ((n->a = jparse_expression(p)) == NULL)
		return NULL;
	if (n->a->op != JOP_CALL)
		return jparse_fail(p, "a call");
	return apart(p, &ends, n);
}

static struct jnode *
parse_filter(struct jparser *p, struct jnode *n)
{
	static const struct ends ends = { { "endfilter" } };

	n->op = JOP_FILTER_BLOCK;
	n->a = jparse_filters(p, NULL, true);
	return n->a != NULL && read_body(p, &ends, &n->body) == 0 ? n : NULL;
}

static struct jnode *
parse_with(struct jparser *p, struct jnode *n)
{
	static const struct ends ends = { { "endwith" } };
	struct jnodes pairs = { 0 };
	struct jnode *target, *value;

	n->op = JOP_WITH;
	while (p->t->kind != JTOKEN_BLOCK_END) {
		if (pairs.first != NULL && !jparse_operator(p, ','))
			return jparse_fail(p, "a comma");
		if ((target = jparse_target(p, false)) == NULL)
			return NULL;
		if (!jparse_operator(p, '='))
			return jparse_fail(p, "=");
		if ((value = jparse_expression(p)) == NULL)
			return NULL;
		jnodes_add(&pairs, target);
		jnodes_add(&pairs, value);
	}
	n->list = pairs.first;
	return read_body(p, &ends, &n->body) == 0 ? n : NULL;
}

static struct jnode *
parse_generation(struct jparser *p, struct jnode *n)
{
	static const struct ends ends = { { "endgeneration" } };

	n->op = JOP_GENERATION;
	p->generation = true;
	return apart(p, &ends, n);
}

static struct jnode *
parse_jump(struct jparser *p, struct jnode *n)
{
	n->op = p->t[-1].p[0] == 'b' ? JOP_BREAK : JOP_CONTINUE;
	if (p->loops > 0)
		return n;
	(void)fail("line %u: %s outside of a loop", n->line, p->t[-1].p);
	return NULL;
}

static const struct {
	const char *name;
	struct jnode *(*parse)(struct jparser *, struct jnode *);
} statements[] = {
	{ "for", parse_for },
	{ "if", parse_if },
	{ "set", parse_set },
	{ "macro", parse_macro },
	{ "call", parse_call },
	{ "filter", parse_filter },
	{ "with", parse_with },
	{ "generation", parse_generation },
	{ "break", parse_jump },
	{ "continue", parse_jump },
};

static struct jnode *
parse_statement(struct jparser *p)
{
	struct jnode *n = jnode_new(p->arena, JOP_DATA, p->t->line);
	size_t i;

	for (i = 0; i < sizeof statements / sizeof statements[0]; i++)
		if (jparse_name(p, statements[i].name)) {
			n = statements[i].parse(p, n);
			return n != NULL && end_block(p) == 0 ? n : NULL;
		}
	if (p->t->kind != JTOKEN_NAME)
		return jparse_fail(p, "the name of a tag");
	(void)fail("line %u: the tag {%% %.40s %%} is not known", p->t->line,
	    p->t->p);
	return NULL;
}

static struct jnode *
parse_piece(struct jparser *p)
{
	struct jnode *n = jnode_new(p->arena, JOP_DATA, p->t->line);

	if (p->t->kind == JTOKEN_DATA) {
		n->value = jval_bytes(p->arena, p->t->p, p->t->n);
		p->t++;
		return n;
	}
	if (p->t++->kind == JTOKEN_BLOCK)
		return parse_statement(p);
	n->op = JOP_PRINT;
	if ((n->a = jparse_tuple(p, true)) == NULL)
		return NULL;
	if (p->t->kind != JTOKEN_PRINT_END)
		return jparse_fail(p, "}}");
	p->t++;
	return n;
}

static bool
at_end(const struct jparser *p, const struct ends *ends)
{
	size_t i;

	for (i = 0; i < 3 && ends != NULL && ends->name[i] != NULL; i++)
		if (p->t->kind == JTOKEN_BLOCK && p->t[1].kind == JTOKEN_NAME &&
		    strcmp(p->t[1].p, ends->name[i]) == 0)
			return true;
	return false;
}

/* Statements up to one of these tags, whose name is then the next token. */
static int
parse_body(struct jparser *p, const struct ends *ends, struct jnode **body)
{
	struct jnodes list = { 0 };
	struct jnode *n;

	if (++p->depth > JPARSE_DEPTH)
		return fail("line %u: nested deeper than %d", p->t->line,
		    JPARSE_DEPTH);
	while (!at_end(p, ends)) {
		if (p->t->kind == JTOKEN_END && ends == NULL)
			break;
		if (p->t->kind == JTOKEN_END)
			return fail("line %u: no {%% %s %%}", p->t->line,
			    ends->name[0]);
		if ((n = parse_piece(p)) == NULL)
			return -1;
		jnodes_add(&list, n);
	}
	p->depth--;
	if (ends != NULL)
		p->t++;
	*body = list.first;
	return 0;
}

struct jnode *
jparse_template(struct jparser *p, int *rc)
{
	struct jnode *body = NULL;

	*rc = parse_body(p, NULL, &body);
	return body;
}
