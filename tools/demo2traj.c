/* SPDX-License-Identifier: MIT */
/*
 * demo2traj: demonstrations in, trajectories out.
 *
 * A document is read as turns (traj/demo.h), which are rendered as tokens with
 * action spans (text/chat.h) and written as a record of role expert, or as the
 * two records of a preference pair.  See demo2traj(1).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "nn/ckpt.h"
#include "text/tokenizer.h"
#include "text/chat.h"
#include "traj/demoreader.h"
#include "traj/demotraj.h"
#include "traj/traj.h"

enum { SEGMENT = 1024 };

static struct args {
	struct common common;
	struct demoreader in;
	const char *model, *template;
	uint64_t max_tokens;
	int on_error, turns;
	bool keep_text, strict;
} a;

static int
parse_template(const char *text, void *value)
{
	*(const char **)value = text; /* a name may be the policy's */
	return template_check(text);
}

static const char *const on_error[] = { "stop", "skip", NULL };
static const char *const turns[] = { "all", "last", NULL };

static const struct opt opts[] = {
	OPT_GROUP("Documents"),
	OPT_CUSTOM('f', "format", &a.in, "FORMAT", demoreader_parse,
	    "%s; or FIELD=/pointer,... (auto)", .names = document_formats),
	OPT_NAME(0, "on-error", &a.on_error, "DO", on_error,
	    "at a bad document: %s (stop)"),
	OPT_FLAG(0, "strict", &a.strict, "refuse documents with other fields"),
	OPT_GROUP("Trajectories"),
	OPT_TEXT('m', "model", &a.model, "POLICY",
	    "policy with tokenizer, template and context", .required = true),
	OPT_CUSTOM(0, "template", &a.template, "T", parse_template,
	    "%s; or 'Q: {prompt}\\nA: {response}{eos}' (the policy's)",
	    .list = template_names),
	OPT_TEXT(0, "system", &a.in.system, "TEXT",
	    "system turn of conversations that have none"),
	OPT_NAME(0, "turns", &a.turns, "WHICH", turns,
	    "answers that are actions: %s (all)", .excludes = "prompts"),
	OPT_FLAG(0, "prompts", &a.in.demo.prompts,
	    "write prompts for rollout, without the last answer",
	    .excludes = "keep-text"),
	OPT_UINT(0, "max-tokens", &a.max_tokens, "N", 2, 1e9,
	    "cut responses there (the policy's context)"),
	OPT_FLAG(0, "keep-text", &a.keep_text, "keep the text in the records"),
	OPT_GROUP("Common"),
	OPT_OUTPUT(&a.common),
	OPT_JSON(&a.common),
	OPT_BASIC(&a.common),
	OPT_LAST,
};

static const struct usage usage = {
	"-m POLICY [options] [FILE ...]",
	"Demonstrations in, trajectories out.",
	"demo2traj -m P -o demos.traj demos.jsonl more.tar.gz",
};

