/* SPDX-License-Identifier: MIT */
/*
 * traj: a trajectory, as in apprentice-stream(5), and segments of them.
 *
 * The MDP: state = all tokens so far, action = next token, transition =
 * append.  A trajectory keeps its record (`rec`), so that what we do not
 * know is written as it was read; the fields beside it are decoded and
 * checked.  Change a field of the record with msg_set_* on rec; fields here
 * are then to be changed too by the caller.
 *
 * A segment is a batch.  traj_read takes one whole, end record included,
 * before anything is made of it.
 */
#ifndef TRAJ_TRAJ_H
#define TRAJ_TRAJ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "io/msg.h"
#include "io/stream.h"
#include "io/where.h"

enum traj_role {
	ROLE_NONE,
	ROLE_EXPERT,
	ROLE_POLICY,
	ROLE_CHOSEN,
	ROLE_REJECTED
};
enum traj_stop { STOP_NONE, STOP_EOS, STOP_TURN, STOP_LENGTH };
/* What the scores of a segment are; RATIO_NONE: the header does not say. */
enum traj_ratio {
	RATIO_NONE,
	RATIO_CALIBRATED,
	RATIO_PROMPT,
	RATIO_CONSTANT,
	RATIO_SIGN,
	RATIO_REWARD
};

struct span {
	uint32_t start, end; /* half open, of tokens */
};

struct traj {
	struct msg rec;
	struct where at;  /* where it was read, for messages */
	char *id, *group; /* group is id where absent; owned */
	enum traj_role role;
	enum traj_stop stop;
	uint64_t pass;
	double weight;
	uint32_t *tokens;
	size_t n, tokens_cap;
	struct span *span;
	size_t spans, span_cap;
	size_t actions; /* A, their total length */
	/* NULL-able by count: 0 where absent; logps and logqs are A, scores 1
	 * or A */
	float *logp, *logq, *score;
	size_t logps, logqs, scores, logp_cap, logq_cap, score_cap;
};

struct traj_segment {
	struct msg header; /* inner map */
	struct where at;   /* where it was read, for messages */
	struct traj *t;
	size_t n, cap;
	bool more;
	enum traj_ratio ratio;
	char tokenizer[64]; /* "" where absent */
	uint64_t vocab;     /* 0 where absent */
	char policy[64];    /* id, "" where absent */
	uint64_t policy_step;
	uint64_t
	    batch_size; /* of the whole batch, where this is a shard; or 0 */
};

/*
 * 1 a whole segment, 0 end of the stream, -1. The caller's segment is reused.
 */
must_use int traj_read(struct stream_in *, struct traj_segment *);
must_use int traj_write(struct stream_out *, const struct traj_segment *);
/*
 * Is the segment a step of the policy?  An empty one is where it is a shard of
 * a batch that has trajectories in another shard.
 */
bool traj_is_step(const struct traj_segment *);
void traj_segment_release(struct traj_segment *);
/* One more trajectory at the end of a segment, empty, to be filled; borrowed
 * until the next. */
struct traj *traj_add(struct traj_segment *);

/* Decode and check rec into the fields; -1 names the field. */
must_use int traj_decode(struct traj *);
/* Write tokens, actions, role, stop and so on of the fields into rec. */
void traj_encode(struct traj *);
void traj_copy(struct traj *, const struct traj *);
/* Fail, naming the trajectory's place and id in front; -1. */
int traj_fail(const struct traj *, const char *fmt, ...) printf_like(2, 3);
/* The same of a field that is not there; of "score" with its kind. */
int traj_fail_missing(const struct traj *, const char *field);
/* Put them in front of the message of a failure; -1. */
int traj_fail_in(const struct traj *);
void traj_release(struct traj *);

/* Every token below vocab, no more tokens than context; -1 names record and
 * field. */
must_use int traj_check(const struct traj_segment *, size_t vocab,
    size_t context);
/* The segment's tokenizer is this one (or it does not say); -1 names both. */
must_use int traj_same_tokenizer(const struct traj_segment *,
    const char *fingerprint, size_t vocab);

/*
 * The number meta[key]: 1, 0 where there is none, -1 where it is another thing.
 */
must_use int traj_meta(const struct traj *, const char *key, double *);
/* header["stats"]["TOOL.NAME"] = value, other stats kept. */
void traj_stat(struct msg *header, const char *name, double value);
const char *traj_role_name(enum traj_role);
const char *traj_stop_name(enum traj_stop);
const char *traj_ratio_name(enum traj_ratio);

#endif
