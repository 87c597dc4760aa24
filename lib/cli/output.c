/* SPDX-License-Identifier: MIT */
/*
 * -o FILE is written beside FILE and renamed by output_commit.  Until then
 * every end of the process removes it: die, and the signals by which people
 * and pipes end programs.  A FILE that is not a regular file (a FIFO,
 * /dev/null) cannot be replaced and is written in place; it then becomes
 * descriptor 1, and otherwise /dev/null does, so that a tool that waits
 * (io/wait.h) watches the output that it has.
 */
#include "cli/output.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/cli.h"
#include "io/atomic.h"

static struct {
	struct atomic *pending; /* -o, until it is committed */
	char *pending_name;     /* its file, for the signal handler */
	int special;            /* -o that is not a regular file, or 0 */
} output;

static const int ending[] = { SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM,
	SIGXCPU, SIGXFSZ, 0 };

static bool
to_stdout(const struct common *c)
{
	return c->output == NULL || strcmp(c->output, "-") == 0;
}

static void
become_stdout(int fd, const char *name)
{
	if (fd == -1 || dup2(fd, STDOUT_FILENO) == -1) {
		(void)fail_sys("%s", name);
		die();
	}
}

void
output_ready(const struct common *c)
{
	int null;

	if (to_stdout(c))
		return;
	null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	become_stdout(null, "/dev/null");
	(void)close(null);
}

void
output_abandon(void)
{
	if (output.pending != NULL)
		atomic_abort(output.pending);
	output.pending = NULL;
}

/* Only calls that are safe in a handler: unlink, signal, raise. */
static void
on_signal(int sig)
{
	(void)unlink(output.pending_name);
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

static int
open_aside(const char *path)
{
	const char *aside;

	atomic_sweep(path);
	output.pending = atomic_open(path);
	if (output.pending == NULL)
		die();
	aside = atomic_aside(output.pending);
	output.pending_name = mem_dup(aside, strlen(aside));
	catch_signals();
	return atomic_fd(output.pending);
}

static int
open_special(const char *path)
{
	int fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);

	if (fd == -1) {
		(void)fail_sys("%s", path);
		die();
	}
	become_stdout(fd, path);
	output.special = fd;
	return fd;
}

int
cli_out_fd(const struct common *c)
{
	struct stat st;

	if (to_stdout(c))
		return STDOUT_FILENO;
	if (stat(c->output, &st) == 0 && !S_ISREG(st.st_mode)) {
		if (S_ISDIR(st.st_mode))
			die_with("%s: is a directory", c->output);
		return open_special(c->output);
	}
	return open_aside(c->output);
}

void
output_commit(void)
{
	struct atomic *pending = output.pending;

	if (pending == NULL)
		return;
	output.pending = NULL; /* a commit that fails removes it as well */
	if (atomic_commit(pending, true) != 0)
		die();
	release_signals();
	free(output.pending_name);
	output.pending_name = NULL;
}

/* Late errors of a full or remote file system come from close(2). */
static void
close_output(int fd, const char *name)
{
	if (close(fd) == -1) {
		(void)fail_sys("%s", name);
		die();
	}
}

void
output_close(const struct common *c)
{
	if (output.special != 0)
		close_output(output.special, c->output);
	close_output(STDOUT_FILENO, "output");
}
