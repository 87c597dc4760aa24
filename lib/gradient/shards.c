/* SPDX-License-Identifier: MIT */
#include "gradient/shards.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void
shards_stream(struct shards *w, struct stream_in *in)
{
	w->shard = mem_grow(w->shard, &w->cap, w->n + 1, sizeof *w->shard);
	w->shard[w->n++].in = gradient_open(in);
}

static void
forget_sum(struct shards *w)
{
	metadata_release(&w->objective);
	gradient_head_release(&w->head);
	gradsum_release(&w->sum);
	w->any = false;
}

void
shards_release(struct shards *w)
{
	struct shard *s;

	forget_sum(w);
	for (s = w->shard; s < w->shard + w->n; s++) {
		gradient_close(s->in);
		gradient_head_release(&s->head);
		gradsum_release(&s->sum);
	}
	free(w->shard);
	memset(w, 0, sizeof *w);
}

/* The shard's next segment, whole. */
static int
read_shard(struct shard *s)
{
	int rc = gradient_next(s->in, &s->head, &s->empty);

	s->here = rc == 1;
	s->ended = s->ended_now = rc == 0;
	gradsum_release(&s->sum);
	if (rc == 1 && !s->empty && gradsum_read(&s->sum, s->in) != 0)
		return -1;
	return rc;
}

static void
take_head(struct shards *w, const struct gradient_head *from)
{
	const struct gradient_head old = w->head;

	w->head = *from;
	w->head.header = old.header;
	w->head.more = old.more;
	msg_copy(&w->head.header, &from->header);
}

static int
same_policy(const struct gradient_head *h, const struct gradient_head *first)
{
	if (h->policy[0] == '\0' || first->policy[0] == '\0' ||
	    (strcmp(h->policy, first->policy) == 0 && h->step == first->step))
		return 0;
	return fail("a gradient of policy %s at step %llu, the first is of %s "
		    "at step %llu",
	    h->policy, (unsigned long long)h->step, first->policy,
	    (unsigned long long)first->step);
}

static int
add_shard(struct shards *w, struct shard *s, bool add)
{
	if (!w->any)
		take_head(w, &s->head);
	w->head.more |= gradient_more(s->in);
	if (s->empty)
		return 0;
	w->any = true;
	if (same_policy(&s->head, &w->head) != 0)
		return -1;
	if (!add)
		return 0;
	if (metadata_add(&w->objective, &s->head) != 0 ||
	    gradsum_add(&w->sum, &s->sum) != 0)
		return -1;
	gradsum_release(&s->sum);
	return 0;
}

int
shards_next(struct shards *w, bool add)
{
	struct shard *s;
	int found = 0;

	forget_sum(w);
	for (s = w->shard; s < w->shard + w->n; s++) {
		s->here = s->ended_now = false;
		if (!s->ended && read_shard(s) < 0)
			return -1;
		if (!s->here)
			continue;
		found = 1;
		if (add_shard(w, s, add) != 0)
			return gradient_fail(s->in);
	}
	if (w->any && add) {
		w->head.units = w->objective.units;
		metadata_stats(&w->objective, &w->head.header);
	}
	return found;
}
