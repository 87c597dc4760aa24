/* SPDX-License-Identifier: MIT */
/*
 * ckpt: a policy directory, apprentice-policy(5).
 *
 * ckpt_open maps DIR/model.safetensors (or the shards of its index).  F32
 * tensors are used in the map, F16 and BF16 are widened into memory.  Every
 * tensor of the config must be in the file with its shape; any other tensor is
 * refused, but for known buffers (attn.bias, rotary inv_freq, a tied lm_head).
 *
 * The commit of a step is one rename: ckpt_commit writes the optimiser file
 * optimizer-<step>.safetensors, then the weights aside, and renames them
 * over model.safetensors.  Readers that mapped the old file keep it.
 *
 * A policy with adapters has adapter_config.json, which names its base, and
 * adapter_model.safetensors instead of weights: the adapters are trained and
 * committed.  ckpt_open opens the base too; params are the weights of both
 * together, and tensors without adapters are the base's own memory.
 */
#ifndef NN_CKPT_H
#define NN_CKPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "io/safetensors.h"
#include "nn/adapter.h"
#include "nn/config.h"
#include "nn/params.h"

enum { CKPT_ID = 64 };

struct ckpt {
	char *dir;
	char *weights; /* path of the weights or index, for messages */
	struct config config;
	struct params params;      /* of the forward pass */
	struct adapter *adapter;   /* NULL: params are trained */
	struct ckpt *base;         /* of the adapters, or NULL */
	enum st_dtype dtype;       /* of the file, and of files written */
	char id[CKPT_ID];          /* apprentice.id, or hashed: "hf-..." */
	uint64_t step;             /* apprentice.step, 0 where absent */
	char tokenizer[40];        /* fingerprint of tokenizer.json, or "" */
	struct safetensors **file; /* open maps */
	size_t files, file_cap;
	uint64_t identity; /* of the weights file: changes by replacement */
	float *wide;       /* F16 and BF16 tensors, widened; owned */
	size_t wide_cap;
};

/* Read the config alone: with adapters that of the base. */
must_use int ckpt_config(struct config *, const char *dir);
must_use int ckpt_open(struct ckpt *, const char *dir);
void ckpt_close(struct ckpt *);
/* The table that training updates: params, or the adapters. */
struct params *ckpt_trained(struct ckpt *);
/*
 * Prepare a backward pass for d, the gradient of ckpt_trained.  Returns the
 * table that the pass adds into: d or, with adapters, `whole`, which is made
 * here and which the caller releases.  NULL: no backward pass is possible.
 * After the pass ckpt_chain sets d from `whole`, if it is another table; ab
 * holds the current adapters (ckpt_trained, or those in training).
 */
struct params *ckpt_backward(const struct ckpt *, struct params *d,
    struct params *whole);
void ckpt_chain(const struct ckpt *, struct params *d,
    const struct params *whole, const struct params *ab);
/*
 * Map the newest weights: 1 they were replaced, 0 they are the same, -1.
 * After 1 or -1, earlier pointers into params are invalid.
 */
must_use int ckpt_refresh(struct ckpt *);
/*
 * Wait until the policy has reached step `step`, then return as ckpt_refresh
 * does.  Waits by inotify, looks once a second for file systems without it,
 * and fails when the reader of fd 1 has gone (io/wait.h).
 */
must_use int ckpt_follow(struct ckpt *, uint64_t step);
/* -1: some weight is NaN or infinite; names the tensor. */
must_use int ckpt_check_finite(const struct ckpt *);

/*
 * Commit `weights` (F32 masters) as step `step` of the policy: optimiser
 * file (tensors `state`, n of them; none when n = 0), then weights in
 * ckpt.dtype.  fsync when sync.  Removes other optimiser files.  keep > 0:
 * hard-link to step-%06u/ with config and tokenizer files, and keep the
 * newest `keep` of these.
 */
must_use int ckpt_commit(struct ckpt *, const struct params *weights,
    const struct st_tensor *state, size_t n, uint64_t step, bool sync,
    size_t keep);
/*
 * Be the only one who commits, until the descriptor that it returns is closed,
 * also by the end of the process: flock(2) of the directory.  Another's lock
 * is waited for a little, since that one may be about to end; -1 where it does
 * not.  Where the file system has no locks, that of nobody: a descriptor
 * without one.
 */
must_use int ckpt_lock(const struct ckpt *);
/* fsync of the weights, the optimiser's file and the directory. */
must_use int ckpt_sync(const struct ckpt *);
/*
 * The optimiser file that matches the step of the weights; NULL when there
 * is none or, where the path exists, when it is broken.  Those of other
 * steps, and what killed runs left, are removed.
 */
struct safetensors *ckpt_optimizer(const struct ckpt *);

/* A text file of a new policy. */
struct ckpt_text {
	const char *name;
	struct buf *text;
};

/* A new policy. */
struct ckpt_new {
	const struct config *config;
	const struct params *params;
	enum st_dtype dtype;
	const char *base;   /* directory: keep its config.json keys; or NULL */
	const char *beside; /* directory: copy its tokenizer; or NULL */
	const struct ckpt_text *text; /* more files */
	size_t texts;
	const struct ckpt *adapted; /* params are adapters of it; or NULL */
};

/*
 * Make a directory with config.json, weights and the other files, under a new
 * id, at step 0.  It is written aside and renamed.  -1: it exists, or could not
 * be written; nothing is left.
 */
must_use int ckpt_create(const char *dir, const struct ckpt_new *);
/*
 * Make a policy from the weights of `base`: a copy or, if scored, a sequence
 * classifier, whose head is random if the base has none.  Sets *total to the
 * number of parameters.
 */
must_use int ckpt_derive(const char *dir, const struct ckpt *base, bool scored,
    enum st_dtype, uint64_t seed, size_t *total);
/*
 * Make a policy with adapters for `base`, equal to it at first.  Sets *trained
 * to the parameters in adapters and *total to those of the base.
 */
must_use int ckpt_adapt(const char *dir, const struct ckpt *base, size_t rank,
    double alpha, uint64_t seed, size_t *trained, size_t *total);
/* A new policy id: 32 hexadecimal digits from getrandom(2). */
void ckpt_new_id(char id[CKPT_ID]);

#endif
