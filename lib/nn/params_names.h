/* SPDX-License-Identifier: MIT */
/*
 * params_names: the names of a policy's tensors: of which kinds there are, and
 * with which prefix.
 */
#ifndef NN_PARAMS_NAMES_H
#define NN_PARAMS_NAMES_H

#include <stdbool.h>

#include "nn/config.h"
#include "nn/params.h"

/* The prefix of a table that params_init made; the caller frees. */
char *params_prefix(const struct params *, const struct config *);
/*
 * The prefix of a file's names: the family's first with which has() finds
 * the embedding; if none, the family's own.
 */
const char *params_find_prefix(const struct config *,
    bool (*has)(const void *ctx, const char *name), const void *ctx);
/* Whether it is the name of a head, with some prefix. */
bool params_is_head(const struct config *, const char *name);
/* Names with another prefix, of a table that params_init made. */
void params_rename(struct params *, const struct config *, const char *prefix);
/* The name of a tensor that every last layer has; the caller frees. */
char *params_last_layer(const struct config *, const char *prefix);

#endif
