/* SPDX-License-Identifier: MIT */
/*
 * err: how the library speaks of failure.
 *
 * A function that can fail returns 0 or -1 (a constructor: a pointer or
 * NULL) and fails by `return fail("...")`.  The words go into one message
 * per thread: errno with words, the only writable state of the library
 * beside the thread pool, BLAS (tensor/gemm.c) and what the processor is found
 * to be (isa.h) and set to (tensor/amx.c).  Callers may say where they
 * stand as the failure travels up, `return fail_in("record %zu", n)`, which
 * builds "demos.traj: record 12: field \"tokens\": expected an array".
 *
 * Messages: lower case, no full stop, the thing first, what was found and
 * what was expected.  They may quote hostile input: control characters are
 * replaced and the length is bounded here, once for all.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

#define must_use __attribute__((warn_unused_result))
#define printf_like(f, a) __attribute__((format(printf, f, a)))

/* Set the message; -1. */
int fail(const char *fmt, ...) printf_like(1, 2);
/* The same, with ": " and the words of errno. */
int fail_sys(const char *fmt, ...) printf_like(1, 2);
/* Put "where: " in front of the message; -1. */
int fail_in(const char *fmt, ...) printf_like(1, 2);
/* Nobody reads our output any longer: the tool shall end as by SIGPIPE; -1. */
int fail_pipe(void);

/* The last message, never NULL; and whether it was fail_pipe(). */
const char *err_last(void);
bool err_is_pipe(void);

#endif
