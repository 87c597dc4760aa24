/* SPDX-License-Identifier: MIT */
#include "traj/messages.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/sum.h"
#include "io/json.h"
#include "text/readable.h"
#include "traj/frame.h"
#include "traj/provenance.h"

struct messages {
	struct tokenizer *tokenizer; /* NULL: none found yet */
	struct frame *frame;
	struct frame_talk talk;
	bool named; /* by the user */
};

struct messages *
messages_new(const char *dir)
{
	struct messages *m = mem_alloc(1, sizeof *m);

	if (dir == NULL)
		return m;
	m->named = true;
	m->tokenizer = tokenizer_open(dir);
	if (m->tokenizer != NULL)
		m->frame = frame_new(dir, NULL, m->tokenizer);
	if (m->frame != NULL)
		return m;
	messages_free(m);
	return NULL;
}

void
messages_free(struct messages *m)
{
	if (m == NULL)
		return;
	frame_free(m->frame);
	tokenizer_close(m->tokenizer);
	frame_talk_release(&m->talk);
	free(m);
}

/* The tokenizer and the template that demo2traj used. */
static int
look(struct messages *m, const struct traj_segment *s)
{
	char *dir = provenance_option(&s->header, "demo2traj", 'm', "model");
	char *name =
	    provenance_option(&s->header, "demo2traj", '\0', "template");

	if (dir != NULL)
		m->tokenizer = tokenizer_open(dir);
	if (m->tokenizer != NULL)
		m->frame = frame_new(dir, name, m->tokenizer);
	if (m->frame == NULL) {
		tokenizer_close(m->tokenizer);
		m->tokenizer = NULL;
	}
	free(dir);
	free(name);
	return m->frame != NULL ? 0 : -1;
}

static void
begin_message(const char *role, struct buf *out)
{
	buf_addf(out, "{\"role\":\"%s\",\"content\":", role);
}

static void
put_turns(const struct frame_talk *talk, struct buf *out)
{
	static const char *const roles[] = { [SPEAKER_SYSTEM] = "system",
		[SPEAKER_USER] = "user",
		[SPEAKER_ASSISTANT] = "assistant",
		[SPEAKER_TOOL] = "tool" };
	size_t i;

	for (i = 0; i < talk->turns; i++) {
		buf_adds(out, i > 0 ? "," : "");
		begin_message(roles[talk->turn[i].speaker], out);
		readable_json(out, talk->text.p + talk->turn[i].at,
		    talk->turn[i].n);
		buf_adds(out, talk->turn[i].given ? ",\"train\":false}" : "}");
	}
}

/* The record's own text: whether it has one. */
static bool
put_own(const struct traj *t, struct buf *out)
{
	struct msg text = { 0 };
	struct msg_view prompt, response;
	const bool there = msg_map(&t->rec, "text", &text) == 1 &&
	    msg_str(&text, "prompt", &prompt) == 1 &&
	    msg_str(&text, "response", &response) == 1;

	if (there) {
		if (prompt.n > 0) {
			begin_message("user", out);
			readable_json(out, prompt.p, prompt.n);
			buf_adds(out, "},");
		}
		begin_message("assistant", out);
		readable_json(out, response.p, response.n);
		buf_addc(out, '}');
	}
	msg_release(&text);
	return there;
}

static int
put_messages(struct messages *m, const struct traj_segment *s,
    const struct traj *t, struct buf *out)
{
	if (!m->named && put_own(t, out))
		return 0;
	if (m->frame == NULL && look(m, s) != 0)
		return traj_fail(t,
		    "no text, and no tokenizer is known: name "
		    "its policy");
	if (traj_same_tokenizer(s, tokenizer_fingerprint(m->tokenizer),
		(size_t)s->vocab) != 0)
		return -1;
	frame_turns(m->frame, m->tokenizer, t, &m->talk);
	put_turns(&m->talk, out);
	return 0;
}

static void
put_text(const char *key, const char *text, struct buf *out)
{
	buf_addf(out, ",\"%s\":", key);
	readable_json(out, text, strlen(text));
}

/* A sum over actions, if the record has it. */
static void
put_sum(const char *key, const float *x, size_t n, struct buf *out)
{
	if (n == 0)
		return;
	buf_addf(out, ",\"%s\":", key);
	json_put_double(out, sum_floats(x, n));
}

int
messages_put(struct messages *m, const struct traj_segment *s,
    const struct traj *t, struct buf *out)
{
	const bool side = t->role == ROLE_CHOSEN || t->role == ROLE_REJECTED;

	buf_adds(out, "{\"id\":");
	readable_json(out, t->id, strlen(t->id));
	buf_adds(out, ",\"messages\":[");
	if (put_messages(m, s, t, out) != 0)
		return -1;
	buf_addc(out, ']');
	if (side)
		buf_addf(out, ",\"label\":%s",
		    t->role == ROLE_CHOSEN ? "true" : "false");
	if (t->weight < 1 || t->weight > 1) {
		buf_adds(out, ",\"weight\":");
		json_put_double(out, t->weight);
	}
	if (strcmp(t->group, t->id) != 0)
		put_text("group", t->group, out);
	if (t->role != ROLE_NONE)
		put_text("role", traj_role_name(t->role), out);
	if (t->stop != STOP_NONE)
		put_text("stop", traj_stop_name(t->stop), out);
	put_sum("score", t->score, t->scores, out);
	put_sum("logp", t->logp, t->logps, out);
	buf_adds(out, "}\n");
	return 0;
}
