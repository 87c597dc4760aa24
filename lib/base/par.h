/* SPDX-License-Identifier: MIT */
/*
 * par: one pool of threads for the process.
 *
 * par_for(n, fn, arg) calls fn(i, arg) once for each i = 0 .. n-1, on the
 * pool's threads and the caller's, and returns when all calls are done.  Idle
 * threads sleep on a condition variable, because in a pipeline the other
 * tools need the processor.  Tasks write disjoint memory and depend neither on
 * each other nor on the thread that runs them, so results do not depend on
 * the number of threads.  A par_for inside a task runs its tasks in place.
 *
 * BLAS uses one thread (tensor/gemm.c): products are split here.  The pool is
 * state of the process, like the threads themselves.
 */
#ifndef BASE_PAR_H
#define BASE_PAR_H

#include <stddef.h>

/*
 * Set the number of threads, the caller's included; call it before the first
 * par_for.  Fewer run if the system gives no more.
 */
void par_start(size_t threads);
/* The number of threads, at least 1. */
size_t par_threads(void);
void par_for(size_t n, void (*fn)(size_t i, void *arg), void *arg);
/*
 * From now on the calling thread, which is not the main one, runs its tasks by
 * itself: the pool serves one par_for at a time.
 */
void par_alone(void);

#endif
