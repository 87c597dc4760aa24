/* SPDX-License-Identifier: MIT */
/*
 * par: one pool of threads for the process.
 *
 * par_for(n, fn, arg) calls fn(i, arg) for i = 0 .. n-1, each exactly once,
 * on the pool's threads and the caller's, and returns when all are done.
 * Waiting threads sleep on a condition variable: in a pipeline the other
 * tools need the processor.  Tasks must write disjoint memory and must not
 * depend on each other or on who runs them, so results do not depend on the
 * number of threads.  A par_for inside a task runs its tasks in place.
 *
 * BLAS is told to use one thread (gemm.c): its products are split here.
 * The pool is process state, as the threads themselves are.
 */
#ifndef BASE_PAR_H
#define BASE_PAR_H

#include <stddef.h>

/* How many threads, the caller's included; once, before the first par_for. */
void par_start(size_t threads);
/* At least 1. */
size_t par_threads(void);
void par_for(size_t n, void (*fn)(size_t i, void *arg), void *arg);

#endif
