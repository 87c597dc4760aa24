/* SPDX-License-Identifier: MIT */
/*
 * cli: the beginning and end of a tool, and its words.
 *
 *   cli_begin   standard descriptors open, SIGPIPE default, the name noted
 *   opt_parse   options (opt.h)
 *   cli_out     the output stream: -o aside and renamed, a terminal refused
 *   die, warn   "TOOL: " and the words; die ends with 1, as by SIGPIPE when
 *               the failure was that nobody reads us; pending -o files are
 *               removed
 *   cli_end     stdout flushed and checked; commits -o; the exit status
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "cli/opt.h"
#include "io/stream.h"

#define APPRENTICE_VERSION "0.1.0"

/* Options that most tools share; embed in struct args. */
struct common {
	bool quiet, verbose, json, part;
	const char *output;
	uint64_t seed, threads;
};

/* -h -V -q -v: every tool. */
#define OPT_BASIC(c) \
	{ 'q', "quiet", OPT_FLAG, &(c)->quiet, NULL, \
		"say nothing but errors" }, \
	    { 'v', "verbose", OPT_FLAG, &(c)->verbose, NULL, "say more" }, \
	    { 'h', "help", OPT_HELP, NULL, NULL, "this text" }, \
	{ \
		'V', "version", OPT_VERSION, NULL, NULL, "name and version" \
	}
#define OPT_OUTPUT(c) \
	{ \
		'o', "output", OPT_TEXT, &(c)->output, "FILE", \
		    "write FILE, whole or not at all" \
	}
#define OPT_JSON(c) \
	{ \
		0, "json", OPT_FLAG, &(c)->json, NULL, "write JSON lines" \
	}
#define OPT_PART(c) \
	{ \
		0, "part", OPT_FLAG, &(c)->part, NULL, \
		    "input may stop after any end record" \
	}
#define OPT_SEED(c) \
	{ \
		's', "seed", OPT_UINT, &(c)->seed, "N", \
		    "seed of the random numbers (1)" \
	}
#define OPT_THREADS(c) \
	{ \
		'j', "threads", OPT_UINT, &(c)->threads, "N", \
		    "threads (default: OMP_NUM_THREADS, or all CPUs)", 1, 1024 \
	}
#define OPT_LAST \
	{ \
		0, NULL, OPT_END, NULL, NULL, NULL \
	}

/* First of all; notes argv, before opt_parse permutes it. */
void cli_begin(int argc, char **argv);
/*
 * After opt_parse: notes quiet, starts the thread pool (threads 0: the
 * default), lets go of stdout where -o takes its place.
 */
void cli_ready(const struct common *);
const char *cli_name(void);

/*
 * The output stream of a tool on stdout or -o, which appends the tool to
 * `by`; dies (2) on a terminal without --json.
 */
struct stream_out *cli_out(const struct common *);
/* Plain text output (metrics, reports) to stdout or -o. */
int cli_out_fd(const struct common *);
/* operands argv[first..] as one input stream; dies on failure. */
struct stream_in *cli_in(const struct common *, enum stream_kind, int argc,
    char **argv, int first);

/*
 * One line on stderr, "TOOL: " and the words, and the end: die says
 * err_last(), or ends as by SIGPIPE when that was fail_pipe().
 */
_Noreturn void die(void);
_Noreturn void die_with(const char *fmt, ...) printf_like(1, 2);
_Noreturn void die_usage(const char *fmt, ...) printf_like(1, 2); /* exit 2 */
/* A line, unless quiet. */
void warn(const char *fmt, ...) printf_like(1, 2);

/*
 * Free the output (may be NULL), commit -o, flush and close stdout; returns
 * the exit status.  did: whether anything was processed.  If not, -o is
 * dropped and it dies with the words `nothing` (NULL: "nothing to do").
 */
int cli_end(const struct common *, struct stream_out *, bool did,
    const char *nothing);

#endif
