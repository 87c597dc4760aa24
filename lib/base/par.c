/* SPDX-License-Identifier: MIT */
#include "base/par.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

/* The job under way; workers wake when its number changes. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t wake, done;
	size_t threads;
	unsigned long job;
	void (*fn)(size_t, void *);
	void *arg;
	size_t n, running;
	atomic_size_t next;
} pool = { .lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER,
	.done = PTHREAD_COND_INITIALIZER, .threads = 1 };

static _Thread_local bool inside;

static void
take_tasks(void)
{
	size_t i;

	inside = true;
	while ((i = atomic_fetch_add(&pool.next, 1)) < pool.n)
		pool.fn(i, pool.arg);
	inside = false;
}

static void *
worker(void *unused)
{
	unsigned long seen = 0;

	(void)unused;
	for (;;) {
		pthread_mutex_lock(&pool.lock);
		while (pool.job == seen)
			pthread_cond_wait(&pool.wake, &pool.lock);
		seen = pool.job;
		pthread_mutex_unlock(&pool.lock);
		take_tasks();
		pthread_mutex_lock(&pool.lock);
		if (--pool.running == 0)
			pthread_cond_signal(&pool.done);
		pthread_mutex_unlock(&pool.lock);
	}
	return NULL;
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
par_for(size_t n, void (*fn)(size_t, void *), void *arg)
{
	size_t i;

	if (n <= 1 || pool.threads == 1 || inside) {
		for (i = 0; i < n; i++)
			fn(i, arg);
		return;
	}
	pthread_mutex_lock(&pool.lock);
	pool.fn = fn;
	pool.arg = arg;
	pool.n = n;
	atomic_store(&pool.next, 0);
	pool.running = pool.threads - 1;
	pool.job++;
	pthread_cond_broadcast(&pool.wake);
	pthread_mutex_unlock(&pool.lock);
	take_tasks();
	pthread_mutex_lock(&pool.lock);
	while (pool.running > 0)
		pthread_cond_wait(&pool.done, &pool.lock);
	pthread_mutex_unlock(&pool.lock);
}
