/* SPDX-License-Identifier: MIT */
/* optvalue: values of options: their names in -h, and setting them from text.
 */
#ifndef CLI_OPTVALUE_H
#define CLI_OPTVALUE_H

#include <stdbool.h>

#include "base/buf.h"
#include "cli/opttable.h"

bool opt_takes_value(const struct opt *);
/* "N", "NAME": what stands for the value in -h. */
const char *opt_meta(const struct opt *);
/*
 * Add the names that the option takes, separated by `between`, the last two
 * by `last`; nothing where it takes no names.
 */
void opt_names(const struct opt *, const char *between, const char *last,
    struct buf *);
/* Set it from the text (NULL for a flag): 0, or -1 with the reason. */
must_use int opt_set(const struct opt *, const char *text);

#endif
