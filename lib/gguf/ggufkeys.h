/* SPDX-License-Identifier: MIT */
/*
 * ggufkeys: the keys of a GGUF file that describe the model: sizes and
 * settings of its config.  Keys of the architecture that are not in the table
 * are refused, as are those of values that no tool computes.
 */
#ifndef GGUF_GGUFKEYS_H
#define GGUF_GGUFKEYS_H

#include "gguf/ggufarch.h"
#include "io/ggufwrite.h"

/*
 * The config of a file, but for its special tokens and V; it has passed
 * config_check.  Mechanisms that no key says follow from the tensors.
 */
must_use int ggufkeys_read(struct config *, const struct gguf *,
    const struct ggufarch **);
/* -1: the config has something that GGUF cannot say. */
must_use int ggufkeys_write(const struct config *, const struct ggufarch *,
    struct ggufwrite *);

/*
 * The factors of rotations of llama3, which files have as a tensor [E/2].
 * Reading finds the settings that give these factors; -1: none do.
 */
must_use int ggufkeys_read_factors(struct config *, const struct gguf_tensor *);
void ggufkeys_factors(const struct config *, float *factor);

#endif
