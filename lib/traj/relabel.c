/* SPDX-License-Identifier: MIT */
#include "traj/relabel.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "traj/field.h"

int
relabel_parse_prefix(const char *text, void *prefix)
{
	if (*text == '\0' || !utf8_valid(text, strlen(text)))
		return fail("%s: not a text in UTF-8 of at least a byte",
		    *text == '\0' ? "\"\"" : text);
	*(const char **)prefix = text;
	return 0;
}

static void
drop_sampler(struct traj_segment *s)
{
	msg_del(&s->header, "policy");
	msg_del(&s->header, "seed");
	msg_del(&s->header, "ratio");
	s->policy[0] = '\0';
	s->policy_step = 0;
	s->ratio = RATIO_NONE;
}

static void
set_role(struct traj *t, enum traj_role role, struct msg_build *b)
{
	const char *name = traj_role_name(role);

	if (role == ROLE_EXPERT) {
		field_drop(b, FIELD_SAMPLER);
		t->logps = t->logqs = t->scores = 0;
	}
	msg_put_str(msg_build_set(b, "role"), name, strlen(name));
	t->role = role;
}

static void
add_prefix(struct traj *t, const char *prefix, struct msg_build *b)
{
	struct buf id = { 0 };

	buf_addf(&id, "%s%s", prefix, t->id);
	msg_put_str(msg_build_set(b, "id"), id.p, id.n);
	msg_put_str(msg_build_set(b, "group"), t->group, strlen(t->group));
	free(t->id);
	t->id = buf_text(&id); /* ends in NUL; it is t's now */
}

void
relabel(struct traj_segment *s, enum traj_role role, const char *prefix)
{
	struct msg_build b;
	struct traj *t;

	if (role == ROLE_EXPERT)
		drop_sampler(s);
	for (t = s->t; t < s->t + s->n; t++) {
		msg_build(&b, &t->rec);
		if (role != ROLE_NONE)
			set_role(t, role, &b);
		if (prefix != NULL)
			add_prefix(t, prefix, &b);
		msg_build_end(&b, &t->rec);
	}
}
