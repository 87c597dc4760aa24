/* SPDX-License-Identifier: MIT */
/*
 * cli: the beginning, the streams and the end of a tool.
 *
 *	cli_begin(argc, argv);
 *	first = opt_parse(opts, &usage, argc, argv);	// opt.h
 *	cli_ready(&a.common);
 *	in = cli_in(&a.common, STREAM_TRAJ, argc, argv, first);
 *	out = cli_out(&a.common);
 *	...						// die() on failure
 *	return cli_end(&a.common, out, n > 0, "no trajectories");
 *
 * Exit status: 0 done; 1 failed, or nothing was processed; 2 wrong usage.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>

#include "base/err.h"
#include "cli/opt.h"
#include "cli/optcommon.h"
#include "cli/say.h"
#include "cli/version.h"
#include "io/stream.h"

/* Call it first: it keeps argv for provenance before opt_parse permutes it. */
void cli_begin(int argc, char **argv);
/*
 * Call it after opt_parse: takes -q and -v, starts the threads (0: as many as
 * OMP_NUM_THREADS or the processors), and releases stdout if -o replaces it.
 */
void cli_ready(const struct common *);

/*
 * Open the output stream, on stdout or -o; it appends the tool to the
 * headers' `by`.  Ends with status 2 on a terminal without --json.
 */
struct stream_out *cli_out(const struct common *);
/* The descriptor for text output (metrics, reports): stdout or -o. */
int cli_out_fd(const struct common *);
/* Open the operands argv[first..] as one input stream; dies on failure. */
struct stream_in *cli_in(const struct common *, enum stream_kind, int argc,
    char **argv, int first);

/*
 * Free the output (may be NULL), commit -o, close stdout; returns
 * the exit status.  did: whether anything was processed.  If not, -o is
 * dropped and it dies with the words `nothing` (NULL: "nothing to do").
 */
int cli_end(const struct common *, struct stream_out *, bool did,
    const char *nothing);
/* The same for a tool whose output is a text; did -1: it dies as die() does. */
int cli_end_text(const struct common *, const struct buf *, int did,
    const char *nothing);

#endif
