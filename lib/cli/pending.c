/* SPDX-License-Identifier: MIT */
#include "cli/pending.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/atomic.h"

static struct {
	struct atomic *file; /* NULL: none */
	char *name;          /* of the bytes until then, for the handler */
} pending;

static const int ending[] = { SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM,
	SIGXCPU, SIGXFSZ, 0 };

/* Only calls that are safe in a handler: unlink, signal, raise. */
static void
on_signal(int sig)
{
	(void)unlink(pending.name);
	(void)signal(sig, SIG_DFL);
	(void)raise(sig);
}

static void
catch_signals(void)
{
	struct sigaction act = { .sa_handler = on_signal }, old;
	size_t i;

	for (i = 0; ending[i] != 0; i++)
		if (sigaction(ending[i], NULL, &old) == 0 &&
		    old.sa_handler != SIG_IGN) /* as nohup(1) wishes */
			(void)sigaction(ending[i], &act, NULL);
}

static void
release_signals(void)
{
	struct sigaction old;
	size_t i;

	for (i = 0; ending[i] != 0; i++)
		if (sigaction(ending[i], NULL, &old) == 0 &&
		    old.sa_handler == on_signal)
			(void)signal(ending[i], SIG_DFL);
}

int
pending_open(const char *path)
{
	const char *aside;

	atomic_sweep(path);
	pending.file = atomic_open(path);
	if (pending.file == NULL)
		return -1;
	aside = atomic_aside(pending.file);
	pending.name = mem_dup(aside, strlen(aside));
	catch_signals();
	return atomic_fd(pending.file);
}

int
pending_commit(void)
{
	struct atomic *file = pending.file;

	if (file == NULL)
		return 0;
	pending.file = NULL; /* a commit that fails removes it as well */
	if (atomic_commit(file, true) != 0)
		return -1;
	release_signals();
	free(pending.name);
	pending.name = NULL;
	return 0;
}

void
pending_abandon(void)
{
	if (pending.file != NULL)
		atomic_abort(pending.file);
	pending.file = NULL;
}
