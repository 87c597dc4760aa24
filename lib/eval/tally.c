/* SPDX-License-Identifier: MIT */
#include "eval/tally.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "base/sum.h"
#include "traj/recordline.h"

int
tally_want_divergence(const char *text, void *wanted)
{
	struct tally_wanted *w = wanted;
	struct measures_row *row = &w->divergence[w->divergences];

	if (w->divergences == TALLY_DIVERGENCES)
		return fail("more than %d", TALLY_DIVERGENCES);
	row->name = text;
	w->divergences++;
	return divergence_parse(text, &row->divergence);
}

int
tally_want_pass(const char *text, void *wanted)
{
	struct tally_wanted *w = wanted;

	if (w->passes == TALLY_PASSES)
		return fail("more than %d", TALLY_PASSES);
	return num_u64(text, 1, 1000000, &w->pass[w->passes++]);
}

void
tally_init(struct tally *y)
{
	*y = (struct tally){ .diversity = diversity_new() };
}

void
tally_release(struct tally *y)
{
	traj_segment_release(&y->like);
	groups_release(&y->groups);
	ratio_release(&y->exact);
	ratio_release(&y->right);
	nll_release(&y->nll);
	estimate_release(&y->scores);
	diversity_free(y->diversity);
	passk_release(&y->pass);
}

int
tally_check(struct tally *y, const struct traj_segment *s,
    const struct pool *demos)
{
	struct traj_segment *like = &y->like;

	if (traj_share_tokenizer(s, like) != 0 ||
	    (demos != NULL && pool_share_tokenizer(demos, s) != 0))
		return -1;
	if (like->tokenizer[0] == '\0' || like->vocab == 0)
		like->at = s->at;
	if (like->tokenizer[0] == '\0') {
		memcpy(like->tokenizer, s->tokenizer, sizeof s->tokenizer);
		msg_copy(&like->header, &s->header);
	}
	if (like->vocab == 0)
		like->vocab = s->vocab;
	return 0;
}

/* Whether a sample's score is above 0; -1: it has none. */
static int
is_rewarded(const struct traj *t)
{
	return t->scores > 0 ? sum_floats(t->score, t->scores) > 0 : -1;
}

/* Exactness and mark of a record: 0, 1, or -1 where it has none. */
static int
judge(const struct traj *t, const struct tally_known *k, struct recordline *l)
{
	l->exact = k->demos != NULL ?
	    t->spans > 0 && pool_has_response(k->demos, t) :
	    -1;
	l->right = t->role == ROLE_EXPERT ? -1 :
	    k->demos != NULL              ? l->exact :
					    is_rewarded(t);
	if (k->marks && t->role != ROLE_EXPERT && l->right < 0)
		return traj_fail_missing(t, "score");
	return 0;
}

static int
add_record(struct tally *y, const struct traj_segment *s, const struct traj *t,
    const struct tally_known *k, struct recordline *l)
{
	const size_t group = groups_index(&y->groups, t->group);
	const struct span *last;

	if (judge(t, k, l) != 0)
		return -1;
	y->records++;
	y->length += (double)t->actions;
	if (t->scores > 0 && s->ratio <= RATIO_CALIBRATED)
		estimate_add(&y->scores, t);
	if (t->spans > 0) {
		last = &t->span[t->spans - 1];
		diversity_add(y->diversity, t->group, t->tokens + last->start,
		    last->end - last->start);
	}
	if (l->exact >= 0)
		ratio_add(&y->exact, group, l->exact, 1);
	if (l->right >= 0) {
		ratio_add(&y->right, group, l->right, 1);
		passk_add(&y->pass, group, l->right > 0);
	}
	if (k->lines != NULL)
		recordline_put(t, l, k->lines);
	return 0;
}

int
tally_add(struct tally *y, const struct traj_segment *s,
    const struct tally_known *k)
{
	struct recordline l = { .logp = k->logp, .entropy = k->entropy };
	size_t i;

	if (k->logp != NULL)
		nll_add(&y->nll, &y->groups, s->t, s->n, k->logp, k->entropy,
		    k->bytes);
	for (i = 0; i < s->n; i++) {
		l.bytes = k->bytes != NULL ? (double)k->bytes[i] : (double)NAN;
		if (add_record(y, s, &s->t[i], k, &l) != 0)
			return -1;
		if (k->logp != NULL) {
			l.logp += s->t[i].actions;
			if (l.entropy != NULL)
				l.entropy += s->t[i].actions;
		}
	}
	return 0;
}

static void
report_pass(const struct tally *y, uint64_t k, struct measures *r)
{
	struct ratio mean = { 0 };
	char name[32];

	(void)snprintf(name, sizeof name, "pass_at_%" PRIu64, k);
	passk_mean(&y->pass, k, &mean);
	measures_ratio(r, name, &mean);
	ratio_release(&mean);
}

void
tally_report(const struct tally *y, const struct tally_wanted *w,
    struct measures *r)
{
	size_t i;

	measures_put(r, "trajectories", (double)y->records);
	measures_put(r, "length", y->length / (double)y->records);
	nll_report(&y->nll, r);
	if (y->scores.n > 0)
		measures_scores(r, &y->scores, w->divergence, w->divergences);
	measures_put(r, "distinct_1", diversity_distinct(y->diversity, 1));
	measures_put(r, "distinct_2", diversity_distinct(y->diversity, 2));
	measures_put(r, "self_bleu", diversity_self_bleu(y->diversity));
	measures_ratio(r, "exact", &y->exact);
	if (w->passes > 0)
		measures_ratio(r, "right", &y->right);
	for (i = 0; i < w->passes; i++)
		report_pass(y, w->pass[i], r);
}
