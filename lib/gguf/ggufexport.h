/* SPDX-License-Identifier: MIT */
/*
 * ggufexport: a policy, or only its adapters, as a GGUF file for llama.cpp.
 *
 * Matrices are F32, F16, BF16 or Q8_0; where Q8_0 has no whole blocks they are
 * F16.  Vectors and tables of positions are F32.  Adapters are multiplied out
 * unless only they are wanted.
 */
#ifndef GGUF_GGUFEXPORT_H
#define GGUF_GGUFEXPORT_H

#include "base/blocktype.h"
#include "nn/ckpt.h"

/* Write the file, which must not exist.  -1: GGUF cannot say what it has. */
must_use int ggufexport(const char *file, const struct ckpt *, enum block_type);
/* The same of the adapters alone, as llama.cpp reads them beside the base. */
must_use int ggufexport_adapters(const char *file, const struct ckpt *,
    enum block_type);

#endif
