/* SPDX-License-Identifier: MIT */
/* textbytes: how long what a trajectory's actions say is as text. */
#ifndef TRAJ_TEXTBYTES_H
#define TRAJ_TEXTBYTES_H

#include <stddef.h>

#include "text/tokenizer.h"
#include "traj/traj.h"

/*
 * Bytes of the action spans, each decoded as text that follows other text,
 * without special tokens.
 */
size_t textbytes(const struct tokenizer *, const struct traj *);

#endif
