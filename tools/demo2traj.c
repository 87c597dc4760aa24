/* SPDX-License-Identifier: MIT */
/*
 * demo2traj: demonstrations in, trajectories out.
 *
 * A document becomes turns (traj/demo.h), turns become tokens with action
 * spans (text/chat.h), and those a record: role expert, or the two sides of
 * a preference.  Segments of 1024 records, so memory is constant.  See
 * demo2traj(1).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "nn/config.h"
#include "text/bpe.h"
#include "text/chat.h"
#include "traj/demo.h"
#include "traj/document.h"
#include "traj/traj.h"

enum { SEGMENT = 1024 };

static struct args {
	struct common common;
	const char *model, *system;
	struct template *template;
	enum document_format format;
	struct demo_map *map;
	uint64_t max_tokens;
	int on_error;
	bool keep_text;
} a;

static int
parse_format(const char *text, void *value)
{
	static const char *const names[] = { "auto", "jsonl", "json", "csv",
		"tsv", "text", "lines" };
	struct args *args = value;
	size_t i;

	for (i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(text, names[i]) == 0) {
			args->format = (enum document_format)i;
			return 0;
		}
	if (strchr(text, '=') == NULL)
		return fail("%s: not auto, jsonl, json, csv, tsv, text, lines "
		    "or prompt=/field,response=/field", text);
	args->map = demo_map_new(text);
	return args->map != NULL ? 0 : -1;
}

static int
parse_template(const char *text, void *value)
{
	struct args *args = value;

	args->template = template_new(text);
	return args->template != NULL ? 0 : -1;
}

static const char *const on_error[] = { "stop", "skip", NULL };

static const struct opt opts[] = {
	{ 'm', "model", OPT_TEXT, &a.model, "POLICY",
	    "gives tokenizer, template and context (required)" },
	{ 'f', "format", OPT_CUSTOM, &a, "FORMAT",
	    "of the documents, or FIELD=/pointer,... (auto)", 0, 0, NULL,
	    parse_format },
	{ 0, "template", OPT_CUSTOM, &a, "T",
	    "a name, or 'Q: {prompt}\\nA: {response}{eos}'", 0, 0, NULL,
	    parse_template },
	{ 0, "system", OPT_TEXT, &a.system, "TEXT",
	    "system turn of those that have none" },
	{ 0, "max-tokens", OPT_UINT, &a.max_tokens, "N",
	    "cut responses there (the policy's context)", 2, 1e9 },
	{ 0, "on-error", OPT_NAME, &a.on_error, "DO",
	    "a bad document: stop or skip (stop)", 0, 0, on_error },
	{ 0, "keep-text", OPT_FLAG, &a.keep_text, NULL,
	    "keep the text in the records" },
	OPT_OUTPUT(&a.common),
	OPT_JSON(&a.common),
	OPT_BASIC(&a.common),
	OPT_LAST,
};

struct counts {
	uint64_t documents, trajectories, tokens, skipped, cut;
};

struct work {
	struct bpe *bpe;
	struct config config;
	struct chat chat;
	struct traj_segment segment;
	struct counts count;
	struct stream_out *out;
};

static int
emit(struct work *w, bool more)
{
	w->segment.more = more;
	if (traj_write(w->out, &w->segment) != 0)
		return -1;
	w->segment.n = 0;
	return 0;
}

/* {prompt, response}: what was said before the last answer, and that. */
static void
keep_text(struct traj *t, const struct demo_side *s)
{
	struct buf prompt = { 0 };
	struct buf packed = { 0 };
	const struct turn *last = NULL;
	size_t i;

	for (i = 0; i < s->turns; i++)
		if (s->turn[i].speaker == SPEAKER_ASSISTANT)
			last = &s->turn[i];
	for (i = 0; &s->turn[i] != last; i++) {
		buf_adds(&prompt, i > 0 ? "\n" : "");
		buf_add(&prompt, s->turn[i].text, s->turn[i].n);
	}
	msg_put_map(&packed, 2);
	msg_put_str(&packed, "prompt", 6);
	msg_put_str(&packed, buf_text(&prompt), prompt.n);
	msg_put_str(&packed, "response", 8);
	msg_put_str(&packed, last->text, last->n);
	msg_set(&t->rec, "text", &packed);
	buf_release(&prompt);
	buf_release(&packed);
}

/* No more than max_tokens of the chat; 1 when it was cut, -1. */
static int
cut(struct chat *c)
{
	size_t k;

	if (c->n <= a.max_tokens)
		return 0;
	for (k = 0; k < c->bounds && c->bound[k] < a.max_tokens; k += 2)
		if (c->bound[k + 1] > a.max_tokens)
			c->bound[k + 1] = (uint32_t)a.max_tokens;
	if (k == 0)
		return fail("the prompt alone has %u tokens, more than %"
		    PRIu64, c->bound[0], a.max_tokens);
	c->bounds = k;
	c->n = a.max_tokens;
	c->end = CHAT_OPEN;
	return 1;
}

