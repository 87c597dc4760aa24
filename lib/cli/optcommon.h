/* SPDX-License-Identifier: MIT */
/* optcommon: the options that several tools share, and their rows. */
#ifndef CLI_OPTCOMMON_H
#define CLI_OPTCOMMON_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/opttable.h"

/* Embed it in struct args. */
struct common {
	bool quiet, verbose, json, part;
	const char *output;
	uint64_t seed, threads;
};

#define OPT_BASIC(c) \
	OPT_FLAG('q', "quiet", &(c)->quiet, "print nothing but errors"), \
	    OPT_FLAG('v', "verbose", &(c)->verbose, "print more"), \
	    { .letter = 'h', \
		    .name = "help", \
		    .kind = KIND_HELP, \
		    .help = "print this text" }, \
	{ \
		.letter = 'V', .name = "version", .kind = KIND_VERSION, \
		.help = "print name and version" \
	}
#define OPT_OUTPUT(c) \
	OPT_TEXT('o', "output", &(c)->output, "FILE", \
	    "write FILE, whole or not at all")
#define OPT_JSON(c) OPT_FLAG(0, "json", &(c)->json, "write JSON lines")
#define OPT_PART(c) \
	OPT_FLAG(0, "part", &(c)->part, "input may stop after any end record")
#define OPT_SEED(c, ...) \
	OPT_UINT('s', "seed", &(c)->seed, "N", 0, 0, __VA_ARGS__)
#define OPT_THREADS(c) \
	OPT_UINT('j', "threads", &(c)->threads, "N", 1, 1024, \
	    "threads (OMP_NUM_THREADS, or all processors)")

#endif
