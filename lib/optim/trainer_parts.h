/* SPDX-License-Identifier: MIT */
/* trainer_parts: functions shared by the files of trainer. */
#ifndef OPTIM_TRAINER_PARTS_H
#define OPTIM_TRAINER_PARTS_H

#include "io/safetensors.h"
#include "optim/trainer.h"

/*
 * Make the list of the tensors of the optimizer file, again where there is one:
 * none if it has nothing to hold.
 */
void trainer_state_list(struct trainer *);
/*
 * Make the list, and read all of it from the optimizer file, if there is one
 * (NULL: none): an enum trainer_start, or -1.
 */
must_use int trainer_state_load(struct trainer *, const struct safetensors *);
/* Store the counts in the list, before it is written. */
void trainer_state_count(struct trainer *);
void trainer_state_release(struct trainer *);

#endif
