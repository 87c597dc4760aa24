/* SPDX-License-Identifier: MIT */
#include "cli/interrupt.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/par.h"
#include "cli/say.h"

static struct {
	pthread_mutex_t held;
	sigset_t signals;
	void (*save)(void *);
	void *arg;
} interrupt = { .held = PTHREAD_MUTEX_INITIALIZER };

static void *
wait_for_signal(void *unused)
{
	int sig;

	(void)unused;
	if (sigwait(&interrupt.signals, &sig) != 0)
		return NULL;
	interrupt_hold(); /* for good */
	par_alone();
	interrupt.save(interrupt.arg);
	(void)signal(sig, SIG_DFL);
	(void)pthread_sigmask(SIG_UNBLOCK, &interrupt.signals, NULL);
	(void)raise(sig);
	_exit(EXIT_FAILED);
}

void
interrupt_begin(void (*save)(void *), void *arg)
{
	static const int ending[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction act;
	pthread_t thread;
	size_t i;

	(void)sigemptyset(&interrupt.signals);
	for (i = 0; i < sizeof ending / sizeof *ending; i++)
		if (sigaction(ending[i], NULL, &act) == 0 &&
		    act.sa_handler != SIG_IGN)
			(void)sigaddset(&interrupt.signals, ending[i]);
	interrupt.save = save;
	interrupt.arg = arg;
	(void)pthread_sigmask(SIG_BLOCK, &interrupt.signals, NULL);
	if (pthread_create(&thread, NULL, wait_for_signal, NULL) == 0)
		(void)pthread_detach(thread);
	else /* signals end us as ever */
		(void)pthread_sigmask(SIG_UNBLOCK, &interrupt.signals, NULL);
}

void
interrupt_hold(void)
{
	(void)pthread_mutex_lock(&interrupt.held);
}

void
interrupt_allow(void)
{
	(void)pthread_mutex_unlock(&interrupt.held);
}
