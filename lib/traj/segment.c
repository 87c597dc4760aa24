/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "traj/field.h"
#include "traj/provenance.h"
#include "traj/traj.h"

struct traj *
traj_add(struct traj_segment *s)
{
	s->t = mem_grow(s->t, &s->cap, s->n + 1, sizeof *s->t);
	s->t[s->n].at = (struct where){ .record = s->n + 1 };
	return &s->t[s->n++];
}

void
traj_move(struct traj_segment *s, size_t k, size_t i)
{
	struct traj swap = s->t[k];

	if (k == i)
		return;
	s->t[k] = s->t[i];
	s->t[i] = swap;
}

void
traj_segment_release(struct traj_segment *s)
{
	size_t i;

	for (i = 0; i < s->cap; i++) /* reused ones beyond n too */
		traj_release(&s->t[i]);
	free(s->t);
	msg_release(&s->header);
	*s = (struct traj_segment){ 0 };
}

/* Copy a header's text of less than size bytes; "" where absent. */
static int
header_text(const struct msg *h, const char *key, char *out, size_t size)
{
	struct msg_view v;
	int r = msg_str(h, key, &v);

	out[0] = '\0';
	if (r <= 0)
		return r;
	if (v.n >= size || memchr(v.p, '\0', v.n) != NULL)
		return fail("field \"%s\": longer than %zu bytes", key,
		    size - 1);
	memcpy(out, v.p, v.n);
	out[v.n] = '\0';
	return 0;
}

static int
decode_header(struct traj_segment *s)
{
	char name[16];
	struct msg policy = { 0 };
	int r;

	s->vocab = s->policy_step = s->batch_size = 0;
	s->policy[0] = '\0';
	if (header_text(&s->header, "tokenizer", s->tokenizer,
		sizeof s->tokenizer) != 0 ||
	    header_text(&s->header, "ratio", name, sizeof name) != 0 ||
	    msg_uint(&s->header, "vocab", &s->vocab) < 0 ||
	    msg_uint(&s->header, "batch_size", &s->batch_size) < 0)
		return -1;
	r = traj_name_find(traj_ratio_names, name, strlen(name));
	if (r == RATIO_NONE && name[0] != '\0')
		return fail("field \"ratio\": %s is not known", name);
	s->ratio = (enum traj_ratio)r;
	r = msg_map(&s->header, "policy", &policy);
	if (r > 0 &&
	    (header_text(&policy, "id", s->policy, sizeof s->policy) != 0 ||
		msg_uint(&policy, "step", &s->policy_step) < 0))
		r = fail_in("field \"policy\"");
	msg_release(&policy);
	return r < 0 ? -1 : 0;
}

