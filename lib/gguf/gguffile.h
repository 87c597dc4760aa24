/* SPDX-License-Identifier: MIT */
/*
 * gguffile: the GGUF file of a policy, or of its adapters alone, in a type that
 * is asked for by its name.
 */
#ifndef GGUF_GGUFFILE_H
#define GGUF_GGUFFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "nn/ckpt.h"

/* The types of a file: those of enum st_dtype, and one that no policy has. */
enum { GGUFFILE_Q8_0 = ST_OTHER };
/* Their names by value, and NULL after the last. */
extern const char *const gguffile_types[];

/*
 * Write the file, which must not exist (ggufexport.h); stores the number of
 * parameters in it.
 */
must_use int gguffile_write(const char *file, const struct ckpt *,
    bool adapters, int type, size_t *total);

#endif
