/* SPDX-License-Identifier: MIT */
/*
 * A job ends when its tasks are done, not when every thread has woken for it:
 * on a busy machine a thread often wakes after the others have done all the
 * work.  So one atomic word holds the job's number and the next task; a late
 * thread finds another number there and claims nothing.
 */
#include "base/par.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct job {
	uint32_t number;
	void (*fn)(size_t, void *);
	void *arg;
	size_t n;
};

/* The job under way; workers wake when its number changes. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t wake, done;
	size_t threads;
	struct job job;
	size_t finished;
	_Atomic uint64_t next; /* number of the job, index of the task */
} pool = { .lock = PTHREAD_MUTEX_INITIALIZER,
	.wake = PTHREAD_COND_INITIALIZER,
	.done = PTHREAD_COND_INITIALIZER,
	.threads = 1 };

static _Thread_local bool inside;

/* Run tasks of the job until none is left; returns how many. */
static size_t
take_tasks(const struct job *j)
{
	uint64_t at = atomic_load(&pool.next);
	size_t taken = 0;

	inside = true;
	while (at >> 32 == j->number && (uint32_t)at < j->n) {
		if (!atomic_compare_exchange_weak(&pool.next, &at, at + 1))
			continue;
		j->fn((uint32_t)at, j->arg);
		taken++;
		at = atomic_load(&pool.next);
	}
	inside = false;
	return taken;
}

static void *
worker(void *unused)
{
	struct job j = { 0 };
	size_t taken;

	(void)unused;
	for (;;) {
		pthread_mutex_lock(&pool.lock);
		while (pool.job.number == j.number)
			pthread_cond_wait(&pool.wake, &pool.lock);
		j = pool.job;
		pthread_mutex_unlock(&pool.lock);
		taken = take_tasks(&j);
		if (taken == 0)
			continue;
		pthread_mutex_lock(&pool.lock);
		pool.finished += taken;
		if (pool.finished == j.n)
			pthread_cond_signal(&pool.done);
		pthread_mutex_unlock(&pool.lock);
	}
	return NULL;
}

/* Wake as many threads as there are tasks besides the caller's. */
static void
wake(size_t n)
{
	if (n >= pool.threads - 1)
		pthread_cond_broadcast(&pool.wake);
	else
		while (n-- > 0)
			pthread_cond_signal(&pool.wake);
}

void
par_start(size_t threads)
{
	pthread_t id;

	while (pool.threads < threads) {
		if (pthread_create(&id, NULL, worker, NULL) != 0)
			return; /* fewer threads, the same results */
		pthread_detach(id);
		pool.threads++;
	}
}

size_t
par_threads(void)
{
	return pool.threads;
}

void
par_alone(void)
{
	inside = true;
}

void
par_for(size_t n, void (*fn)(size_t, void *), void *arg)
{
	struct job j;
	size_t i;

	if (n <= 1 || n > UINT32_MAX || pool.threads == 1 || inside) {
		for (i = 0; i < n; i++)
			fn(i, arg);
		return;
	}
	pthread_mutex_lock(&pool.lock);
	pool.job = j = (struct job){ pool.job.number + 1, fn, arg, n };
	pool.finished = 0;
	atomic_store(&pool.next, (uint64_t)j.number << 32);
	wake(n - 1);
	pthread_mutex_unlock(&pool.lock);
	i = take_tasks(&j);
	pthread_mutex_lock(&pool.lock);
	pool.finished += i;
	while (pool.finished < n)
		pthread_cond_wait(&pool.done, &pool.lock);
	pthread_mutex_unlock(&pool.lock);
}
