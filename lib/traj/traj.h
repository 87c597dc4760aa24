/* SPDX-License-Identifier: MIT */
/*
 * traj: a trajectory, as in apprentice-stream(5), and segments of them.
 *
 * The decision process: the state is all tokens so far, an action is the next
 * token, and the transition appends it.  A struct traj has the record as it
 * was read (rec), so that fields unknown here are written as they came, and
 * beside it the fields that are known, decoded and checked (field.h).  A
 * caller that changes a field of rec changes the member too.
 *
 * A segment is a batch.  traj_read takes in a whole one, with its end record,
 * before anything is made of it:
 *
 *	while ((r = traj_read(in, &s)) > 0)
 *		...				// s.t[0 .. s.n)
 *	traj_segment_release(&s);
 */
#ifndef TRAJ_TRAJ_H
#define TRAJ_TRAJ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "io/stream.h"

enum traj_role {
	ROLE_NONE,
	ROLE_EXPERT,
	ROLE_POLICY,
	ROLE_CHOSEN,
	ROLE_REJECTED
};
enum traj_stop { STOP_NONE, STOP_EOS, STOP_TURN, STOP_TEXT, STOP_LENGTH };
/* What the scores of a segment mean; RATIO_NONE: the header does not say. */
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
	char *id, *group; /* owned; group: the id where absent */
	enum traj_role role;
	enum traj_stop stop;
	uint64_t pass;
	double weight;
	uint32_t *tokens;
	size_t n, tokens_cap;
	struct span *span;
	size_t spans, span_cap;
	size_t actions; /* A, their total length */
	/* logps and logqs are A, scores 1 or A; 0 where the field is absent */
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
	uint64_t batch_size; /* if this is a shard: of the whole batch; or 0 */
};

/*
 * The next segment, whole: 1, 0 at the end of the stream, -1.  The segment's
 * memory is reused.
 */
must_use int traj_read(struct stream_in *, struct traj_segment *);
must_use int traj_write(struct stream_out *, const struct traj_segment *);
/*
 * Is the segment a step of the policy?  An empty one is where it is a shard of
 * a batch that has trajectories in another shard.
 */
bool traj_is_step(const struct traj_segment *);
void traj_segment_release(struct traj_segment *);
/* Append an empty trajectory, to be filled; borrowed until the next call. */
struct traj *traj_add(struct traj_segment *);
/* Swap trajectories k <= i of a segment, with their memory. */
void traj_move(struct traj_segment *, size_t k, size_t i);

/* Decode and check rec into the members; -1 names the field. */
must_use int traj_decode(struct traj *);
/* The same of a line of JSON, which becomes rec. */
must_use int traj_from_json(struct traj *, const char *line, size_t n);
/* Write the members into rec, which keeps its other fields. */
void traj_encode(struct traj *);
void traj_copy(struct traj *, const struct traj *);
void traj_release(struct traj *);
/* The memory of its insides. */
size_t traj_bytes(const struct traj *);

/* Fail, with the trajectory's place and id in front; -1. */
int traj_fail(const struct traj *, const char *fmt, ...) printf_like(2, 3);
/* The same of a field that is absent; that of "score" has a kind. */
int traj_fail_missing(const struct traj *, const char *field);
/* Put place and id in front of the message of a failure; -1. */
int traj_fail_in(const struct traj *);

/*
 * Check that every token is below vocab and no trajectory is longer than
 * context; -1 names record and field.
 */
must_use int traj_check(const struct traj_segment *, size_t vocab,
    size_t context);
/*
 * Check that the segment was made with this tokenizer, if its header says
 * with which; -1 names the policy it was made for, if the header does, and is
 * of the kind ERR_TOKENIZER.
 */
must_use int traj_same_tokenizer(const struct traj_segment *,
    const char *fingerprint, size_t vocab);
/* Two segments have one tokenizer (or one does not say); -1 names both. */
must_use int traj_share_tokenizer(const struct traj_segment *,
    const struct traj_segment *other);

/* The number meta[key]: 1, 0 absent, -1 where it is not a number. */
must_use int traj_meta(const struct traj *, const char *key, double *);
/* Set header["stats"][name], name being "TOOL.NAME"; keep other stats. */
void traj_stat(struct msg *header, const char *name, double value);

/* Names by value, from 1 on; "" is first and NULL last. */
extern const char *const traj_role_names[];
extern const char *const traj_stop_names[];
extern const char *const traj_ratio_names[];
const char *traj_role_name(enum traj_role);
const char *traj_stop_name(enum traj_stop);
const char *traj_ratio_name(enum traj_ratio);
/* The index of a text in such a list; 0 where it is not in it. */
int traj_name_find(const char *const *names, const char *text, size_t n);

#endif
