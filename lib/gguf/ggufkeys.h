/* SPDX-License-Identifier: MIT */
/*
 * ggufkeys: the keys of a GGUF file that have the sizes and settings of a
 * config, in one table for reading and writing.
 */
#ifndef GGUF_GGUFKEYS_H
#define GGUF_GGUFKEYS_H

#include "gguf/ggufarch.h"
#include "io/ggufwrite.h"

/* Read the members that the table has; c has the family's mechanisms. */
must_use int ggufkeys_read_rows(struct config *, const struct gguf *,
    const struct ggufarch *);
/* Whether the part of a key after "ARCHITECTURE." is read, or has no effect. */
bool ggufkeys_known(const struct config *, const char *key, size_t n);
/* -1: the config has something that GGUF cannot say. */
must_use int ggufkeys_write(const struct config *, const struct ggufarch *,
    struct ggufwrite *);

/*
 * The factors of rotations of llama3, which files have as a tensor [R/2].
 * Reading finds the settings that give these factors; -1: none do.
 */
must_use int ggufkeys_read_factors(struct config *, const struct gguf_tensor *);
void ggufkeys_factors(const struct config *, float *factor);
/* The factor of cosines and sines of yarn, unless a config gives another. */
double ggufkeys_yarn_scale(const struct config *);
/* Factors of longrope, of a config that has it. */
must_use int ggufkeys_read_long(struct config *, const struct gguf *);

#endif
