/* SPDX-License-Identifier: MIT */
/* provenance: the commands that made a stream, from the header's `by`. */
#ifndef TRAJ_PROVENANCE_H
#define TRAJ_PROVENANCE_H

#include "io/msg.h"
#include "text/tokenizer.h"

/*
 * The argument of a tool's option, given by its letter or its long name, where
 * the tool ran last.  The caller frees it; NULL: none.
 */
char *provenance_option(const struct msg *header, const char *tool, char letter,
    const char *name);

/*
 * The tokenizer of the policy that demo2traj(1) used, if it still has the
 * header's fingerprint.  The caller closes it; NULL: none.
 */
struct tokenizer *provenance_tokenizer(const struct msg *header);

#endif
