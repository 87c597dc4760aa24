/* SPDX-License-Identifier: MIT */
#include "gradient/joint.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
joint_stream(struct joint *j, struct stream_in *in)
{
	j->input = mem_grow(j->input, &j->cap, j->inputs + 1, sizeof *j->input);
	j->input[j->inputs++].in = gradient_open(in);
}

static void
forget_objectives(struct joint *j)
{
	size_t i;

	for (i = 0; i < j->objectives; i++)
		metadata_release(&j->objective[i]);
	free(j->objective);
	j->objective = NULL;
	j->objectives = 0;
}

void
joint_release(struct joint *j)
{
	size_t i;

	forget_objectives(j);
	for (i = 0; i < j->inputs; i++) {
		gradient_close(j->input[i].in);
		gradient_head_release(&j->input[i].head);
	}
	free(j->input);
	memset(j, 0, sizeof *j);
}

/* The header of the stream's next segment that has records. */
static int
next_head(struct joint_input *p)
{
	bool empty = true;
	int rc = 1;

	while (rc == 1 && empty)
		rc = gradient_next(p->in, &p->head, &empty);
	p->here = rc == 1;
	p->ended = p->ended_now = rc == 0;
	return rc;
}

static struct gradient_metadata *
find_objective(struct joint *j, const char *name)
{
	size_t i;

	for (i = 0; i < j->objectives; i++)
		if (strcmp(j->objective[i].name, name) == 0)
			break;
	return &j->objective[i];
}

static int
add_head(struct joint *j, const struct joint_input *p)
{
	struct gradient_metadata *o = find_objective(j, p->head.objective);

	if (o == j->objective + j->objectives)
		j->objectives++;
	if (metadata_add(o, &p->head) != 0)
		return gradient_fail(p->in);
	return 0;
}

int
joint_next(struct joint *j)
{
	struct joint_input *p;
	size_t i;

	forget_objectives(j);
	j->objective = mem_alloc(j->inputs, sizeof *j->objective);
	for (i = 0; i < j->inputs; i++) {
		p = &j->input[i];
		p->here = p->ended_now = false;
		if (p->ended)
			continue;
		if (next_head(p) < 0 || (p->here && add_head(j, p) != 0))
			return -1;
	}
	return j->objectives > 0;
}

static int
check_tokenizer(const struct gradient_head *h, const struct ckpt *c)
{
	struct msg_view v;
	int rc = msg_str(&h->header, "tokenizer", &v);

	if (rc <= 0 || c->tokenizer[0] == '\0')
		return rc < 0 ? -1 : 0;
	if (v.n == strlen(c->tokenizer) && memcmp(v.p, c->tokenizer, v.n) == 0)
		return 0;
	return fail("made with tokenizer %.*s, but %s has %s",
	    v.n < 64 ? (int)v.n : 64, v.p, c->dir, c->tokenizer);
}

static int
check_policy(const struct gradient_head *h, const struct ckpt *c,
    uint64_t stale)
{
	unsigned long long step = h->step, at = c->step;

	if (h->policy[0] == '\0')
		return 0;
	if (strcmp(h->policy, c->id) != 0)
		return fail("a gradient of policy %s, but %s is %s", h->policy,
		    c->dir, c->id);
	if (step > at)
		return fail("a gradient of step %llu, but %s is at step %llu",
		    step, c->dir, at);
	if (at - step > stale)
		return fail("a stale gradient of step %llu, but %s is at step "
			    "%llu",
		    step, c->dir, at);
	return 0;
}

int
joint_check(const struct joint *j, const struct ckpt *c, uint64_t stale)
{
	const struct joint_input *p;

	for (p = j->input; p < j->input + j->inputs; p++)
		if (p->here &&
		    (check_policy(&p->head, c, stale) != 0 ||
			check_tokenizer(&p->head, c) != 0))
			return gradient_fail(p->in);
	return 0;
}

int
joint_add(struct joint *j, struct params *d, bool *touched)
{
	const struct gradient_metadata *o;
	struct joint_input *p;

	for (p = j->input; p < j->input + j->inputs; p++) {
		if (!p->here)
			continue;
		o = find_objective(j, p->head.objective);
		if (gradient_add(p->in, o->weight / o->units, d, touched) != 0)
			return -1;
	}
	return 0;
}
