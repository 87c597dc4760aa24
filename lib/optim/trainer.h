/* SPDX-License-Identifier: MIT */
/*
 * trainer: a policy being trained, step by step, and its state on disk.
 *
 * trainer_open takes what is trained of an open checkpoint, its weights or
 * its adapters, into memory as F32 and the optimiser's state from its file;
 * then for each step trainer_zero, gradients added to d (and touched),
 * trainer_update, trainer_commit.
 * Weights are not read again between steps.  Killed at any instant, the
 * directory holds a whole step, and trainer_open goes on from it bit for
 * bit.
 *
 * The file optimizer-<step>.safetensors holds, all F32: m.NAME and v.NAME,
 * the moments; master.NAME, the weights themselves, where the policy's own
 * file is F16 or BF16 and holds their rounding; and `updates`, the number of
 * updates made (which skipped steps are not), as [low 24 bits, the rest].
 */
#ifndef OPTIM_TRAINER_H
#define OPTIM_TRAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "optim/adamw.h"
#include "nn/ckpt.h"
#include "nn/params.h"

struct trainer {
	struct ckpt *ckpt; /* borrowed */
	enum optimizer optimizer;
	struct params *w;  /* what is trained, F32 */
	struct params own; /* its memory, where the checkpoint maps it */
	struct params d, m, v;
	struct params whole, *backward; /* see trainer_forward */
	bool *touched;                  /* [d.tensors] */
	uint64_t updates;
	double sync, synced; /* seconds between fsyncs; when it last was */
	bool unsynced;       /* a commit has not been */
	float count[2];      /* updates, as in the file */
	struct st_tensor *state;
	size_t states;
	int lock; /* of the directory */
};

enum trainer_start {
	TRAINER_FRESH,   /* there was no state for this step */
	TRAINER_RESUMED, /* it goes on from its state */
	TRAINER_OTHER    /* another optimiser's state was there: moments 0 */
};

/*
 * An enum trainer_start, or -1.  The checkpoint stays open meanwhile, and no
 * other trainer can be opened on it, in any process.  sync:
 * fsync makes commits safe against power loss each time so many seconds have
 * passed: 0 at every step, INFINITY never.
 */
must_use int trainer_open(struct trainer *, struct ckpt *, enum optimizer,
    double sync);
void trainer_release(struct trainer *);

/*
 * For who makes the gradient here, by backward passes: the weights to go
 * forward with, which stay those in training through all updates.  Passes
 * add into `backward`; trainer_chain then makes d of it.  Without adapters
 * these are w and d themselves.  NULL: no backward pass can be made.
 */
const struct params *trainer_forward(struct trainer *);
void trainer_chain(struct trainer *);
/* Nothing in d, backward and touched. */
void trainer_zero(struct trainer *);
/* Nothing in touched: enough for gradients that are added by inputs_add. */
void trainer_forget(struct trainer *);
/* One update of the weights by d; u's optimizer and t are set here. */
void trainer_update(struct trainer *, struct update u);
/* The next step of the policy, in its directory; ckpt's step goes with it. */
must_use int trainer_commit(struct trainer *, size_t keep);
/* At the end: fsync what has been committed without it, unless never. */
must_use int trainer_sync(struct trainer *);

#endif
