/* SPDX-License-Identifier: MIT */
#include "traj/demotraj.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

/* Store {prompt, response}: the last answer and the text before it. */
static void
keep_text(struct traj *t, const struct demo_side *s)
{
	struct buf prompt = { 0 };
	struct buf packed = { 0 };
	const struct turn *last;
	size_t i, n = s->turns;

	while (n > 0 && s->turn[n - 1].speaker != SPEAKER_ASSISTANT)
		n--;
	if (n == 0)
		return;
	last = &s->turn[n - 1];
	for (i = 0; i + 1 < n; i++) {
		buf_adds(&prompt, i > 0 ? "\n" : "");
		if (s->turn[i].n > 0)
			buf_add(&prompt, s->turn[i].text, s->turn[i].n);
	}
	msg_put_map(&packed, 2);
	msg_put_str(&packed, "prompt", 6);
	msg_put_str(&packed, buf_text(&prompt), prompt.n);
	msg_put_str(&packed, "response", 8);
	msg_put_str(&packed, last->n > 0 ? last->text : "", last->n);
	msg_set(&t->rec, "text", &packed);
	buf_release(&prompt);
	buf_release(&packed);
}

/* Cut a chat to max tokens: 1 if something was cut, 0, or -1. */
static int
cut(struct chat *c, size_t max)
{
	size_t k = 0;

	if (c->n <= max)
		return 0;
	while (k < c->bounds && c->bound[k] < max)
		k += 2;
	if (c->bounds == 0)
		return fail("the prompt has %zu tokens, which leaves no room "
			    "within %zu",
		    c->n, max);
	if (k == 0)
		return fail("the prompt alone has %u tokens, which leaves no "
			    "room within %zu",
		    c->bound[0], max);
	if (c->bound[k - 1] > max) {
		c->bound[k - 1] = (uint32_t)max;
		c->end = CHAT_OPEN;
	}
	c->bounds = k;
	c->n = c->bound[k - 1];
	return 1;
}

static void
fill(struct traj *t, const struct chat *c, enum traj_role role, double weight)
{
	size_t i;

	t->role = role;
	t->weight = weight;
	t->stop = c->bounds == 0 ? STOP_NONE :
	    c->end == CHAT_EOS   ? STOP_EOS :
	    c->end == CHAT_TURN  ? STOP_TURN :
				   STOP_LENGTH;
	t->n = c->n;
	t->tokens =
	    mem_grow(t->tokens, &t->tokens_cap, c->n, sizeof *t->tokens);
	memcpy(t->tokens, c->tokens, c->n * sizeof *t->tokens);
	t->spans = c->bounds / 2;
	t->span = mem_grow(t->span, &t->span_cap, t->spans, sizeof *t->span);
	for (i = 0; i < t->spans; i++)
		t->span[i] =
		    (struct span){ c->bound[2 * i], c->bound[2 * i + 1] };
	msg_clear(&t->rec);
}

/* Keep the names of fields that a template leaves out, each once. */
static void
note_left_out(struct demotraj *to)
{
	char *name, *save = NULL;

	if (to->chat.left_out.n == 0)
		return;
	for (name = strtok_r(buf_text(&to->chat.left_out), ", ", &save);
	     name != NULL; name = strtok_r(NULL, ", ", &save))
		if (to->left_out.n == 0 ||
		    strstr(buf_text(&to->left_out), name) == NULL)
			buf_addf(&to->left_out, "%s%s",
			    to->left_out.n > 0 ? ", " : "", name);
}

static int
add_side(struct demotraj *to, const struct demo *d, const struct demo_side *s,
    const char *name, const char *letter, struct traj_segment *segment)
{
	struct buf id = { 0 };
	struct traj *t;
	int r;

	if (chat_render(to->template, to->tokenizer,
		&(struct talk){ s->turn, s->turns, d->document, to->prompts,
		    to->last_only },
		&to->chat) != 0)
		return -1;
	if (to->chat.bounds == 0 && !to->prompts)
		return fail("no assistant turn");
	r = cut(&to->chat, to->max_tokens);
	if (r < 0)
		return -1;
	note_left_out(to);
	to->talks += s->turns > 0 && s->turn[s->turns - 1].message != NULL;
	to->cut += (uint64_t)r;
	t = traj_add(segment);
	fill(t, &to->chat, s->role, d->weight);
	free(t->id);
	free(t->group);
	buf_addf(&id, "%s%s", name, letter);
	t->id = mem_dup(id.p, id.n);
	t->group = *letter != '\0' ? mem_dup(name, strlen(name)) : NULL;
	traj_encode(t);
	if (t->group == NULL)
		t->group = mem_dup(id.p, id.n);
	if (to->keep_text)
		keep_text(t, s);
	buf_release(&id);
	return 0;
}

static void
name_of(struct buf *name, const char *where, uint64_t n)
{
	const char *base = strrchr(where, '/');
	size_t stem;

	base = base != NULL ? base + 1 : where;
	stem = strcspn(base, ".:>");
	if (base[0] != '<')
		buf_add(name, base, stem < 40 ? stem : 40);
	buf_addf(name, name->n > 0 ? ":%" PRIu64 : "%" PRIu64, n);
}

int
demotraj_add(struct demotraj *to, const struct demo *d, const char *where,
    uint64_t n, struct traj_segment *segment)
{
	const size_t before = segment->n;
	const uint64_t cuts = to->cut;
	struct buf name = { 0 };
	size_t i;
	int rc = 0;

	name_of(&name, where, n);
	for (i = 0; i < d->sides && rc == 0; i++)
		rc = add_side(to, d, &d->side[i], buf_text(&name),
		    d->sides == 1 ? "" :
			i == 0    ? "c" :
				    "r",
		    segment);
	buf_release(&name);
	if (rc == 0)
		rc = demounread_note(&to->unread, d, &to->chat.asked,
		    to->strict);
	if (rc != 0) {
		segment->n = before;
		to->cut = cuts;
		return -1;
	}
	to->trajectories += segment->n - before;
	for (i = before; i < segment->n; i++)
		to->tokens += segment->t[i].n;
	return 0;
}

void
demotraj_release(struct demotraj *to)
{
	chat_release(&to->chat);
	buf_release(&to->left_out);
	demounread_release(&to->unread);
}
