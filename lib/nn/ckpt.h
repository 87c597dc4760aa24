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
 * A step is committed by one rename (nn/commit.h), so readers see a whole one
 * at any time, and those that mapped the old file keep it.
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
	char *fallback;    /* synced-STEP, whose files are used; or NULL */
	float *wide;       /* what is not F32, widened */
	size_t wide_cap;
};

/*
 * 0, or -1; or 1 if the newest weights are damaged: the step that was synced
 * last is open instead, and the message says so.
 */
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
 * A follower pairs segments of a stream with steps: segment k (from 0) is for
 * the policy k * every steps after `first`, and may have one that is `lag`
 * steps older.
 */
struct follow {
	uint64_t first, every, lag;
};
uint64_t follow_step(const struct follow *, uint64_t segment);
/*
 * Return once the policy has reached step `step`, with the newest weights
 * mapped (1 replaced, 0 the same, -1).  It waits by inotify, looks each second
 * for file systems without, and watches descriptor 1 (io/wait.h).
 */
must_use int ckpt_follow(struct ckpt *, uint64_t step);
/* A NaN or infinity anywhere in the weights is refused, naming its tensor. */
must_use int ckpt_check_finite(const struct ckpt *);

#endif
