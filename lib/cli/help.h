/* SPDX-License-Identifier: MIT */
/* help: the text of -h, from the table of options. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "base/buf.h"
#include "cli/opttable.h"

/*
 * The usage, what the tool does, an example; then the groups of options, an
 * option a line where it fits in 80 columns; last the manual's page.
 */
void help_text(struct buf *, const struct opt *, const struct usage *);
/* The forms of the synopsis, the first after `head`, others after `next`. */
void help_forms(struct buf *, const struct usage *, const char *head,
    const char *next);

#endif
