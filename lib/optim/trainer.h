/* SPDX-License-Identifier: MIT */
/*
 * trainer: a policy in training, and its state on disk.
 *
 * trainer_open copies the trained tensors of an open checkpoint, its weights
 * or its adapters, into memory as F32, and reads the optimizer's state from its
 * file.  Then, for each step: trainer_zero; add gradients to d, and mark their
 * tensors in touched; trainer_update; trainer_step.  Weights are not read again
 * between steps.  Killed at any instant, the directory holds a whole step, and
 * trainer_open goes on from it bit for bit.
 *
 * The file optimizer-<step>.safetensors holds, all F32: m.NAME and v.NAME,
 * the moments; master.NAME, the weights themselves, if the policy's own file
 * is F16 or BF16 and so holds their rounding; ema.NAME, an average of the
 * weights, and its decay `ema`, if one is kept (ema.h); `updates`, the number
 * of updates made (skipped steps make none), and `tokens`, the number of tokens
 * that the caller counted, each as [low 24 bits, the rest].
 */
#ifndef OPTIM_TRAINER_H
#define OPTIM_TRAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "optim/adamw.h"
#include "optim/ema.h"
#include "optim/saving.h"
#include "nn/commit.h"
#include "nn/params.h"

struct trainer {
	struct ckpt *ckpt; /* borrowed */
	enum optimizer optimizer;
	struct params *w;  /* the trained tensors, F32 */
	struct params own; /* its memory, where the checkpoint maps it */
	struct params d, m, v;
	struct params e;                /* the average of w, or empty */
	double decay;                   /* of it; 0: none is kept */
	struct params whole, *backward; /* see trainer_forward */
	bool *touched;                  /* [d.tensors] */
	uint64_t updates;
	uint64_t tokens; /* of all steps; the caller adds those of each */
	uint64_t step;   /* the newest; ckpt's is committed */
	/* borrowed: saved with each commit (ckpt_lines_path); NULL: none */
	const struct buf *lines;
	struct saving saving;
	bool unsynced; /* a commit is not on the disk yet */
	/* updates, tokens and decay, as in the file */
	float count[2], seen[2], decays[2];
	struct st_tensor *state;
	size_t states;
	int lock; /* of the directory */
};

enum trainer_start {
	TRAINER_FRESH,    /* there is no state for this step */
	TRAINER_RESUMED,  /* it goes on from its state */
	TRAINER_OTHER,    /* the state is another optimizer's: moments are 0 */
	TRAINER_WENT_BACK /* the state was damaged: resumed at an older step */
};

/*
 * An enum trainer_start, or -1.  The checkpoint stays open meanwhile, and no
 * process can open another trainer on it.  Weights that are symbolic links are
 * refused (ERR_LINKED_WEIGHTS).
 *
 * saving: when steps are committed, and commits forced to the disk; commit.h
 * says what a loss of power can take in between.  If the newest weights or the
 * optimizer file are damaged, the trainer goes back to the step that was synced
 * last.
 */
must_use int trainer_open(struct trainer *, struct ckpt *, enum optimizer,
    const struct saving *);
/* Whether there is something to tell about the start, in err_last(). */
bool trainer_warns(const struct trainer *, enum trainer_start);
void trainer_release(struct trainer *);
/*
 * Keep an average of the weights with this decay, of [0, EMA_DECAY_MAX]; 0:
 * keep none; below 0: go on with that of the optimizer file, if it has one, as
 * trainer_open does.  Whether there is something to tell, in err_last().
 */
bool trainer_average(struct trainer *, double decay);
/*
 * What a trainer of a policy holds, once it has made an update: weights, their
 * gradient, moments, and the average that its optimizer file keeps.
 */
size_t trainer_bytes(struct ckpt *, enum optimizer);
/*
 * For callers that compute gradients in process: the weights for the forward
 * pass, which follow all updates.  Backward passes are given `backward`, and
 * add into d.  Without adapters these are w and d themselves.  NULL: no
 * backward pass can be made.
 */
const struct params *trainer_forward(struct trainer *);
/* Set d, backward and touched to zero. */
void trainer_zero(struct trainer *);
/* Set only touched to zero: enough before inputs_add. */
void trainer_forget(struct trainer *);
/* Update the weights by d; u's optimizer and t are set here. */
void trainer_update(struct trainer *, struct update u);
/*
 * Commit the next step of the policy and set step and ckpt's to it.  Returns as
 * ckpt_commit: 0, -1 (the step is not made), or 1 (the step is made, but what
 * follows the commit failed, and the message says why).
 */
must_use int trainer_commit(struct trainer *, size_t keep);
/*
 * The same, or publish the step if no commit is due: then ckpt's step stays.
 * After -1 the weights are those of no step.
 */
must_use int trainer_step(struct trainer *, size_t keep);
/* Whether the newest step is committed. */
bool trainer_committed(const struct trainer *);
/*
 * At the end: commit the newest step if it is only published, and force the
 * last commit to the disk, unless sync is never.
 */
must_use int trainer_finish(struct trainer *, size_t keep);

#endif
