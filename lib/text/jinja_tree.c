/* SPDX-License-Identifier: MIT */
#include "text/jinja_tree.h"

struct jnode *
jnode_new(struct jarena *a, enum jop op, uint32_t line)
{
	struct jnode *n = jarena_alloc(a, sizeof *n);

	n->op = op;
	n->line = line;
	return n;
}

struct jnode *
jnode_two(struct jarena *arena, enum jop op, uint32_t line, struct jnode *a,
    struct jnode *b)
{
	struct jnode *n = jnode_new(arena, op, line);

	n->a = a;
	n->b = b;
	return n;
}

void
jnodes_add(struct jnodes *list, struct jnode *n)
{
	if (list->first == NULL)
		list->first = n;
	else
		list->last->next = n;
	list->last = n;
}
