/* SPDX-License-Identifier: MIT */
/*
 * jinja_builtin: functions, filters, tests and methods as rows of tables, and
 * how they and macros are called.
 */
#ifndef TEXT_JINJA_BUILTIN_H
#define TEXT_JINJA_BUILTIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "text/jinja_run.h"

enum { JCALL_ARGS = 5 };

struct jnamed {
	const char *name;
	struct jval value;
};

struct jargs {
	size_t n, names;
	struct jval *value;
	struct jnamed *named;
};

/* One call of something built in. */
struct jcall {
	const char *name;
	const struct jval *self; /* what a filter, test or method works on */
	const struct jargs *args;
	struct jval arg[JCALL_ARGS]; /* bound by the parameters of its row */
};

struct jbuiltin {
	const char *name;
	/*
	 * Names of the parameters with blanks between; NULL: any arguments.
	 * One that begins with / cannot be given by its name.
	 */
	const char *parameters;
	unsigned needed; /* how many have no default */
	int (*fn)(struct jrun *, struct jcall *, struct jval *out);
};

struct jfunction {
	const struct jbuiltin *builtin; /* or a macro: */
	struct jval self;
	const struct jnode *macro;
	struct jscope *scope; /* where it was defined */
};

const struct jbuiltin *jbuiltin_find(const struct jbuiltin *, size_t rows,
    const char *name);
/* A function value of a row; self is copied. */
struct jval jfunction_new(struct jrun *, const struct jbuiltin *,
    const struct jval *self);
must_use int jbuiltin_call(struct jrun *, const struct jbuiltin *,
    const struct jval *self, const struct jargs *, struct jval *out);
/* The fn of rows that are known but cannot be used. */
int jbuiltin_refuse(struct jrun *, struct jcall *, struct jval *);
/* Whether an argument was given. */
bool jgiven(const struct jval *);
/* An argument of a type, or what it is without one. */
must_use int jcall_text(const struct jcall *, size_t i, const struct jtext **);
must_use int jcall_int(const struct jcall *, size_t i, int64_t otherwise,
    int64_t *);
bool jcall_truth(const struct jcall *, size_t i, bool otherwise);

must_use int jargs_read(struct jrun *, const struct jnode *list,
    struct jargs *);
/* caller: of a call block, or NULL. */
must_use int jcall_value(struct jrun *, const struct jval *function,
    const struct jargs *, const struct jval *caller, struct jval *out);

struct jloop {
	size_t index, n;
	const struct jval *item; /* [n] */
	struct jval last;        /* of loop.changed() */
	bool changed;
};
must_use int jloop_attribute(struct jrun *, const struct jval *loop,
    const char *name, struct jval *out);

/* ---- tables */

must_use int jfilter_call(struct jrun *, const char *name, const struct jval *,
    const struct jargs *, struct jval *out);
must_use int jtest_call(struct jrun *, const char *name, const struct jval *,
    const struct jargs *, bool *out);
/* Rows of methods by kind; NULL: none of that name. */
const struct jbuiltin *jstring_method(const char *name);
const struct jbuiltin *jcontainer_method(const struct jval *, const char *name);
/* What Python has of other values, all of it refused. */
const struct jbuiltin *jvalue_method(const struct jval *, const char *name);
const struct jbuiltin *jsequence_filter(const char *name);
/* A name that every template has: 1, 0, or -1 if it cannot be used here. */
must_use int jglobal_find(struct jrun *, const char *name, struct jval *out);
/* Several texts joined: the filter and the method. */
must_use int jrun_join_all(struct jrun *, const struct jlist *,
    const struct jtext *between, struct jval *out);
must_use int jstring_replace(struct jrun *, const struct jtext *,
    const struct jtext *from, const struct jtext *to, int64_t most,
    struct jval *out);
/* The last place of sep[m] in p[n], or NULL; -1: that is too much work. */
must_use int jstring_last(struct jrun *, const char *p, size_t n,
    const char *sep, size_t m, const char **);
/* Strip characters of `chars` (NULL: white space) from the sides. */
must_use int jstring_strip(struct jrun *, const struct jtext *,
    const struct jtext *chars, bool left, bool right, struct jval *out);
/* Functions of rows. */
int jstring_split(struct jrun *, struct jcall *, struct jval *);
int jstring_lines(struct jrun *, struct jcall *, struct jval *);
int jstring_partition(struct jrun *, struct jcall *, struct jval *);
int jstring_find(struct jrun *, struct jcall *, struct jval *);
int jstring_count(struct jrun *, struct jcall *, struct jval *);
int jstring_is(struct jrun *, struct jcall *, struct jval *);
int jnumber_convert(struct jrun *, struct jcall *, struct jval *);
int jnumber_abs(struct jrun *, struct jcall *, struct jval *);
int jnumber_round(struct jrun *, struct jcall *, struct jval *);
int jorder_sort(struct jrun *, struct jcall *, struct jval *);
int jorder_map(struct jrun *, struct jcall *, struct jval *);
int jorder_extreme(struct jrun *, struct jcall *, struct jval *);
int jorder_unique(struct jrun *, struct jcall *, struct jval *);
/*
 * What a value is sorted or summed by: itself, or an attribute of it by a path
 * such as "a.b.0"; fold: in lower case.
 */
must_use int jsequence_by(struct jrun *, const struct jval *,
    const struct jval *path, bool fold, struct jval *out);
/* The pairs of a map. */
must_use int jsequence_pairs(struct jrun *, const struct jval *, struct jval *);
/* TITLE: as the method; WORDS: as the filter title. */
enum jcase {
	JCASE_UPPER,
	JCASE_LOWER,
	JCASE_CAPITALIZE,
	JCASE_TITLE,
	JCASE_WORDS
};
must_use int jstring_case(struct jrun *, const struct jtext *, enum jcase,
    struct jval *out);

#endif
