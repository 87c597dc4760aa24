/* SPDX-License-Identifier: MIT */
/*
 * err: how the library reports failure.
 *
 * A function that can fail returns 0 or -1 (a constructor: a pointer or
 * NULL), and fails by `return fail("...")`.  The message is kept per thread,
 * like errno.  It is the only writable state of the library besides the
 * thread pool, BLAS (tensor/gemm.c) and the processor's features (isa.h,
 * tensor/amx.c).  Callers add the place as the failure travels up: `return
 * fail_in("tensor %s", name)` puts "tensor NAME: " in front.
 *
 * Messages: lower case, no full stop, the thing first, what was found and
 * what was expected.  They may quote hostile input, so control characters are
 * replaced and the length is bounded.  A message that grows too long loses its
 * middle: the beginning says where, the end says why.
 *
 * The library names no options and no commands.  Where the user's next step
 * depends on what went wrong, the failure has a kind, which the tools turn
 * into a hint (cli/hint.h).
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

#define must_use __attribute__((warn_unused_result))
#define printf_like(f, a) __attribute__((format(printf, f, a)))

/* What went wrong, where a tool can say what to do next. */
enum err_kind {
	ERR_OTHER,
	ERR_PIPE,         /* nobody reads our output any longer */
	ERR_DOCUMENTS,    /* a stream was expected; these are demonstrations */
	ERR_TRAJECTORIES, /* demonstrations were expected; this is a stream */
	ERR_NO_DIRECTORY, /* a policy's directory is not there */
	ERR_RUN,          /* a run's folder in the place of a policy's */
	ERR_NO_SCORE,     /* a record without the field "score" */
	ERR_NO_REFERENCE, /* neither a reference nor its log-probabilities */
	ERR_ESTIMATOR,    /* a role that the estimator does not take */
	ERR_RATIO,   /* scores of too little detail; about: what can use them */
	ERR_NO_LOGP, /* a record without log pi, and no policy at hand */
	ERR_DIVERGED,    /* a gradient in training is not finite */
	ERR_STALE,       /* a gradient of an older step of the policy */
	ERR_TOKENIZER,   /* records of another tokenizer; about: the policy */
	ERR_FIELDS,      /* a document's fields are not known; about: a guess */
	ERR_ADAPTERS,    /* a base has adapters itself; about: the base */
	ERR_NOT_FROZEN,  /* trained weights in INT8; about: the policy */
	ERR_NO_TEMPLATE, /* a conversation, and no chat template */
	ERR_NO_AVERAGE,  /* no average beside a policy; about: it */
	ERR_LINKED_WEIGHTS, /* links, or other parts, would be lost */
	ERR_DAMAGED         /* a file is there, but not whole */
};

/* Set the message; -1. */
int fail(const char *fmt, ...) printf_like(1, 2);
/* The same, with ": " and the words of errno. */
int fail_sys(const char *fmt, ...) printf_like(1, 2);
/* The same as fail, with a kind; about (copied, cut) is for its hint. */
int fail_kind(enum err_kind, const char *about, const char *fmt, ...)
    printf_like(3, 4);
/* Put a place and ": " in front of the message, if it does not begin so, and
 * keep its kind; -1. */
int fail_in(const char *fmt, ...) printf_like(1, 2);
/* Nobody reads our output, so the tool is to end as by SIGPIPE; -1. */
int fail_pipe(void);

/* The last message, its subject (neither is NULL) and its kind. */
const char *err_last(void);
const char *err_about(void);
enum err_kind err_last_kind(void);
bool err_is_pipe(void);

#endif