static void
fill(struct traj *t, const struct chat *c, enum traj_role role)
{
	size_t i;

	t->role = role;
	t->weight = 1;
	t->stop = c->end == CHAT_EOS ? STOP_EOS : c->end == CHAT_TURN ?
	    STOP_TURN : STOP_LENGTH;
	t->tokens = mem_grow(t->tokens, &t->tokens_cap, c->n,
	    sizeof *t->tokens);
	memcpy(t->tokens, c->tokens, c->n * sizeof *t->tokens);
	/* what is given after the last action serves nobody */
	t->n = c->bound[c->bounds - 1];
	t->spans = c->bounds / 2;
	t->span = mem_grow(t->span, &t->span_cap, t->spans, sizeof *t->span);
	for (i = 0; i < t->spans; i++)
		t->span[i] = (struct span){ c->bound[2 * i],
			c->bound[2 * i + 1] };
	msg_clear(&t->rec);
}

static int
add_side(struct work *w, const struct demo_side *s, const char *name,
    const char *letter)
{
	struct buf id = { 0 };
	struct traj *t;
	int r;

	if (chat_render(a.template, w->bpe, s->turn, s->turns, &w->chat) != 0)
		return -1;
	if (w->chat.bounds == 0)
		return fail("nothing was said by the assistant");
	r = cut(&w->chat);
	if (r < 0)
		return -1;
	w->count.cut += (uint64_t)r;
	t = traj_add(&w->segment);
	fill(t, &w->chat, s->role);
	free(t->id);
	free(t->group);
	buf_addf(&id, "%s%s", name, letter);
	t->id = mem_dup(id.p, id.n);
	t->group = *letter != '\0' ? mem_dup(name, strlen(name)) : NULL;
	traj_encode(t);
	if (t->group == NULL)
		t->group = mem_dup(id.p, id.n);
	if (a.keep_text)
		keep_text(t, s);
	buf_release(&id);
	return 0;
}

/* All sides of a demonstration, or none of them. */
static int
add_demo(struct work *w, const struct demo *d, const char *where)
{
	size_t before = w->segment.n, i, k, stem;
	uint64_t cuts = w->count.cut;
	const char *base = strrchr(where, '/');
	struct buf name = { 0 };
	int rc = 0;

	base = base != NULL ? base + 1 : where;
	stem = strcspn(base, ".:>");
	if (base[0] != '<')
		buf_add(&name, base, stem < 40 ? stem : 40);
	buf_addf(&name, name.n > 0 ? ":%" PRIu64 : "%" PRIu64,
	    w->count.documents);
	for (i = 0; i < d->sides && rc == 0; i++)
		rc = add_side(w, &d->side[i], buf_text(&name), d->sides == 1 ?
		    "" : i == 0 ? "c" : "r");
	buf_release(&name);
	if (rc != 0) {
		w->segment.n = before;
		w->count.cut = cuts;
		return -1;
	}
	for (k = before; k < w->segment.n; k++)
		w->count.tokens += w->segment.t[k].n;
	w->count.trajectories += d->sides;
	return 0;
}

static int
work(struct work *w, struct documents *docs)
{
	struct demo demo = { 0 };
	struct json *j;
	int r;

	while ((r = documents_next(docs, &j)) != 0) {
		if (r == -1)
			return -1;
		w->count.documents++;
		if (r > 0) {
			r = demo_read(&demo, j, a.map, a.system);
			if (r > 0 && w->segment.n >= SEGMENT &&
			    emit(w, true) != 0)
				return -1;
			w->count.skipped += r == 0;
			if (r > 0)
				r = add_demo(w, &demo, documents_where(docs));
			if (r < 0)
				(void)fail_in("%s", documents_where(docs));
			json_free(j);
		}
		if (r < 0 && (a.on_error == 0 || err_is_pipe()))
			return -1;
		w->count.skipped += r < 0;
	}
	demo_release(&demo);
	return 0;
}

static void
prepare(struct work *w)
{
	struct msg *h = &w->segment.header;

	w->bpe = bpe_open(a.model);
	if (w->bpe == NULL || config_read(&w->config, a.model) != 0)
		die();
	if (bpe_vocab(w->bpe) > w->config.V)
		warn("%s: the tokenizer has %zu ids, the policy %zu", a.model,
		    bpe_vocab(w->bpe), w->config.V);
	if (a.template == NULL)
		a.template = template_find(bpe_chat_template(w->bpe));
	if (a.max_tokens == 0 || a.max_tokens > w->config.context)
		a.max_tokens = w->config.context;
	msg_set_str(h, "tokenizer", bpe_fingerprint(w->bpe));
	msg_set_uint(h, "vocab", w->config.V);
}

int
main(int argc, char **argv)
{
	struct work w = { 0 };
	struct documents *docs;
	struct progress progress;
	int first;

	cli_begin(argc, argv);
	first = opt_parse(opts, "-m POLICY [options] [FILE ...]", argc, argv);
	if (a.model == NULL)
		die_usage("names no policy: -m POLICY");
	cli_ready(&a.common);
	prepare(&w);
	docs = documents_open(argv + first, (size_t)(argc - first), a.format);
	w.out = cli_out(&a.common);
	progress_begin(&progress, &a.common);
	if (work(&w, docs) != 0 || (w.segment.n > 0 && emit(&w, false) != 0))
		die();
	documents_close(docs);
	progress_end(&progress, "%" PRIu64 " documents, %" PRIu64
	    " trajectories, %" PRIu64 " tokens, %" PRIu64 " skipped, %" PRIu64
	    " cut", w.count.documents, w.count.trajectories, w.count.tokens,
	    w.count.skipped, w.count.cut);
	return cli_end(&a.common, w.out, w.count.trajectories > 0,
	    "no demonstrations");
}
