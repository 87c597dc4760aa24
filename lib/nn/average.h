/* SPDX-License-Identifier: MIT */
/*
 * average: a policy whose weights are the arithmetic mean of those of others.
 *
 * The others have the same tokenizer, the same tensors and the same config, but
 * for the tokens that begin and end a text.  Adapters are multiplied out, so
 * that the mean is that of the weights which the policies use.  Sums are in
 * double, and weights go from the files to the new one piece by piece: the size
 * of the policies does not matter.
 *
 *	if (average_parse("a,b,c", &average) != 0)	// the type of options
 *		...
 *	rc = average_make("mean", &average, dtype, finish, &c, &total, &made);
 *	average_release(&average);
 */
#ifndef NN_AVERAGE_H
#define NN_AVERAGE_H

#include <stddef.h>

#include "base/err.h"
#include "nn/create.h"

struct average {
	char **dir; /* owned */
	size_t n;
};

/*
 * The directories in a list with commas, where "\," is a comma in a name; -1:
 * there are fewer than two.
 */
must_use int average_parse(const char *list, void *average);
void average_release(struct average *);
/*
 * Make the directory.  dtype: an enum st_dtype, or -1: that of all policies, or
 * F32 where they have several.  Config, tokenizer and other files are those of
 * the first.  Stores config, number of parameters and type of the new policy.
 */
must_use int average_make(const char *dir, const struct average *, int dtype,
    const struct ckpt_finish *, struct config *, size_t *total,
    enum st_dtype *made);

#endif
