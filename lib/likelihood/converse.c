/* SPDX-License-Identifier: MIT */
#include "likelihood/converse.h"

#include <unistd.h>

#include "base/buf.h"
#include "io/atomic.h"
#include "likelihood/dialog.h"
#include "likelihood/draw.h"
#include "likelihood/typed.h"
#include "text/readable.h"

/* An answer that is being drawn. */
struct answer {
	const struct conversation *of;
	struct continuation text;
	struct responses r;
	struct buf said; /* all of it */
	bool interrupted;
};

static int
put(const struct conversation *of, const struct buf *text)
{
	struct buf utf8 = { 0 }, safe = { 0 };
	int rc;

	if (of->terminal) {
		readable_utf8(&utf8, text->p, text->n);
		readable_safe(&safe, utf8.p, utf8.n);
		text = &safe;
	}
	rc = write_all(of->speech->fd, text->p, text->n, "output");
	buf_release(&utf8);
	buf_release(&safe);
	return rc;
}

static int
put_words(const struct conversation *of, const char *words)
{
	struct buf b = { 0 };
	int rc;

	buf_adds(&b, words);
	rc = put(of, &b);
	buf_release(&b);
	return rc;
}

/* Write what was drawn since the last call. */
static int
put_more(struct answer *a, bool last)
{
	struct buf more = { 0 };
	int rc;

	continuation_text(&a->text, a->r.job[0].tokens, a->r.job[0].n, last,
	    &more);
	buf_add(&a->said, more.p, more.n);
	rc = put(a->of, &more);
	buf_release(&more);
	return rc;
}

static int
hear_more(void *ctx, size_t drawn)
{
	struct answer *a = ctx;

	(void)drawn;
	a->interrupted = a->of->caught();
	return a->interrupted ? -1 : put_more(a, false);
}

/* End the line, and say why the answer ended early. */
static int
put_end(struct answer *a, const struct config *c)
{
	const struct decode_job *j = &a->r.job[0];
	struct buf words = { 0 };
	int rc;

	buf_adds(&words, "\n");
	if (!a->of->terminal)
		;
	else if (a->interrupted)
		buf_adds(&words, "(stopped)\n");
	else if (!j->ended && !j->stopped && j->prompt_n + j->n >= c->context)
		buf_addf(&words,
		    "(the context of %zu tokens is full; /reset begins a new "
		    "conversation)\n",
		    c->context);
	else if (!j->ended && !j->stopped)
		buf_addf(&words, "(cut after %zu tokens)\n", j->n);
	rc = put(a->of, &words);
	buf_release(&words);
	return rc;
}

/* Draw the answer to the turns so far, and add it to them. */
static int
draw_answer(struct answer *a, struct dialog *d, const struct config *c)
{
	struct speech *s = a->of->speech;
	struct buf said = { 0 };
	int rc;

	a->of->listen(true);
	rc = draw_responses(&a->r, c, &s->policy->params, s->how, s->respond,
	    hear_more, a);
	a->of->listen(false);
	if (rc != 0 && !a->interrupted)
		return -1;
	a->interrupted = rc != 0;
	s->samples++;
	s->tokens += respond_tokens(&a->r);
	rc = put_more(a, true);
	if (rc == 0)
		rc = put_end(a, c);
	readable_utf8(&said, a->said.p, a->said.n);
	dialog_add(d, SPEAKER_ASSISTANT, said.p, said.n);
	buf_release(&said);
	return rc;
}

/* Plan the answer: 1, 0 the turn is refused. */
static int
begin_answer(struct answer *a, const struct dialog *d, struct config *c)
{
	const struct speech *s = a->of->speech;
	const struct talk talk = { .turn = d->turn,
		.turns = d->turns,
		.prompts = true };

	if (speech_begin(s, &talk, &a->text, c) != 0)
		return 0;
	if (a->text.n < c->context)
		return respond_add(&a->r, "chat", s->samples, a->text.prompt,
			   a->text.n, c, s->respond) == 0;
	(void)fail("the conversation has %zu tokens, the policy's context %zu; "
		   "/reset begins a new conversation",
	    a->text.n, c->context);
	return 0;
}

/* Say why a turn was refused; elsewhere than on a terminal it is a failure. */
static int
refuse(const struct conversation *of)
{
	struct buf words = { 0 };
	int rc;

	if (!of->terminal)
		return -1;
	buf_addf(&words, "(%s)\n", err_last());
	rc = put(of, &words);
	buf_release(&words);
	return rc;
}

static int
answer(const struct conversation *of, struct dialog *d, const struct buf *text)
{
	struct config c = of->speech->policy->config;
	struct answer a = { .of = of };
	int rc = 0;

	dialog_add(d, SPEAKER_USER, text->p, text->n);
	if (begin_answer(&a, d, &c)) {
		if (!of->terminal && of->speech->samples > 0)
			rc = put_words(of, "\n");
		if (rc == 0)
			rc = draw_answer(&a, d, &c);
	} else {
		dialog_drop_last(d);
		rc = refuse(of);
	}
	respond_release(&a.r);
	continuation_release(&a.text);
	buf_release(&a.said);
	return rc;
}

/* Do what was typed: 0, -1. */
static int
obey(const struct conversation *of, struct dialog *d, struct typed *t)
{
	switch (t->kind) {
	case TYPED_TURN:
		return answer(of, d, &t->text);
	case TYPED_SYSTEM:
		dialog_set_system(d, t->text.p, t->text.n);
		return 0;
	case TYPED_RESET:
		dialog_reset(d);
		return 0;
	default:
		(void)fail("%s: the commands are /reset, /system TEXT and "
			   "/quit",
		    buf_text(&t->text));
		return refuse(of);
	}
}

int
converse(struct conversation *of)
{
	struct dialog d = { 0 };
	struct typed t = { .in = of->in, .prompt_fd = -1 };
	int r = 1, rc = 0;

	if (of->speech->template == NULL)
		return fail_kind(ERR_NO_TEMPLATE, "",
		    "the policy has no chat template");
	of->terminal = isatty(fileno(of->in)) && isatty(of->speech->fd);
	if (of->terminal) {
		t.prompt_fd = of->speech->fd;
		rc = put_words(of,
		    "/reset begins a new conversation, /system TEXT sets the "
		    "system's turn, /quit ends\n");
	}
	while (rc == 0 && (r = typed_read(&t)) > 0 && t.kind != TYPED_QUIT)
		rc = obey(of, &d, &t);
	if (rc == 0 && r == 0 && of->terminal)
		rc = put_words(of, "\n");
	dialog_release(&d);
	typed_release(&t);
	return rc == 0 && r >= 0 ? 0 : -1;
}
