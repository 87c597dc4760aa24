/* SPDX-License-Identifier: MIT */
/*
 * jinja_tree: a template as nodes.
 */
#ifndef TEXT_JINJA_TREE_H
#define TEXT_JINJA_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "text/jinja_value.h"

enum jop {
	/* expressions */
	JOP_CONST,   /* value */
	JOP_NAME,    /* name */
	JOP_LIST,    /* list: the items */
	JOP_TUPLE,   /* list: the items */
	JOP_DICT,    /* list: key, value, key, value ... */
	JOP_ATTR,    /* a.name */
	JOP_ITEM,    /* a[b] */
	JOP_SLICE,   /* a[b:c:d], each of b, c and d may be NULL */
	JOP_CALL,    /* a(list of JOP_ARG) */
	JOP_FILTER,  /* a | name(list of JOP_ARG) */
	JOP_TEST,    /* a is name(list of JOP_ARG) */
	JOP_ARG,     /* a, with a name if it is a keyword argument */
	JOP_AND,     /* a and b */
	JOP_OR,      /* a or b */
	JOP_NOT,     /* not a */
	JOP_NEG,     /* -a */
	JOP_POS,     /* +a */
	JOP_MATH,    /* a op b */
	JOP_CONCAT,  /* list ~ ... */
	JOP_COMPARE, /* a, then list of JOP_OPERAND */
	JOP_OPERAND, /* op a */
	JOP_CHOICE,  /* a if b else c; c may be NULL */
	JOP_NSREF,   /* name.attr as a target of set; a: the JOP_NAME */
	/* statements */
	JOP_DATA,       /* value */
	JOP_PRINT,      /* {{ a }} */
	JOP_FOR,        /* for a in b if c: body, else other */
	JOP_IF,         /* list of JOP_BRANCH */
	JOP_BRANCH,     /* a (NULL: else), body */
	JOP_SET,        /* set a = b */
	JOP_SET_BLOCK,  /* set a: filter b or NULL, body */
	JOP_MACRO,      /* name, list of JOP_ARG with default a or NULL, body */
	JOP_CALL_BLOCK, /* call(list): a is the JOP_CALL, body */
	JOP_FILTER_BLOCK, /* a: the innermost filter has no operand; body */
	JOP_WITH,         /* list: target, value ...; body */
	JOP_GENERATION,   /* body */
	JOP_BREAK,
	JOP_CONTINUE
};

/* Operators of a comparison that are words. */
enum { JOP_IN = 1, JOP_NOT_IN = 2 };

struct jnode {
	enum jop op;
	uint32_t line;
	int sign; /* of JOP_MATH and JOP_OPERAND, as in a token */
	const char *name;
	struct jval value;
	struct jnode *a, *b, *c, *d;
	struct jnode *list, *body, *other;
	struct jnode *next; /* of a list or a body */
};

/* A list that is appended to: all zero is an empty one. */
struct jnodes {
	struct jnode *first, *last;
};

struct jnode *jnode_new(struct jarena *, enum jop, uint32_t line);
/* With its operands. */
struct jnode *jnode_two(struct jarena *, enum jop, uint32_t line,
    struct jnode *a, struct jnode *b);
void jnodes_add(struct jnodes *, struct jnode *);

#endif
