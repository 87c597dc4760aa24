/* SPDX-License-Identifier: MIT */
/*
 * trajcat: streams of trajectories cut, joined, put in order and looked at.
 *
 * With no option that chooses or cuts, segments pass as they are.  With one,
 * trajcat is a source: it looks one trajectory ahead and so knows whether
 * more segments follow.  See trajcat(1).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/num.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "io/atomic.h"
#include "traj/select.h"
#include "traj/show.h"
#include "traj/traj.h"

static struct args {
	struct common common;
	struct selection select;
	uint64_t batch;
	bool text, head_given;
	char *where;
	const char *model;
} a = {
	.common.seed = 1,
	.select.head = UINT64_MAX,
};

static int
parse_shard(const char *text, void *value)
{
	struct selection *s = value;
	char *copy = mem_dup(text, strlen(text)), *slash = strchr(copy, '/');
	int rc;

	if (slash == NULL)
		return fail("%s: not a shard such as 3/8", text);
	*slash = '\0';
	rc = num_u64(slash + 1, 1, 1000000000, &s->shards);
	if (rc == 0)
		rc = num_u64(copy, 1, s->shards, &s->shard);
	free(copy);
	return rc;
}

static int
parse_where(const char *text, void *value)
{
	struct selection *s = value;
	char *copy = mem_dup(text, strlen(text)), *equals = strchr(copy, '=');

	if (equals == NULL || equals == copy) {
		free(copy);
		return fail("%s: not KEY=VALUE", text);
	}
	*equals = '\0';
	s->key = copy; /* lives as long as the process */
	s->value = equals + 1;
	return 0;
}

static const struct opt opts[] = {
	{ 0, "shuffle", OPT_FLAG, &a.select.shuffle, NULL,
	    "in random order, another for each pass" },
	{ 0, "repeat", OPT_UINT, &a.select.repeat, "N", "N passes", 1, 1e15 },
	{ 0, "batch", OPT_UINT, &a.batch, "N",
	    "segments of N trajectories", 1, 1e9 },
	{ 0, "head", OPT_UINT, &a.select.head, "N",
	    "no more than N trajectories", 0, 1e18 },
	{ 0, "skip", OPT_UINT, &a.select.skip, "N",
	    "not the first N trajectories", 0, 1e18 },
	{ 0, "shard", OPT_CUSTOM, &a.select, "I/N",
	    "the I-th of N parts, by group", 0, 0, NULL, parse_shard },
	{ 0, "where", OPT_CUSTOM, &a.select, "KEY=VALUE",
	    "those whose field is so", 0, 0, NULL, parse_where },
	{ 0, "text", OPT_FLAG, &a.text, NULL, "print them for people" },
	{ 'm', "model", OPT_TEXT, &a.model, "POLICY",
	    "whose tokenizer --text decodes with" },
	OPT_SEED(&a.common),
	OPT_OUTPUT(&a.common),
	OPT_JSON(&a.common),
	OPT_PART(&a.common),
	OPT_BASIC(&a.common),
	OPT_LAST,
};

/* Segments as they are; the number of trajectories, -1. */
static int
pass_on(struct stream_in *in, struct stream_out *out, uint64_t *n)
{
	struct traj_segment s = { 0 };
	int r;

	while ((r = traj_read(in, &s)) > 0) {
		if (traj_write(out, &s) != 0)
			return -1;
		*n += s.n;
	}
	traj_segment_release(&s);
	stream_close(in);
	return r;
}

/* The segment that is being filled, and the ids in it. */
struct batch {
	struct traj_segment s;
	uint64_t segment, index;
	bool open;
};

static bool
has_id(const struct traj_segment *s, const char *id)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (strcmp(s->t[i].id, id) == 0)
			return true;
	return false;
}

/* Does this trajectory begin another segment? */
static bool
breaks(const struct batch *b, const struct selected *x)
{
	const struct traj_segment *s = &b->s, *from = x->from;

	if (!b->open)
		return false;
	if (a.batch > 0 && s->n >= a.batch)
		return true;
	if (strcmp(s->tokenizer, from->tokenizer) != 0 ||
	    strcmp(s->policy, from->policy) != 0 ||
	    s->policy_step != from->policy_step || s->ratio != from->ratio)
		return true;
	/* A batch ends where a pass does; without one, where the input's did. */
	if (b->segment != x->segment &&
	    (a.batch == 0 || a.select.repeat > 0 || has_id(s, x->t->id)))
		return true;
	return false;
}

static void
begin(struct batch *b, const struct selected *x)
{
	msg_copy(&b->s.header, &x->from->header);
	if (a.batch > 0)
		msg_set_uint(&b->s.header, "batch", b->index++);
	memcpy(b->s.tokenizer, x->from->tokenizer, sizeof b->s.tokenizer);
	memcpy(b->s.policy, x->from->policy, sizeof b->s.policy);
	b->s.policy_step = x->from->policy_step;
	b->s.ratio = x->from->ratio;
	b->segment = x->segment;
	b->s.n = 0;
	b->open = true;
}

static int
rearrange(struct stream_in *in, struct stream_out *out, uint64_t *n)
{
	struct select *source = select_new(in, &a.select);
	struct batch b = { .index = 0 };
	struct selected x;
	int r;

	while ((r = select_next(source, &x)) > 0) {
		if (breaks(&b, &x)) {
			b.s.more = true;
			if (traj_write(out, &b.s) != 0)
				return -1;
			b.open = false;
		}
		if (!b.open)
			begin(&b, &x);
		traj_copy(traj_add(&b.s), x.t);
		++*n;
	}
	b.s.more = false;
	if (r == 0 && b.open)
		r = traj_write(out, &b.s);
	traj_segment_release(&b.s);
	select_free(source);
	return r;
}

static int
print(struct stream_in *in, uint64_t *n)
{
	int fd = cli_out_fd(&a.common), r;
	struct select *source = select_new(in, &a.select);
	struct show *show = show_new(a.model, isatty(fd));
	struct buf text = { 0 };
	struct selected x;

	if (show == NULL)
		return -1;
	while ((r = select_next(source, &x)) > 0) {
		buf_reset(&text);
		if (show_trajectory(show, &x.from->header, x.t, &text) != 0 ||
		    write_all(fd, text.p, text.n, "output") != 0)
			return -1;
		++*n;
	}
	buf_release(&text);
	show_free(show);
	select_free(source);
	return r;
}

int
main(int argc, char **argv)
{
	struct stream_out *out = NULL;
	struct stream_in *in;
	uint64_t n = 0;
	bool plain;
	int first, r;

	cli_begin(argc, argv);
	first = opt_parse(opts, "[options] [FILE ...]", argc, argv);
	cli_ready(&a.common);
	a.select.seed = a.common.seed;
	plain = a.batch == 0 && !a.select.shuffle && a.select.repeat == 0 &&
	    a.select.head == UINT64_MAX && a.select.skip == 0 &&
	    a.select.shards == 0 && a.select.key == NULL;
	in = cli_in(&a.common, STREAM_TRAJ, argc, argv, first);
	if (a.text) {
		r = print(in, &n);
	} else {
		out = cli_out(&a.common);
		r = plain ? pass_on(in, out, &n) : rearrange(in, out, &n);
	}
	if (r < 0)
		die();
	return cli_end(&a.common, out, n > 0, "no trajectories");
}
