/* SPDX-License-Identifier: MIT */
#include "discriminator/match.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "traj/members.h"

struct match {
	struct match_settings how;
	const struct pool *demos; /* borrowed */
	struct features *features;
	size_t micro;
	/* of the prompts at hand: demonstrations and rollouts of each in turn
	 */
	const struct traj **t;
	float *x; /* [n, width] */
	size_t n, tokens, t_cap, x_cap;
	/* over the segment */
	double distance;
	size_t prompts;
};

/* One prompt: its demonstrations, then its rollouts, from `first` on. */
struct prompt {
	size_t first, demos, rollouts;
	struct traj **rollout; /* [rollouts] */
};

int
match_parse_layers(const char *text, void *match_settings)
{
	struct match_settings *how = match_settings;
	const char *at = text;
	char share[24];
	size_t n;

	for (how->layers = 0; how->layers < FEATURES_DEPTHS; at += n + 1) {
		n = strcspn(at, ",");
		if (n >= sizeof share)
			break;
		memcpy(share, at, n);
		share[n] = '\0';
		if (num_f64(share, 0, 1, &how->layer[how->layers++]) != 0)
			return -1;
		if (at[n] == '\0')
			return 0;
	}
	return fail("%s: more than %d shares, or one of more than %zu digits",
	    text, FEATURES_DEPTHS, sizeof share - 1);
}

struct match *
match_new(const struct match_settings *how, const struct ckpt *c,
    const struct pool *demos, size_t micro)
{
	struct match *m = mem_alloc(1, sizeof *m);

	m->how = *how;
	m->demos = demos;
	m->features = features_new(c, how->layer, how->layers, micro);
	m->micro = micro;
	return m;
}

void
match_free(struct match *m)
{
	if (m == NULL)
		return;
	features_free(m->features);
	free(m->t);
	free(m->x);
	free(m);
}

static void
add(struct match *m, const struct traj *t)
{
	m->t = mem_grow(m->t, &m->t_cap, m->n + 1, sizeof *m->t);
	m->t[m->n++] = t;
	m->tokens += t->n;
}

/* Add a prompt's trajectories to those at hand. */
static int
add_prompt(struct match *m, struct prompt *p)
{
	const struct traj *first = p->rollout[0], *demo;
	size_t i;

	if (m->how.diversity > 0 && p->rollouts < MATCH_ROLLOUTS)
		return traj_fail(first,
		    "%zu rollouts of group \"%.60s\", but diversity needs %d",
		    p->rollouts, first->group, MATCH_ROLLOUTS);
	p->first = m->n;
	for (; (demo = pool_of_group(m->demos, first->group, p->demos)) != NULL;
	     p->demos++)
		add(m, demo);
	if (p->demos == 0)
		return traj_fail(first,
		    "no demonstration of group \"%.60s\" to match",
		    first->group);
	for (i = 0; i < p->rollouts; i++) {
		if (p->rollout[i]->role == ROLE_EXPERT)
			return traj_fail(p->rollout[i],
			    "role expert, but only rollouts are scored");
		add(m, p->rollout[i]);
	}
	return 0;
}

static void
score_prompt(struct match *m, const struct prompt *p)
{
	const size_t P = features_width(m->features);
	const float *y = m->x + p->first * P;
	double *reward = mem_alloc(p->rollouts, sizeof *reward), distance;
	size_t i;
	float r;

	match_rewards(m->how.kernel, m->how.diversity, y, p->demos,
	    y + p->demos * P, p->rollouts, P, reward, &distance);
	for (i = 0; i < p->rollouts; i++) {
		r = (float)reward[i];
		msg_set_f32(&p->rollout[i]->rec, "score", &r, 1);
	}
	if (isfinite(distance)) {
		m->distance += distance;
		m->prompts++;
	}
	free(reward);
}

/* Compute the features at hand, and score n prompts. */
static int
score_prompts(struct match *m, const struct prompt *p, size_t n)
{
	size_t i;

	m->x = mem_extend(m->x, &m->x_cap, m->n * features_width(m->features),
	    sizeof *m->x);
	if (features_of(m->features, m->t, m->n, m->x) != 0)
		return -1;
	for (i = 0; i < n; i++)
		score_prompt(m, &p[i]);
	m->n = m->tokens = 0;
	return 0;
}

/* The prompts of a segment, n in all, with rollouts sorted by them. */
static struct prompt *
prompts_of(struct traj_segment *s, struct traj **t, size_t *n)
{
	struct prompt *p = mem_alloc(s->n, sizeof *p);
	struct member *m = members_of(s->t, s->n);
	size_t i, end;

	for (i = 0; i < s->n; i++)
		t[i] = &s->t[m[i].i];
	for (i = *n = 0; i < s->n; i = end) {
		end = members_end(m, s->n, i);
		p[(*n)++] =
		    (struct prompt){ .rollout = t + i, .rollouts = end - i };
	}
	free(m);
	return p;
}

int
match_run(struct match *m, struct traj_segment *s)
{
	struct traj **t = mem_alloc(s->n, sizeof *t);
	size_t n, i, from = 0;
	struct prompt *p = prompts_of(s, t, &n);
	int rc = 0;

	m->n = m->tokens = m->prompts = 0;
	m->distance = 0;
	for (i = 0; i < n && rc == 0; i++) {
		rc = add_prompt(m, &p[i]);
		if (rc == 0 && (m->tokens >= m->micro || i + 1 == n)) {
			rc = score_prompts(m, p + from, i + 1 - from);
			from = i + 1;
		}
	}
	free(p);
	free(t);
	if (rc != 0)
		return -1;
	msg_set_str(&s->header, "ratio", traj_ratio_name(RATIO_REWARD));
	if (m->prompts > 0)
		traj_stat(&s->header, "discrim.distance",
		    m->distance / (double)m->prompts);
	return 0;
}
