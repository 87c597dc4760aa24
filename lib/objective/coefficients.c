/* SPDX-License-Identifier: MIT */
#include "objective/coefficients.h"

const char *
objective_unit_name(enum objective_unit unit)
{
	static const char *const names[] = { [UNIT_TOKEN] = "token",
		[UNIT_TRAJECTORY] = "trajectory",
		[UNIT_PAIR] = "pair",
		[UNIT_SINGLE] = "single" };

	return names[unit];
}

struct objective
objective_at(const struct objective *o, uint64_t step)
{
	struct objective now = *o;

	if (o->steps > 0)
		now.a = step >= o->steps ?
		    o->to :
		    o->a + (o->to - o->a) * (double)step / (double)o->steps;
	now.steps = 0;
	now.divergence.a = now.a;
	return now;
}

bool
objective_has_parameter(const struct objective *o)
{
	const struct parameter *p = o->divergence.row != NULL ?
	    &o->divergence.row->parameter :
	    &o->row->parameter;

	return p->letter != NULL;
}

static int
check_role(const struct objective_segment *x, const struct traj *t)
{
	const enum traj_role *role = x->row->roles;
	const bool two = role[1] != ROLE_NONE;

	if (role[0] == ROLE_NONE || t->role == role[0] ||
	    (two && t->role == role[1]))
		return 0;
	return traj_fail(t, "role %s, but %s takes role%s %s%s%s",
	    t->role == ROLE_NONE ? "none" : traj_role_name(t->role),
	    x->objective.name, two ? "s" : "", traj_role_name(role[0]),
	    two ? " and " : "", two ? traj_role_name(role[1]) : "");
}

int
objective_check(const struct objective_segment *x)
{
	const struct traj_segment *s = x->segment;
	size_t i;

	for (i = 0; i < s->n; i++) {
		if (check_role(x, &s->t[i]) != 0)
			return -1;
		if (x->row->scores && s->t[i].scores == 0)
			return traj_fail_missing(&s->t[i], "score");
	}
	return 0;
}
