/* SPDX-License-Identifier: MIT */
/*
 * opttable: the options of a tool, as a table.
 *
 *	static const struct opt opts[] = {
 *		OPT_GROUP("Schedule"),
 *		OPT_NAME(0, "schedule", &a.schedule, "KIND", schedules,
 *		    "%s (constant)"),
 *		OPT_REAL(0, "floor", &a.floor, "F", 0, 1,
 *		    "final share of the rate (0)", .needs = "schedule"),
 *		...
 *		OPT_GROUP("Common"),
 *		OPT_BASIC(&a.common),
 *		OPT_LAST,
 *	};
 *
 * A row has letter, long name, where the value goes, metavariable, range or
 * names, and help; rarer members follow by name.  Parsing, -h, ranges, "did
 * you mean" and the refusal of options without effect come from the table.
 * In the help, %s stands for the option's set of names, and the default is in
 * parentheses at the end.
 */
#ifndef CLI_OPTTABLE_H
#define CLI_OPTTABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum opt_kind {
	KIND_FLAG,   /* bool */
	KIND_UINT,   /* uint64_t in [lo, hi] */
	KIND_REAL,   /* double in [lo, hi] */
	KIND_TEXT,   /* const char * */
	KIND_NAME,   /* int or enum: index in `names` */
	KIND_CUSTOM, /* parse(text, value): 0 or fail() */
	KIND_HELP,
	KIND_VERSION,
	KIND_GROUP, /* a heading of -h */
	KIND_END
};

struct opt {
	char letter;      /* 0: none */
	const char *name; /* long name, without dashes */
	enum opt_kind kind;
	void *value;
	const char *meta, *help;
	double lo, hi;            /* both 0: any */
	const char *const *names; /* KIND_NAME, CUSTOM; ends with NULL */
	int (*parse)(const char *text, void *value);
	/* KIND_CUSTOM: add the names it takes, separated by blanks; a colon
	 * ends a name that takes a parameter: "js jsd:B". */
	void (*list)(struct buf *);
	bool *given;       /* set when the option is given; may be NULL */
	const char *alias; /* an older long name, accepted but not listed */
	bool required;     /* must be given */
	/*
	 * When the option has an effect, by the names of others, "a|b".  One of
	 * `needs` must be given, or be set to a name where it says "a=name";
	 * none of `excludes` may be given.  idle(setting) returns why the
	 * option has no effect ("with -d dpo"), or NULL.  In the row of a group
	 * they hold for each of its options.
	 */
	const char *needs, *excludes;
	const char *(*idle)(int setting);
	int setting; /* what the option sets, as the tool numbers it */
};

/* A pointer for .value, of the type that the kind writes. */
#define OPT_TO(type, p) (void *)(1 ? (p) : (type *)NULL)
#define OPT_TO_NAME(p) \
	(void *)(sizeof(char[sizeof *(p) == sizeof(int) ? 1 : -1]) ? (p) : NULL)

/* The last argument is the help; further members may follow it. */
#define OPT_FLAG(c, long_name, to, ...) \
	{ \
		.letter = (c), .name = (long_name), .kind = KIND_FLAG, \
		.value = OPT_TO(bool, to), .help = __VA_ARGS__ \
	}
#define OPT_UINT(c, long_name, to, m, from, most, ...) \
	{ \
		.letter = (c), .name = (long_name), .kind = KIND_UINT, \
		.value = OPT_TO(uint64_t, to), .meta = (m), .lo = (from), \
		.hi = (most), .help = __VA_ARGS__ \
	}
#define OPT_REAL(c, long_name, to, m, from, most, ...) \
	{ \
		.letter = (c), .name = (long_name), .kind = KIND_REAL, \
		.value = OPT_TO(double, to), .meta = (m), .lo = (from), \
		.hi = (most), .help = __VA_ARGS__ \
	}
#define OPT_TEXT(c, long_name, to, m, ...) \
	{ \
		.letter = (c), .name = (long_name), .kind = KIND_TEXT, \
		.value = OPT_TO(const char *, to), .meta = (m), \
		.help = __VA_ARGS__ \
	}
#define OPT_NAME(c, long_name, to, m, set, ...) \
	{ \
		.letter = (c), .name = (long_name), .kind = KIND_NAME, \
		.value = OPT_TO_NAME(to), .meta = (m), .names = (set), \
		.help = __VA_ARGS__ \
	}
#define OPT_CUSTOM(c, long_name, to, m, function, ...) \
	{ \
		.letter = (c), .name = (long_name), .kind = KIND_CUSTOM, \
		.value = (to), .meta = (m), .parse = (function), \
		.help = __VA_ARGS__ \
	}
#define OPT_GROUP(...) \
	{ \
		.kind = KIND_GROUP, .help = __VA_ARGS__ \
	}
#define OPT_LAST \
	{ \
		.kind = KIND_END \
	}

/* What -h says around the options. */
struct usage {
	const char *synopsis; /* what follows "usage: TOOL "; a form a line */
	const char *about;    /* one sentence: what goes in, what comes out */
	const char *example;  /* a command line */
	const char *operand;  /* a required first operand: "P, a policy" */
};

#endif
