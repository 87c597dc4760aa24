/* SPDX-License-Identifier: MIT */
/*
 * ggufconfig: the config of the model in a GGUF file.  Keys that are in no
 * table are refused, as are values that no tool computes.
 */
#ifndef GGUF_GGUFCONFIG_H
#define GGUF_GGUFCONFIG_H

#include "gguf/ggufarch.h"

/*
 * Read the config, but for its special tokens; it has passed config_check.
 * Mechanisms that no key says follow from the tensors.
 */
must_use int ggufconfig_read(struct config *, const struct gguf *,
    const struct ggufarch **);

#endif
