/* SPDX-License-Identifier: MIT */
/* create: write new policy directories. */
#ifndef NN_CREATE_H
#define NN_CREATE_H

#include "nn/ckpt.h"

/* A file of a new policy: its name in the directory, and its text. */
struct ckpt_text {
	const char *name;
	struct buf *text;
};

/*
 * What completes the folder of a new policy before it appears: run(arg, the
 * folder as it is called until then).
 */
struct ckpt_finish {
	int (*run)(void *arg, const char *dir);
	void *arg;
};

/* A new policy. */
struct ckpt_new {
	const struct config *config;
	const struct params *params;
	enum st_dtype dtype;
	const char *base; /* other keys of its config.json; or NULL */
	const char
	    *extras; /* directory with tokenizer files to copy; or NULL */
	const struct ckpt_text *text; /* more files */
	size_t texts;
	const struct ckpt *adapted; /* params are adapters of it; or NULL */
	uint64_t seed; /* of tensors of params without values, made random */
	const struct ckpt_source *source; /* of those that it has; or NULL */
	const struct ckpt_finish *finish; /* or NULL */
};

/*
 * Make a directory, aside and then renamed: config.json, weights, tokenizer
 * files; a new id, step 0.  Fails, and leaves nothing, if dir exists or
 * a value is not finite in the dtype.
 */
must_use int ckpt_create(const char *dir, const struct ckpt_new *);
/*
 * The same from the weights of `base`: a copy, or with scored a sequence
 * classifier, whose head is random unless the base has one; *total
 * parameters.  With a source (NULL: none) all weights are from there.
 */
must_use int ckpt_derive(const char *dir, const struct ckpt *base, bool scored,
    enum st_dtype, uint64_t seed, const struct ckpt_finish *,
    const struct ckpt_source *, size_t *total);
/*
 * A policy with adapters for `base`, equal to it at first: *trained of *total
 * parameters.
 */
must_use int ckpt_adapt(const char *dir, const struct ckpt *base,
    const struct adapter_spec *, uint64_t seed, const struct ckpt_finish *,
    size_t *trained, size_t *total);
/*
 * The adapters of a policy as a policy of their own, over the same base; *own
 * parameters.  -1: also if it has none.
 */
must_use int ckpt_copy_adapters(const char *dir, const struct ckpt *,
    enum st_dtype, const struct ckpt_finish *, size_t *own);
/* A new policy id: 32 hexadecimal digits from getrandom(2). */
void ckpt_new_id(char id[CKPT_ID]);

#endif
