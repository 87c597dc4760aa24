/* SPDX-License-Identifier: MIT */
/*
 * Descriptors: if 0, 1 or 2 is closed at the start, the next file opened would
 * take its place: a checkpoint would be read as stdin, or a message be written
 * into it.  So each is filled with /dev/null, opened the wrong way round for 0
 * and 1, so that its use fails as that of a closed one does.
 */
#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/isa.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/par.h"
#include "cli/output.h"
#include "io/atomic.h"

static struct {
	int argc;
	char **argv; /* a copy: opt_parse permutes the original */
	double began;
} cli;

static void
fill_descriptor(int fd, int flags)
{
	if (fcntl(fd, F_GETFD) != -1 || errno != EBADF)
		return;
	if (open("/dev/null", flags) != fd)
		_exit(EXIT_FAILED);
}

void
cli_begin(int argc, char **argv)
{
	const char *slash;

	fill_descriptor(STDIN_FILENO, O_WRONLY);
	fill_descriptor(STDOUT_FILENO, O_RDONLY);
	fill_descriptor(STDERR_FILENO, O_RDWR);
	end_by_sigpipe();
	if (argc < 1)
		_exit(EXIT_USAGE);
	slash = strrchr(argv[0], '/');
	say_begin(slash != NULL ? slash + 1 : argv[0]);
	cli.began = clock_steady();
	cli.argc = argc;
	cli.argv = mem_alloc((size_t)argc + 1, sizeof *argv);
	memcpy(cli.argv, argv, (size_t)argc * sizeof *argv);
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

void
cli_ready(const struct common *c)
{
	say_ready(c->quiet, c->verbose);
	output_ready(c);
	if (isa_ready() < 0)
		die();
	par_start(c->threads > 0 ? (size_t)c->threads : default_threads());
}

int
cli_out_fd(const struct common *c)
{
	return output_open(c);
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
	stream_by(out, cli_name(), APPRENTICE_VERSION, cli.argc, cli.argv);
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

static double
seconds(struct timeval t)
{
	return (double)t.tv_sec + 1e-6 * (double)t.tv_usec;
}

/* -v: what the run took. */
static void
note_usage(void)
{
	struct rusage u;

	if (getrusage(RUSAGE_SELF, &u) != 0)
		return;
	note("took %.2f s, %.2f s of processor time on %zu thread%s, %ld MiB "
	     "of memory",
	    clock_steady() - cli.began,
	    seconds(u.ru_utime) + seconds(u.ru_stime), par_threads(),
	    par_threads() == 1 ? "" : "s", (u.ru_maxrss + 512) / 1024);
}

int
cli_end(const struct common *c, struct stream_out *out, bool did,
    const char *nothing)
{
	stream_free(out);
	if (!did)
		die_with("%s", nothing != NULL ? nothing : "nothing to do");
	output_commit();
	output_close(c);
	note_usage();
	return EXIT_SUCCESS;
}

int
cli_end_text(const struct common *c, const struct buf *text, int did,
    const char *nothing)
{
	if (did < 0 ||
	    (did > 0 &&
		write_all(cli_out_fd(c), text->p, text->n,
		    c->output != NULL ? c->output : "output") != 0))
		die();
	return cli_end(c, NULL, did > 0, nothing);
}
