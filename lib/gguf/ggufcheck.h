/* SPDX-License-Identifier: MIT */
/* ggufcheck: what a policy has that a GGUF file cannot say. */
#ifndef GGUF_GGUFCHECK_H
#define GGUF_GGUFCHECK_H

#include "gguf/ggufarch.h"

/* -1: llama.cpp would compute another model than this config. */
must_use int ggufcheck(const struct config *, const struct ggufarch *);

#endif
