/* SPDX-License-Identifier: MIT */
/* respond: prompts to jobs, the end of a long prompt, jobs to records. */
#include "likelihood/respond.h"

#include <stdlib.h>
#include <string.h>

#include "../tap.h"
#include "base/mem.h"

/* A segment from lines of the text twin. */
static void
segment(struct traj_segment *s, const char *const *lines, size_t n)
{
	struct traj *t;
	size_t i;

	memset(s, 0, sizeof *s);
	msg_clear(&s->header);
	for (i = 0; i < n; i++) {
		t = traj_add(s);
		if (traj_from_json(t, lines[i], strlen(lines[i])) != 0)
			ok(false, "%s", err_last());
	}
}

static void
test_window(void)
{
	static const struct {
		size_t n, context, max_new;
		bool cut;
		size_t want;
	} cases[] = { { 0, 8, 0, false, 0 }, { 7, 8, 3, false, 7 },
		{ 8, 8, 3, false, 0 }, { 7, 8, 3, true, 7 },
		{ 8, 8, 3, true, 5 }, { 900, 8, 3, true, 5 },
		{ 8, 8, 0, true, 4 }, { 8, 8, 6, true, 4 },
		{ 1, 1, 1, true, 0 }, { 2, 2, 0, true, 1 } };
	size_t i, got;

	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct config c = { .context = cases[i].context };
		const struct respond_options o = { .max_new = cases[i].max_new,
			.cut = cases[i].cut };

		got = respond_window(cases[i].n, &c, &o);
		ok(got == cases[i].want,
		    "%zu of %zu tokens, context %zu, %zu new%s", got,
		    cases[i].n, cases[i].context, cases[i].max_new,
		    cases[i].cut ? ", cut" : "");
	}
}

static const char *const two[] = {
	"{\"mine\":1,\"id\":\"a\",\"tokens\":[1,2,3,4,5],\"actions\":[1,2,3,5],"
	"\"score\":[2.5],\"role\":\"expert\",\"pass\":2,\"text\":{\"x\":\"y\"},"
	"\"logq\":[-1,-1,-1]}",
	"{\"id\":\"b\",\"group\":\"g\",\"tokens\":[7,8],\"actions\":[]}"
};

static void
test_plan(void)
{
	const struct config c = { .context = 4 };
	struct respond_options o = { .each = 2 };
	struct traj_segment s;
	struct responses r;

	segment(&s, two, 2);
	ok(respond_plan(&r, &s, &c, &o) == 0 && r.jobs == 4,
	    "two samples of two prompts");
	ok(r.job[0].prompt_n == 3 && r.job[0].prompt == s.t[0].tokens &&
		r.job[1].prompt == r.job[0].prompt,
	    "a prompt is all before the last span, and shared");
	ok(r.job[2].prompt_n == 2 && r.job[2].prompt[1] == 8,
	    "a trajectory without spans is all prompt");
	ok(strcmp(r.job[1].id, "a#1") == 0 && strcmp(r.job[2].id, "b#0") == 0 &&
		r.job[1].pass == 2,
	    "jobs have ids and passes");
	respond_release(&r);
	o.each = 1;
	s.t[0].span[0].start = 0;
	s.t[0].spans = 1;
	ok(respond_plan(&r, &s, &c, &o) == -1 &&
		strcmp(err_last(),
		    "record 1 (\"a\"): field \"tokens\": empty prompt") == 0,
	    "%s", err_last());
	respond_release(&r);
	s.t[0].spans = 0;
	ok(respond_plan(&r, &s, &c, &o) == -1 &&
		strcmp(err_last(),
		    "record 1 (\"a\"): field \"tokens\": a prompt of 5 "
		    "tokens, the policy's context is 4") == 0,
	    "%s", err_last());
	respond_release(&r);
	o.cut = true;
	o.max_new = 1;
	ok(respond_plan(&r, &s, &c, &o) == 0 && r.job[0].prompt_n == 3 &&
		r.job[0].prompt[0] == 3,
	    "the end of a long prompt is kept");
	respond_release(&r);
	traj_segment_release(&s);
}

/* What a job would have drawn: n tokens from 9 on. */
static void
draw(struct decode_job *j, size_t n, bool ended)
{
	size_t i;

	j->n = n;
	j->ended = ended;
	j->tokens = mem_alloc(n, sizeof *j->tokens);
	j->logp = mem_alloc(n, sizeof *j->logp);
	j->logq = mem_alloc(n, sizeof *j->logq);
	for (i = 0; i < n; i++) {
		j->tokens[i] = 9 + (uint32_t)i;
		j->logp[i] = -0.5f;
		j->logq[i] = -0.25f;
	}
}

static void
same_json(const char *what, const struct msg *m, const char *want)
{
	struct buf b = { 0 };

	if (msg_to_json(m, &b) != 0)
		buf_adds(&b, err_last());
	ok(strcmp(buf_text(&b), want) == 0, "%s: %s", what, buf_text(&b));
	buf_release(&b);
}

static void
test_record(void)
{
	const struct config c = { .context = 64, .V = 20 };
	const struct respond_options o = { .each = 1 };
	struct ckpt p = { .id = "me",
		.step = 7,
		.tokenizer = "tok",
		.config = c };
	struct traj_segment s;
	struct responses r;
	struct msg m = { 0 };

	segment(&s, two, 2);
	if (respond_plan(&r, &s, &c, &o) != 0)
		ok(false, "%s", err_last());
	draw(&r.job[0], 2, true);
	draw(&r.job[1], 1, false);
	respond_record(&m, &r, 0, false);
	same_json("a record keeps what is not of the response", &m,
	    "{\"mine\":1,\"id\":\"a#0\",\"tokens\":[1,2,3,9,10],"
	    "\"actions\":[3,5],\"role\":\"policy\",\"pass\":2,\"group\":\"a\","
	    "\"stop\":\"eos\",\"logp\":[-0.5,-0.5]}");
	respond_record(&m, &r, 1, true);
	same_json("logq where the distribution is bent", &m,
	    "{\"id\":\"b#0\",\"group\":\"g\",\"tokens\":[7,8,9],"
	    "\"actions\":[2,3],\"role\":\"policy\",\"stop\":\"length\","
	    "\"logp\":[-0.5],\"logq\":[-0.25]}");
	msg_set_str(&s.header, "ratio", "sign");
	respond_header(&s.header, &r, &p, 5);
	same_json("the header has policy, seed and stats", &s.header,
	    "{\"policy\":{\"id\":\"me\",\"step\":7},\"seed\":5,"
	    "\"tokenizer\":\"tok\",\"vocab\":20,\"stats\":{"
	    "\"rollout.length\":1.5,\"rollout.ended\":0.5,"
	    "\"rollout.nll_token\":0.5}}");
	msg_release(&m);
	respond_release(&r);
	traj_segment_release(&s);
}

int
main(void)
{
	test_window();
	test_plan();
	test_record();
	return tap_done();
}
