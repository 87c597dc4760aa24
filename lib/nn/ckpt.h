/* SPDX-License-Identifier: MIT */
/*
 * ckpt: a policy directory, apprentice-policy(5).
 *
 * ckpt_open maps DIR/model.safetensors (or the shards of its index).  F32
 * tensors are used in the map, and F16 and BF16 matrices are viewed there; F16
 * and BF16 vectors are widened into memory.  Every tensor of the config must be
 * in the file with its shape; any other tensor is refused, but for known
 * buffers (attn.bias, rotary inv_freq), a tied head that equals the embedding,
 * and the other parts of a larger model.
 *
 * A step is committed by one rename (nn/commit.h), so readers see a whole one
 * at any time, and those that mapped the old file keep it.
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
	bool shards;       /* as the index names them */
	size_t others;     /* tensors of other parts, which are not read */
	uint64_t identity; /* of the weights file: changes by replacement */
	uint64_t left;     /* that of a live.safetensors at ckpt_open, or 0 */
	bool live;         /* the weights are published, not committed */
	bool whole_steps;  /* kept steps have their optimizer file, too */
	char *fallback;    /* the file in synced-STEP/ that is used; or NULL */
	float *wide;       /* F16 and BF16 vectors, widened; owned */
	size_t wide_cap;
};

/* Values of tensors that lie elsewhere, as in a file of another format. */
struct ckpt_source {
	/* Elements first .. first+n-1 of tensor i; false: it has none. */
	bool (*part)(const void *from, size_t i, size_t first, size_t n,
	    float *out);
	const void *from;
};

/* Read only the config; a directory of adapters has that of its base. */
must_use int ckpt_config(struct config *, const char *dir);
/*
 * 0, or -1; or 1 if the newest weights are damaged: the step that was synced
 * last is open instead, and the message says so.
 */
must_use int ckpt_open(struct ckpt *, const char *dir);
void ckpt_close(struct ckpt *);
/* The table that training updates: params, or the adapters. */
struct params *ckpt_trained(struct ckpt *);
/*
 * Prepare a backward pass that adds to d, the gradient of ckpt_trained.
 * Returns the table to give to the pass: d or, with adapters, `whole`, which is
 * made here with d's adapters, and which the caller releases.  NULL: no
 * backward pass is possible.
 */
struct params *ckpt_backward(const struct ckpt *, struct params *d,
    struct params *whole);
/*
 * -1: the passes read matrices as INT8 (packed.h), and they are to be trained:
 * there are no adapters, and INT8 has no gradient of a matrix.
 */
must_use int ckpt_check_frozen(const struct ckpt *);
/*
 * Map the newest weights, committed or published since ckpt_open (publish.h):
 * 1 they were replaced, 0 they are the same, -1.  After 1 or -1, earlier
 * pointers into params are invalid.
 */
must_use int ckpt_refresh(struct ckpt *);
/* Whether ckpt_refresh would map others. */
bool ckpt_outdated(const struct ckpt *);
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
 * Wait until the policy has reached step `step`, then return as ckpt_refresh
 * does.  Waits by inotify, looks once a second for file systems without it,
 * and fails when the reader of fd 1 has gone (io/wait.h).
 */
must_use int ckpt_follow(struct ckpt *, uint64_t step);
/* -1: some weight is NaN or infinite; names the tensor. */
must_use int ckpt_check_finite(const struct ckpt *);
/* Whether the weights are so large that the check releases mapped pages. */
bool ckpt_check_releases(const struct params *);

#endif
