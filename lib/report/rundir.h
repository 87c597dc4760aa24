/* SPDX-License-Identifier: MIT */
/*
 * rundir: a run's folder as it is read for a report.
 *
 * run.json, metrics.jsonl, held.jsonl, samples.jsonl and compare.json are read
 * where they exist; a folder with neither of the first two is not a run.  What
 * they hold is checked where it is used: a member of another type than expected
 * counts as absent, except that a file that is not JSON is an error.
 */
#ifndef REPORT_RUNDIR_H
#define REPORT_RUNDIR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "io/json.h"
#include "report/columns.h"

enum { SAMPLES_MAX = 64 };

struct rundir {
	char *path;                     /* without slashes at its end */
	char *name;                     /* the last part of path */
	struct json *info, *comparison; /* NULL: not there */
	/* Of a run that another made in its folder: that folder's name and
	 * run.json, and the name of the part; else NULL. */
	char *whole_name, *part;
	struct json *whole;
	const char *cell; /* of a grid; borrowed; else NULL */
	struct columns metrics, held;
	struct json **sample; /* [samples], at most SAMPLES_MAX */
	size_t samples, cap;
};

must_use int rundir_open(struct rundir *, const char *path);
/* The same of a folder in another run's, whose part it is; without its samples,
 * for the whole has its own. */
must_use int rundir_open_part(struct rundir *, const char *path,
    const struct rundir *whole);
void rundir_close(struct rundir *);
/* Set path and name alone, for a caller that reads the files itself. */
void rundir_name(struct rundir *, const char *path);
/* Name by their paths the runs whose names are the same. */
void rundir_distinguish(struct rundir *, size_t runs);
/* Make it a run of a cell, which is borrowed, and set its name; of a part, the
 * name of the whole. */
void rundir_place(struct rundir *, const char *cell, const char *name);
/* The file NAME in the folder; the caller frees. */
char *rundir_file(const char *path, const char *name);

/* Texts and numbers of run.json by JSON pointer: "" and NaN where absent. */
const char *rundir_text(const struct rundir *, const char *pointer);
double rundir_number(const struct rundir *, const char *pointer);
/*
 * Whether two runs differ in nothing that changes what they learn, except the
 * seed: method, policy, data and settings are equal.  Parts are compared by
 * the runs that they are parts of.  Runs of a grid are the same in one cell,
 * each seed of which may have a policy and data of its own.
 */
bool rundir_same_but_seed(const struct rundir *, const struct rundir *);
/* Whether a setting says how a run was made, not what it learns. */
bool rundir_setting_is_outward(const char *key);

#endif