struct work {
	struct tokenizer *tokenizer;
	struct chat_template *template;
	struct config config;
	struct demotraj to;
	struct traj_segment segment;
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

/* Add the trajectories of a demonstration; -2: it has none that can be. */
static int
add(struct work *w)
{
	const char *where = demoreader_where(&a.in);
	int rc = demotraj_add(&w->to, &a.in.demo, where, a.in.documents,
	    &w->segment);

	if (rc < 0)
		(void)fail_in("%s", where);
	return rc < 0 ? -2 : 1;
}

static int
work(struct work *w)
{
	struct demoreader *in = &a.in;
	int r;

	while ((r = demoreader_next(in)) != 0) {
		if (r > 0 && w->segment.n >= SEGMENT && emit(w, true) != 0)
			return -1;
		if (r > 0)
			r = add(w);
		if (r == -1 || (r < 0 && (a.on_error == 0 || err_is_pipe())))
			return -1;
		if (r < 0) {
			in->skipped++;
			note("skipped: %s", err_last());
		}
	}
	return 0;
}

/* Say how answers end; the stream has the token if the policy does not. */
static void
prepare_end(struct work *w, struct msg *header)
{
	const int64_t end = template_end(w->template);
	const uint32_t id = (uint32_t)end;
	struct buf text = { 0 };

	if (end < 0) {
		warn("template %.60s: no special token ends an answer, so "
		     "responses have no end",
		    template_name(w->template));
	} else if (id < w->config.V && !config_is_eos(&w->config, id)) {
		tokenizer_spelled(w->tokenizer, id, &text);
		warn("template %.60s ends an answer with %s, which does not "
		     "end a sequence of %s; rollout stops there too",
		    template_name(w->template), buf_text(&text), a.model);
		if (a.template != NULL)
			warn("mkpolicy --from %s --template %.60s NEW makes a "
			     "policy that has the template, and ends so",
			    a.model, a.template);
		msg_set_uint(header, "end_of_turn", id);
	}
	buf_release(&text);
}

static void
warn_losses(struct work *w)
{
	const char *unread = demounread_text(&w->to.unread);

	if (w->to.talks > 0 && a.template == NULL &&
	    template_is_plain(w->template))
		warn("%s has no chat template, so conversations are plain "
		     "text; --template names one",
		    a.model);
	if (unread != NULL)
		warn("%s", unread);
	if (w->to.left_out.n > 0)
		warn("template %.60s leaves out: %.200s",
		    template_name(w->template), w->to.left_out.p);
}

static void
prepare(struct work *w)
{
	struct msg *h = &w->segment.header;

	w->tokenizer = tokenizer_open(a.model);
	if (w->tokenizer == NULL || ckpt_config(&w->config, a.model) != 0)
		die();
	if (tokenizer_vocab(w->tokenizer) > w->config.V)
		warn("%s: the tokenizer has %zu ids, the policy %zu", a.model,
		    tokenizer_vocab(w->tokenizer), w->config.V);
	w->template = template_find(a.model, a.template);
	if (w->template == NULL && a.template != NULL)
		die_usage("%s", err_last());
	if (w->template == NULL || template_fit(w->template, w->tokenizer) != 0)
		die();
	prepare_end(w, h);
	if (a.max_tokens == 0 || a.max_tokens > w->config.context)
		a.max_tokens = w->config.context;
	w->to.tokenizer = w->tokenizer;
	w->to.template = w->template;
	w->to.prompts = a.in.demo.prompts;
	w->to.last_only = a.turns > 0;
	w->to.max_tokens = a.max_tokens;
	w->to.keep_text = a.keep_text;
	w->to.strict = a.strict;
	msg_set_str(h, "tokenizer", tokenizer_fingerprint(w->tokenizer));
	msg_set_uint(h, "vocab", w->config.V);
}

static void
release(struct work *w)
{
	traj_segment_release(&w->segment);
	demotraj_release(&w->to);
	tokenizer_close(w->tokenizer);
	template_free(w->template);
}

int
main(int argc, char **argv)
{
	struct work w = { 0 };
	struct progress progress;
	int first;

	cli_begin(argc, argv);
	first = opt_parse(opts, &usage, argc, argv);
	cli_ready(&a.common);
	prepare(&w);
	demoreader_open(&a.in, argv + first, (size_t)(argc - first));
	w.out = cli_out(&a.common);
	progress_begin(&progress, &a.common);
	if (work(&w) != 0 || (w.segment.n > 0 && emit(&w, false) != 0))
		die();
	demoreader_close(&a.in);
	warn_losses(&w);
	progress_end(&progress,
	    "%" PRIu64 " documents, %" PRIu64 " trajectories, %" PRIu64
	    " tokens, %" PRIu64 " skipped, %" PRIu64 " cut; template %.60s",
	    a.in.documents, w.to.trajectories, w.to.tokens, a.in.skipped,
	    w.to.cut, template_name(w.template));
	release(&w);
	return cli_end(&a.common, w.out, w.to.trajectories > 0,
	    "no demonstrations");
}
