/* SPDX-License-Identifier: MIT */
/* ckpt_parts: functions shared by the files of ckpt, and by its tests. */
#ifndef NN_CKPT_PARTS_H
#define NN_CKPT_PARTS_H

#include "io/atomic.h"
#include "nn/ckpt.h"

/* DIR/NAME; the caller frees. */
char *ckpt_path(const struct ckpt *, const char *name);
/* Open and bind the weights that are there now. */
must_use int ckpt_load(struct ckpt *);
/*
 * The file of weights, aside; NULL on failure.  base: of adapters, to be named
 * in it; or NULL.
 */
struct atomic *ckpt_weights_aside(const char *path, const struct params *,
    enum st_dtype, const char *id, uint64_t step, const struct ckpt *base);
/* model.safetensors, or that of adapters. */
const char *ckpt_weights_name(const struct ckpt *);
/* Open the base of the adapters; make their table; form the weights. */
must_use int ckpt_open_base(struct ckpt *);
must_use int ckpt_bind_adapter(struct ckpt *);
must_use int ckpt_check_base(const struct ckpt *);
/* Files that belong to a policy beside config and weights; ends with NULL. */
const char *const *ckpt_beside(void);
/* Remove a folder of files, as far as possible. */
void ckpt_remove_folder(const char *dir);

#endif
