/* SPDX-License-Identifier: MIT */
#include "likelihood/heldout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/stream.h"
#include "likelihood/draw.h"
#include "likelihood/likelihood.h"
#include "traj/members.h"
#include "traj/traj.h"

/* What the first reading keeps of each trajectory. */
struct seen {
	char *group;
	double actions;
};

static struct stream_in *
open_stream(const struct heldout *h)
{
	char *name = mem_dup(h->file, strlen(h->file));
	struct stream_in *in = stream_open(&name, 1, STREAM_TRAJ, false);

	free(name);
	return in;
}

static int
grown(const struct heldout *h)
{
	return fail("%s: it has more trajectories than before", h->file);
}

/* Number the prompts in the order of their groups' names. */
static void
number_prompts(struct heldout *h, const struct seen *s, size_t n)
{
	struct member *m = mem_alloc(n, sizeof *m);
	size_t i, k, end;

	h->n = n;
	h->prompt = mem_alloc(n, sizeof *h->prompt);
	h->first = mem_alloc(n, sizeof *h->first);
	h->actions = mem_alloc(n, sizeof *h->actions);
	for (i = 0; i < n; i++)
		m[i] = (struct member){ s[i].group, i };
	members_sort(m, n);
	for (i = 0; i < n; i = end, h->prompts++) {
		end = members_end(m, n, i);
		h->first[m[i].i] = true;
		for (k = i; k < end; k++) {
			h->prompt[m[k].i] = h->prompts;
			h->actions[h->prompts] += s[m[k].i].actions;
		}
	}
	free(m);
}

static int
check(const struct heldout *h)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < h->prompts; i++)
		sum += h->actions[i];
	if (h->n == 0)
		return fail("%s: no trajectories", h->file);
	if (!(sum > 0) || !isfinite(sum))
		return fail("%s: no trajectory has an action and a weight",
		    h->file);
	return 0;
}

int
heldout_open(struct heldout *h, const char *file)
{
	struct traj_segment t = { 0 };
	struct seen *s = NULL;
	struct stream_in *in;
	size_t cap = 0, n = 0, i;
	int r;

	*h = (struct heldout){ .file = file };
	if (strcmp(file, "-") == 0)
		return fail("standard input cannot be read again: give a file");
	if ((in = open_stream(h)) == NULL)
		return -1;
	while ((r = traj_read(in, &t)) > 0)
		for (i = 0; i < t.n; i++, n++) {
			s = mem_grow(s, &cap, n + 1, sizeof *s);
			s[n] = (struct seen){ mem_dup(t.t[i].group,
						  strlen(t.t[i].group)),
				t.t[i].weight * (double)t.t[i].actions };
			h->weight += t.t[i].weight;
		}
	if (r == 0) {
		number_prompts(h, s, n);
		r = check(h);
	}
	for (i = 0; i < n; i++)
		free(s[i].group);
	free(s);
	stream_close(in);
	traj_segment_release(&t);
	return r;
}

void
heldout_release(struct heldout *h)
{
	free(h->prompt);
	free(h->first);
	free(h->actions);
	memset(h, 0, sizeof *h);
}

/* Add a segment's nats; its trajectories are from number `at` on. */
static int
add_segment(const struct heldout *h, struct likelihood *work,
    const struct ckpt *c, const struct traj_segment *s, size_t at, double *nll)
{
	float *logp;
	size_t i, j, k;
	int rc;

	if (at + s->n > h->n)
		return grown(h);
	if (traj_same_tokenizer(s, c->tokenizer, c->config.V) != 0 ||
	    traj_check(s, c->config.V, c->config.context) != 0)
		return -1;
	logp = mem_floats(likelihood_actions(s->t, s->n));
	rc = likelihood_logp(work, &c->params, s->t, s->n, logp, NULL);
	for (i = 0, k = 0; rc == 0 && i < s->n; i++)
		for (j = 0; j < s->t[i].actions; j++, k++)
			nll[h->prompt[at + i]] -=
			    s->t[i].weight * (double)logp[k];
	free(logp);
	return rc;
}

int
heldout_nll(const struct heldout *h, const struct ckpt *c, size_t micro,
    double *nll)
{
	struct likelihood *work;
	struct traj_segment s = { 0 };
	struct stream_in *in = open_stream(h);
	size_t at = 0;
	int r;

	if (in == NULL)
		return -1;
	work = likelihood_new(&c->config, micro);
	memset(nll, 0, h->prompts * sizeof *nll);
	while ((r = traj_read(in, &s)) > 0) {
		if (add_segment(h, work, c, &s, at, nll) != 0) {
			r = -1;
			break;
		}
		at += s.n;
	}
	if (r == 0 && at < h->n)
		r = fail("%s: it has fewer trajectories than before", h->file);
	likelihood_free(work);
	stream_close(in);
	traj_segment_release(&s);
	return r;
}

/* Keep one trajectory of each prompt of a segment in front, at most `most`. */
static size_t
front(struct traj_segment *s, const bool *first, size_t most)
{
	size_t n = 0, i;

	for (i = 0; i < s->n && n < most; i++)
		if (first[i])
			traj_move(s, n++, i);
	return n;
}

static int
sample(const struct ckpt *c, const struct traj_segment *s,
    const struct heldout_sampling *o, heldout_hear *hear, void *ctx)
{
	struct decode_options how = o->how;
	struct responses r = { 0 };
	size_t i;

	how.step = c->step;
	if (draw_segment(&r, s, c, &how, &o->respond, NULL, NULL) != 0)
		return -1;
	for (i = 0; i < r.jobs; i++)
		hear(ctx, s->t[i / r.each].group, r.job[i].tokens, r.job[i].n,
		    i % r.each);
	respond_release(&r);
	return 0;
}

static void
repeat(const struct traj_segment *s, heldout_hear *hear, void *ctx)
{
	const struct span *last;
	const struct traj *t;
	size_t i;

	for (i = 0; i < s->n; i++) {
		t = &s->t[i];
		if (t->spans == 0)
			continue;
		last = &t->span[t->spans - 1];
		hear(ctx, t->group, t->tokens + last->start,
		    last->end - last->start, 0);
	}
}

int
heldout_responses(const struct heldout *h, const struct ckpt *policy,
    const struct heldout_sampling *o, heldout_hear *hear, void *ctx)
{
	struct stream_in *in = open_stream(h);
	struct traj_segment s = { 0 };
	size_t left = o->prompts, at = 0, n;
	int r = in == NULL ? -1 : 1;

	while (left > 0 && r > 0 && (r = traj_read(in, &s)) > 0) {
		n = s.n;
		if (at + n > h->n) {
			r = grown(h);
			break;
		}
		s.n = front(&s, h->first + at, left);
		at += n;
		left -= s.n;
		if (policy == NULL)
			repeat(&s, hear, ctx);
		else if (s.n > 0 && sample(policy, &s, o, hear, ctx) != 0)
			r = -1;
		s.n = n; /* all are released */
	}
	stream_close(in);
	traj_segment_release(&s);
	return r < 0 ? -1 : 0;
}
