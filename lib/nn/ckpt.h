/* SPDX-License-Identifier: MIT */
/*
 * ckpt: a policy directory, apprentice-policy(5).
 *
 * ckpt_open maps DIR/model.safetensors (or the shards of its index); F32
 * tensors are used where they lie in the map, F16 and BF16 are widened.
 * Everything that the config asks for must be there with its shape;
 * everything else in the file is refused unless it is known to be a buffer
 * (attn.bias, rotary inv_freq, a tied lm_head).
 *
 * The commit of a step is one rename: ckpt_commit writes the optimiser file
 * optimizer-<step>.safetensors, then the weights aside, and renames them
 * over model.safetensors.  Readers that mapped the old file keep it.
 *
 * A policy with adapters has adapter_config.json, which names its base, and
 * adapter_model.safetensors in the place of the weights: these are what is
 * trained and committed.  Its base is opened with it, and params are the
 * weights that both make; what is not adapted lies where the base has it.
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
	struct params params;      /* what the forward pass uses */
	struct adapter *adapter;   /* NULL: params are what is trained */
	struct ckpt *base;         /* of the adapters, or NULL */
	enum st_dtype dtype;       /* of the file, and of files written */
	char id[CKPT_ID];          /* apprentice.id, or hashed: "hf-..." */
	uint64_t step;             /* apprentice.step, 0 where absent */
	char tokenizer[40];        /* fingerprint of tokenizer.json, or "" */
	struct safetensors **file; /* open maps */
	size_t files, file_cap;
	uint64_t identity; /* of the weights file, to see replacement */
	float *wide;       /* what is not F32, widened */
	size_t wide_cap;
};

/* The config of a policy, of its base if it has adapters, without weights. */
must_use int ckpt_config(struct config *, const char *dir);
must_use int ckpt_open(struct ckpt *, const char *dir);
void ckpt_close(struct ckpt *);
/* What is trained: params, or the table of the adapters. */
struct params *ckpt_trained(struct ckpt *);
/*
 * What a backward pass adds into, so that d, a table of what is trained,
 * becomes its gradient: d itself or, with adapters, `whole`, which is made
 * here; NULL: no backward pass can be made.  Then ckpt_chain, which sets d
 * from it where it is not d; ab are the adapters as they are in training, or
 * ckpt_trained.
 */
struct params *ckpt_backward(const struct ckpt *, struct params *d,
    struct params *whole);
void ckpt_chain(const struct ckpt *, struct params *d,
    const struct params *whole, const struct params *ab);
/*
 * Map the newest weights where they were replaced: 1 replaced, 0 the same,
 * -1.  After 1 or -1, pointers into params are other ones.
 */
must_use int ckpt_refresh(struct ckpt *);
/*
 * --follow: return once the policy has reached step `step`, with the newest
 * weights mapped (1 replaced, 0 the same, -1).  Waits by inotify, with a look
 * each second for file systems without it, and watches fd 1 (io/wait.h).
 */
must_use int ckpt_follow(struct ckpt *, uint64_t step);
/* A NaN or infinity anywhere in the weights is refused, naming its tensor. */
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

/* A file to be: its name in the directory, and its text. */
struct ckpt_text {
	const char *name;
	struct buf *text;
};

/* A policy to be. */
struct ckpt_new {
	const struct config *config;
	const struct params *params;
	enum st_dtype dtype;
	const char *base;   /* other keys of its config.json; or NULL */
	const char *beside; /* its tokenizer and the like; or NULL */
	const struct ckpt_text *text; /* more files */
	size_t texts;
	const struct ckpt *adapted; /* params are adapters of it; or NULL */
};

/*
 * Make a directory, aside and then renamed: config.json, weights, files
 * beside; a new id, step 0.  Fails, and leaves nothing, where dir exists.
 */
must_use int ckpt_create(const char *dir, const struct ckpt_new *);
/*
 * The same from the weights of `base`: a copy, or with scored a sequence
 * classifier whose head is random where the base has none; *total
 * parameters.
 */
must_use int ckpt_derive(const char *dir, const struct ckpt *base, bool scored,
    enum st_dtype, uint64_t seed, size_t *total);
/*
 * A policy with adapters for `base`, which it begins equal to: *trained of
 * *total parameters.
 */
must_use int ckpt_adapt(const char *dir, const struct ckpt *base, size_t rank,
    double alpha, uint64_t seed, size_t *trained, size_t *total);
/* A new policy id: 32 hexadecimal digits from getrandom(2). */
void ckpt_new_id(char id[CKPT_ID]);

#endif
