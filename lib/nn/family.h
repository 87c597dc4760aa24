/* SPDX-License-Identifier: MIT */
/*
 * family: the table of model families, a row each.
 *
 * A row says how a family's files are written (class names, tensor names,
 * keys of config.json, storage) and which mechanisms it has.  Nothing else
 * tests a family by name or number: the passes read the mechanisms in struct
 * config, readers and writers of files read the row.
 *
 * To add a family without a new mechanism: one constant in enum family
 * (config.h), and its name and row in family.c.
 */
#ifndef NN_FAMILY_H
#define NN_FAMILY_H

#include <stdbool.h>
#include <stddef.h>

#include "nn/config.h"

/* How tensors are named: columns of the table in params.c. */
enum naming { NAMING_LLAMA, NAMING_GPT2, NAMING_GPT_NEOX, NAMING_COUNT };

/*
 * The key of config.json for each size; NULL: the family has none, and the
 * size follows from others (K = H, E = D / H).
 */
struct config_keys {
	const char *D, *L, *H, *K, *E, *F;
	const char *context;
	const char *context_again; /* written as well, for older readers */
	const char *activation, *norm_eps;
	const char *attention_bias; /* sets qkv_bias and out_bias */
	const char *mlp_bias;
	const char *rope_theta, *rope_theta_again;
	const char *original;
	const char *rope_share, *rope_share_again; /* must agree */
	const char *rope_local; /* theta of layers with a window */
	const char *parallel;
	const char *rotated, *unrotated_every; /* by layer */
	/* Its width; whether there is one; the first layer that has one; every
	 * how many layers one has none */
	const char *window, *window_switch, *window_from, *window_every;
	const char *window_every_again;
	const char *embedding_scale, *residual_scale, *attention_scale;
	const char *query_scalar; /* attention_scale^-2 */
	const char *logit_divisor;
};

/* 0: the key is required, but K is H, and E is D / H. */
struct family_sizes {
	size_t V, H, K, E, context;
	size_t window; /* 0: none */
	size_t window_from, window_every, unrotated_every;
	size_t query_scalar;
	size_t original; /* of rotation; 0: the context */
};

enum { FAMILY_PREFIXES = 6, FAMILY_UNUSED = 4 };

struct family_row {
	const char *causal, *classifier; /* "architectures" in config.json */
	enum naming naming;
	/* Before tensor names, in the order looked for; the first is written */
	const char *prefixes[FAMILY_PREFIXES];
	const struct config_keys *keys;
	/* Keys that its files have, and that change nothing */
	const char *unused[FAMILY_UNUSED];
	struct family_sizes absent;     /* where config.json has no such key */
	size_t (*default_ff)(size_t D); /* F of a new policy */
	double local_theta;       /* of layers with a window; 0: as others */
	bool root_embedding;      /* multiplied by sqrt(D) */
	bool window_unrotated;    /* layers without rotation have a window */
	unsigned ropes;           /* 1u << enum rope_kind; 0: all */
	bool ff_optional;         /* config.json may omit F: default_ff then */
	struct config mechanisms; /* sizes 0 */
};

/* model_type of each, and NULL at the end. */
extern const char *const family_names[FAMILY_COUNT + 1];

const struct family_row *family_row(enum family);
/* What follows from sizes that have been set. */
void family_size(struct config *);
/* A config of that family: its mechanisms and defaults, sizes 0. */
void family_config(struct config *, enum family);
/* Find a model_type; -1: not in the table, and the error lists those known. */
must_use int family_find(const char *name, enum family *);
/* The class in "architectures": causal language model or classifier. */
const char *family_architecture(const struct config *);

#endif
