/* SPDX-License-Identifier: MIT */
/* ckpt_parts: functions shared by the files of ckpt, and by its tests. */
#ifndef NN_CKPT_PARTS_H
#define NN_CKPT_PARTS_H

#include "io/atomic.h"
#include "nn/ckpt.h"

/* DIR/NAME; the caller frees. */
char *ckpt_path(const struct ckpt *, const char *name);
/* The identity (io/identity.h) of DIR/NAME; 0 if nothing is there. */
uint64_t ckpt_identity(const struct ckpt *, const char *name);
/* A tensor of the open files, or NULL. */
struct st_tensor *ckpt_find_tensor(const struct ckpt *, const char *name);
/*
 * -1: a tensor of the files is not one of the table, and no buffer, and not of
 * another part of a larger model (counted in `others`); or a stored head that
 * is tied differs from the embedding.
 */
must_use int ckpt_check_strangers(struct ckpt *, const struct params *);
/* Open and bind the weights that the directory holds now. */
must_use int ckpt_load(struct ckpt *);
/*
 * Write the file of weights aside; NULL on failure.  A value that is not
 * finite in `dtype` fails: "DIR: tensor NAME: 70000 does not fit F16".
 */
struct ckpt_weights {
	const char *dir, *path; /* for messages; of the file */
	const struct params *params;
	enum st_dtype dtype;
	const char *id;
	uint64_t step;
	const struct ckpt *base; /* of adapters, whose file names it; or NULL */
	/* tensors without values get random ones of this config, by the seed */
	const struct config *random;
	uint64_t seed;
	const struct ckpt_source *source; /* of some of them; or NULL */
};
struct atomic *ckpt_weights_aside(const struct ckpt_weights *);
/* model.safetensors, or that of adapters. */
const char *ckpt_weights_name(const struct ckpt *);
/* The file of a step that is published (publish.h). */
extern const char ckpt_live_name[];
/* After ckpt_load failed: open what was synced last, as ckpt_open; 1 or -1. */
must_use int ckpt_fall_back(struct ckpt *);
/* Force weights, optimizer file and directory to the disk. */
must_use int ckpt_sync_files(const struct ckpt *);
/*
 * Have a synced-STEP/ before a commit without sync replaces the step that is
 * there; false if that is not possible.
 */
bool ckpt_hold_synced(const struct ckpt *);
/* optimizer-STEP.safetensors; the caller frees. */
char *ckpt_optimizer_name(uint64_t step);
/* Open the base of the adapters; make their table; form the weights. */
must_use int ckpt_open_base(struct ckpt *);
must_use int ckpt_bind_adapter(struct ckpt *);
must_use int ckpt_check_base(const struct ckpt *);
/* A policy's files besides config and weights; ends with NULL. */
const char *const *ckpt_extra_files(void);
/* Copy FROM/NAME into the folder `to`, if there is such a file. */
must_use int ckpt_copy_file(const char *to, const char *from, const char *name);

#endif
