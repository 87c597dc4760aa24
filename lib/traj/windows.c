/* SPDX-License-Identifier: MIT */
#include "traj/windows.h"

#include <string.h>

#include "base/buf.h"
#include "base/num.h"
#include "traj/field.h"

int
windows_parse(const char *text, void *windows)
{
	struct windows *w = windows;

	return num_u64_two(text, 1, 1000000000, &w->length, &w->stride);
}

/* The actions without a gap that begin with span *i; *i: the span after. */
static struct span
next_run(const struct traj *t, size_t *i)
{
	struct span run = t->span[(*i)++];

	while (*i < t->spans && t->span[*i].start == run.end)
		run.end = t->span[(*i)++].end;
	return run;
}

static size_t
in_run(const struct windows *w, struct span run)
{
	const uint64_t actions = run.end - run.start;

	return actions < w->length ? 0 : (actions - w->length) / w->stride + 1;
}

size_t
windows_count(const struct windows *w, const struct traj *t)
{
	size_t i = 0, n = 0;

	while (i < t->spans)
		n += in_run(w, next_run(t, &i));
	return n;
}

/* The window at token `at`; it fits. */
static int
cut_one(const struct windows *w, const struct traj *t, uint32_t at,
    struct traj *out)
{
	const uint32_t span[] = { at, at + (uint32_t)w->length };
	struct msg_build b;
	struct buf id = { 0 };
	int rc;

	buf_addf(&id, "%s@%u", t->id, at);
	msg_build(&b, &t->rec);
	field_drop(&b, FIELD_RESPONSE);
	msg_put_str(msg_build_set(&b, "id"), id.p, id.n);
	msg_put_str(msg_build_set(&b, "group"), id.p, id.n);
	msg_put_ext(msg_build_set(&b, "tokens"), MSG_U32, t->tokens,
	    span[1] * sizeof *t->tokens);
	msg_put_ext(msg_build_set(&b, "actions"), MSG_U32, span, sizeof span);
	msg_build_end(&b, &out->rec);
	buf_release(&id);
	out->at = t->at;
	rc = traj_decode(out);
	return rc != 0 ? traj_fail_in(t) : 0;
}

static int
cut_all(const struct windows *w, const struct traj *t, struct traj_segment *to)
{
	struct span run;
	size_t i = 0, k, n;

	while (i < t->spans) {
		run = next_run(t, &i);
		n = in_run(w, run);
		for (k = 0; k < n; k++)
			if (cut_one(w, t, run.start + (uint32_t)(k * w->stride),
				traj_add(to)) != 0)
				return -1;
	}
	return 0;
}

int
windows_cut(const struct windows *w, struct traj_segment *s)
{
	struct traj_segment whole = { .t = s->t, .n = s->n, .cap = s->cap };
	size_t i;
	int rc = 0;

	s->t = NULL;
	s->n = s->cap = 0;
	s->ratio = RATIO_NONE;
	msg_del(&s->header, "ratio"); /* there are no scores now */
	for (i = 0; i < whole.n && rc == 0; i++)
		rc = cut_all(w, &whole.t[i], s);
	traj_segment_release(&whole);
	return rc;
}
