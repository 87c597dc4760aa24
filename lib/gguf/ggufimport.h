/* SPDX-License-Identifier: MIT */
/*
 * ggufimport: a policy from a GGUF file.
 *
 * Weights are widened piece by piece as the new file is written, so the size
 * of the model does not matter.
 */
#ifndef GGUF_GGUFIMPORT_H
#define GGUF_GGUFIMPORT_H

#include "io/gguf.h"
#include "nn/create.h"

/* How the policy is to differ from the file. */
struct ggufimport {
	bool scored;   /* a classifier with a random head */
	int dtype;     /* enum st_dtype; -1: that of the file's matrices */
	uint64_t seed; /* of the head */
	const struct ckpt_finish *finish; /* or NULL */
};

/*
 * Make the directory `dir` from the file `path`.  Stores config, number of
 * parameters and type of the new policy.  Where the file's matrices are
 * neither all F16 nor all BF16, the type is F32.
 */
must_use int ggufimport(const char *dir, const char *path,
    const struct ggufimport *, struct config *, size_t *total,
    enum st_dtype *dtype);

#endif