static int
by_text(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static int
check_unique(const struct traj_segment *s)
{
	const char **id = mem_alloc(s->n, sizeof *id);
	size_t i;
	int rc = 0;

	for (i = 0; i < s->n; i++)
		id[i] = s->t[i].id;
	qsort(id, s->n, sizeof *id, by_text);
	for (i = 1; i < s->n && rc == 0; i++)
		if (strcmp(id[i], id[i - 1]) == 0)
			rc = fail("field \"id\": \"%.60s\" comes twice", id[i]);
	free(id);
	return rc;
}

int
traj_read(struct stream_in *in, struct traj_segment *s)
{
	struct traj *t;
	int r;

	stream_typed(in, field_typed);
	r = stream_segment(in, &s->header);
	s->n = 0;
	if (r <= 0)
		return r;
	s->at = stream_where(in);
	if (decode_header(s) != 0) {
		(void)fail_in("header");
		return fail_where(&s->at, NULL, 0);
	}
	for (;;) {
		t = traj_add(s);
		r = stream_record(in, &t->rec);
		if (r < 0)
			return -1;
		if (r == 0)
			break;
		t->at = stream_where(in);
		if (traj_decode(t) != 0)
			return traj_fail_in(t);
	}
	s->n--;
	s->more = stream_more(in);
	return check_unique(s) != 0 ? fail_where(&s->at, NULL, 0) : 1;
}

bool
traj_is_step(const struct traj_segment *s)
{
	return s->n > 0 || s->batch_size > 0;
}

int
traj_write(struct stream_out *out, const struct traj_segment *s)
{
	size_t i;

	if (stream_begin(out, STREAM_TRAJ, &s->header) != 0)
		return -1;
	for (i = 0; i < s->n; i++)
		if (stream_put(out, &s->t[i].rec) != 0)
			return traj_fail_in(&s->t[i]);
	return stream_end(out, s->more);
}

int
traj_check(const struct traj_segment *s, size_t vocab, size_t context)
{
	const struct traj *t;
	size_t i, k;

	for (i = 0; i < s->n; i++) {
		t = &s->t[i];
		if (t->n > context)
			return traj_fail(t,
			    "field \"tokens\": %zu are longer than the context "
			    "of %zu",
			    t->n, context);
		for (k = 0; k < t->n; k++)
			if (t->tokens[k] >= vocab)
				return traj_fail(t,
				    "field \"tokens\": token %u is outside a "
				    "vocabulary of %zu",
				    t->tokens[k], vocab);
	}
	return 0;
}

/* The policy that demo2traj made a segment for; NULL: the header names none. */
static char *
made_for(const struct traj_segment *s)
{
	return provenance_option(&s->header, "demo2traj", 'm', "model");
}

int
traj_same_tokenizer(const struct traj_segment *s, const char *fingerprint,
    size_t vocab)
{
	const bool other = s->tokenizer[0] != '\0' && fingerprint[0] != '\0' &&
	    strcmp(s->tokenizer, fingerprint) != 0;
	char *made;

	if (!other && (s->vocab == 0 || s->vocab == vocab))
		return 0;
	made = made_for(s);
	if (other && made != NULL)
		(void)fail_kind(ERR_TOKENIZER, NULL,
		    "made for %s, but the policy has another tokenizer", made);
	else if (other)
		(void)fail_kind(ERR_TOKENIZER, NULL,
		    "made with tokenizer %s, but the policy's is %s",
		    s->tokenizer, fingerprint);
	else
		(void)fail_kind(ERR_TOKENIZER, NULL,
		    "made with a tokenizer of vocabulary %" PRIu64
		    ", but the policy's is %zu",
		    s->vocab, vocab);
	free(made);
	return fail_where(&s->at, NULL, 0);
}

void
traj_stat(struct msg *header, const char *name, double value)
{
	struct msg stats = { 0 };

	if (!isfinite(value))
		return;
	if (msg_map(header, "stats", &stats) <= 0)
		msg_clear(&stats);
	msg_set_float(&stats, name, value);
	msg_set_map(header, "stats", &stats);
	msg_release(&stats);
}

/* By the policies that the headers name, if they differ. */
static void
fail_tokenizers(const struct traj_segment *s, const char *file,
    const struct traj_segment *other)
{
	char *made = made_for(s), *as = made_for(other);

	if (made != NULL && as != NULL && strcmp(made, as) != 0)
		(void)fail_kind(ERR_TOKENIZER, NULL,
		    "made for %s, but %s for %s, which has another tokenizer",
		    made, file, as);
	else
		(void)fail_kind(ERR_TOKENIZER, NULL,
		    "made with tokenizer %s, but %s with %s", s->tokenizer,
		    file, other->tokenizer);
	free(made);
	free(as);
}

int
traj_share_tokenizer(const struct traj_segment *s,
    const struct traj_segment *other)
{
	const char *file = other->at.file != NULL ? other->at.file : "another";

	if (s->tokenizer[0] != '\0' && other->tokenizer[0] != '\0' &&
	    strcmp(s->tokenizer, other->tokenizer) != 0)
		fail_tokenizers(s, file, other);
	else if (s->vocab != 0 && other->vocab != 0 && s->vocab != other->vocab)
		(void)fail_kind(ERR_TOKENIZER, NULL,
		    "made with a tokenizer of vocabulary %" PRIu64
		    ", but %s with one of %" PRIu64,
		    s->vocab, file, other->vocab);
	else
		return 0;
	return fail_where(&s->at, NULL, 0);
}
