/* SPDX-License-Identifier: MIT */
/*
 * What a tool does at its borders.
 *
 * Descriptors.  If 0, 1 or 2 is closed when we start, the next file opened
 * would take its place: a checkpoint would be read as stdin, or a message be
 * written into it.  So each is filled with /dev/null, opened the wrong way
 * round for 0 and 1, that using it fails as using a closed one does.
 *
 * Output.  -o FILE is written beside FILE and renamed by cli_end.  Until
 * then every end of the process removes it: die, and the signals by which
 * people and pipes end programs.  A FILE that is no regular file (a FIFO,
 * /dev/null) cannot be replaced and is written as it stands.  Who reads
 * descriptor 1 then does not matter: /dev/null takes its place, or that FIFO,
 * so that a tool that waits (io/wait.h) watches the output that it has.
 *
 * Messages are one write(2) each, so lines of the tools of one pipe do not
 * mingle.
 */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/isa.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/par.h"
#include "cli/hint.h"
#include "cli/say.h"
#include "io/atomic.h"

enum { EXIT_FAILED = 1, EXIT_USAGE = 2 };

static struct {
	const char *name;
	int argc;
	char **argv; /* a copy: opt_parse permutes the original */
	bool quiet, drawn;
	struct atomic *pending; /* -o, until it is committed */
	char *pending_name;     /* its file, for the signal handler */
	int special;            /* -o that is no regular file, or 0 */
} cli;

static const int ending[] = { SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM,
	SIGXCPU, SIGXFSZ, 0 };

static void
fill_descriptor(int fd, int flags)
{
	if (fcntl(fd, F_GETFD) != -1 || errno != EBADF)
		return;
	if (open("/dev/null", flags) != fd)
		_exit(EXIT_FAILED);
}

static void
unblock(int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
}

void
cli_begin(int argc, char **argv)
{
	const char *slash;

	fill_descriptor(STDIN_FILENO, O_WRONLY);
	fill_descriptor(STDOUT_FILENO, O_RDONLY);
	fill_descriptor(STDERR_FILENO, O_RDWR);
	(void)signal(SIGPIPE, SIG_DFL);
	unblock(SIGPIPE);
	if (argc < 1)
		_exit(EXIT_USAGE);
	slash = strrchr(argv[0], '/');
	cli.name = slash != NULL ? slash + 1 : argv[0];
	cli.argc = argc;
	cli.argv = mem_alloc((size_t)argc + 1, sizeof *argv);
	memcpy(cli.argv, argv, (size_t)argc * sizeof *argv);
}

const char *
cli_name(void)
{
	return cli.name;
}

static size_t
default_threads(void)
{
	const char *omp = getenv("OMP_NUM_THREADS");
	uint64_t n;
	cpu_set_t set;

	if (omp != NULL && num_u64(omp, 1, 1024, &n) == 0)
		return (size_t)n;
	if (sched_getaffinity(0, sizeof set, &set) == 0)
		return (size_t)CPU_COUNT(&set);
	return 1;
}

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
cli_ready(const struct common *c)
{
	int null;

	cli.quiet = c->quiet;
	if (!to_stdout(c)) {
		null = open("/dev/null", O_WRONLY | O_CLOEXEC);
		become_stdout(null, "/dev/null");
		(void)close(null);
	}
	if (isa_ready() < 0)
		die();
	par_start(c->threads > 0 ? (size_t)c->threads : default_threads());
}

/* "TOOL: " words "\n", in one write. */
void
say(bool redraw, const char *fmt, va_list ap)
{
	enum { LINE = 1024 };
	char line[LINE];
	size_t n = 0;
	int k;

	if (cli.drawn || redraw)
		n = (size_t)snprintf(line, sizeof line, "\r\033[K");
	n += (size_t)snprintf(line + n, sizeof line - n, "%.64s: ", cli.name);
	k = vsnprintf(line + n, sizeof line - n - 1, fmt, ap);
	if (k > 0)
		n += (size_t)k < sizeof line - n - 2 ? (size_t)k :
						       sizeof line - n - 2;
	if (!redraw)
		line[n++] = '\n';
	cli.drawn = redraw;
	if (write(STDERR_FILENO, line, n) == -1)
		return; /* nobody is left to be told */
}

void
warn(const char *fmt, ...)
{
	va_list ap;

	if (cli.quiet)
		return;
	va_start(ap, fmt);
	say(false, fmt, ap);
	va_end(ap);
}

static void
warn_always(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(false, fmt, ap);
	va_end(ap);
}

static void
abandon_output(void)
{
	if (cli.pending != NULL)
		atomic_abort(cli.pending);
	cli.pending = NULL;
}

static _Noreturn void
end(int status, const char *fmt, va_list ap)
{
	abandon_output();
	say(false, fmt, ap);
	_exit(status);
}

void
die(void)
{
	if (!err_is_pipe()) {
		abandon_output();
		warn_always("%s", err_last());
		hint_print(err_last_kind(), err_about());
		_exit(EXIT_FAILED);
	}
	abandon_output();
	(void)signal(SIGPIPE, SIG_DFL);
	unblock(SIGPIPE);
	(void)raise(SIGPIPE);
	_exit(EXIT_FAILED);
}

void
die_with(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	end(EXIT_FAILED, fmt, ap);
	va_end(ap);
}

void
die_usage(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	end(EXIT_USAGE, fmt, ap);
	va_end(ap);
}

/* Only calls that are safe in a handler: unlink, signal, raise. */
static void
on_signal(int sig)
{
	(void)unlink(cli.pending_name);
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
	cli.pending = atomic_open(path);
	if (cli.pending == NULL)
		die();
	aside = atomic_aside(cli.pending);
	cli.pending_name = mem_dup(aside, strlen(aside));
	catch_signals();
	return atomic_fd(cli.pending);
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
	cli.special = fd;
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

struct stream_out *
cli_out(const struct common *c)
{
	int fd = cli_out_fd(c);
	struct stream_out *out;

	if (!c->json && isatty(fd))
		die_usage("will not write binary to a terminal; use --json, "
			  "-o FILE or a pipe");
	out =
	    stream_new(fd, fd == STDOUT_FILENO ? "output" : c->output, c->json);
	if (out == NULL)
		die();
	stream_by(out, cli.name, APPRENTICE_VERSION, cli.argc, cli.argv);
	return out;
}

struct stream_in *
cli_in(const struct common *c, enum stream_kind kind, int argc, char **argv,
    int first)
{
	struct stream_in *in =
	    stream_open(argv + first, (size_t)(argc - first), kind, c->part);

	if (in == NULL)
		die();
	return in;
}

static void
commit_output(void)
{
	struct atomic *pending = cli.pending;

	if (pending == NULL)
		return;
	cli.pending = NULL; /* a commit that fails removes it as well */
	if (atomic_commit(pending, true) != 0)
		die();
	release_signals();
	free(cli.pending_name);
	cli.pending_name = NULL;
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

int
cli_end(const struct common *c, struct stream_out *out, bool did,
    const char *nothing)
{
	stream_free(out);
	if (!did)
		die_with("%s", nothing != NULL ? nothing : "nothing to do");
	commit_output();
	if (cli.special != 0)
		close_output(cli.special, c->output);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		(void)fail_sys("output");
		die();
	}
	close_output(STDOUT_FILENO, "output");
	return EXIT_SUCCESS;
}
