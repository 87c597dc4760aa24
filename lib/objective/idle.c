/* SPDX-License-Identifier: MIT */
#include "objective/idle.h"

#include "objective/coefficients.h"

bool
idle_has_teacher(const struct idle *x)
{
	return x->options->teachers.n > 0 || x->options->cached;
}

bool
idle_one_hot(const struct idle *x)
{
	return x->choice->one_hot ||
	    (x->options->temperature != 1 && !idle_has_teacher(x));
}

/* A setting is idle in a case; else `otherwise`, NULL: it has an effect. */
#define IDLE(setting, in_case, why, otherwise) \
	const char *idle_##setting(const struct idle *x) \
	{ \
		return (in_case) ? (why) : (otherwise); \
	}
#define OBJECTIVE (x->choice->objective)
#define ROW (OBJECTIVE.row)

IDLE(preferences, ROW->loss == NULL,
    "with an objective that is not of preferences", NULL)
IDLE(divergence, OBJECTIVE.divergence.row == NULL,
    "with an objective that is not a divergence", NULL)
IDLE(reference, ROW->reference == REFERENCE_NONE,
    "with an objective that has no reference", NULL)
IDLE(tempered,
    x->options->teachers.n == 0 && !x->choice->one_hot &&
	!objective_is_likelihood(&OBJECTIVE),
    "without --teacher, --one-hot or -d fkl", NULL)
IDLE(margin, ROW->margin == 0, "without -d simpo", NULL)
IDLE(single, ROW->unit != UNIT_SINGLE, "without -d kto", NULL)
IDLE(clip,
    ROW->loss != NULL &&
	(x->choice->preference.f.row == NULL ||
	    !x->choice->preference.f.row->clips),
    "with preferences, but for a regularizer that explodes",
    ROW->loss == NULL ? idle_divergence(x) : NULL)
static IDLE(returns, ROW->unit != UNIT_TRAJECTORY || idle_one_hot(x),
    "with an objective that gives no credit", NULL) IDLE(credit,
    idle_has_teacher(x) && !(*x->future_given && x->choice->credit.future > 0),
    "with a teacher and without --future", idle_returns(x)) IDLE(level,
    idle_has_teacher(x) && *x->level != LEVEL_TOKEN,
    "with a teacher, whose level is token", idle_returns(x)) IDLE(teachers,
    x->options->teachers.n < 2, "with one teacher", NULL) IDLE(dropout,
    ROW->unit == UNIT_TRAJECTORY && !idle_has_teacher(x) &&
	!x->choice->one_hot &&
	(*x->estimator != ESTIMATE_AUTO ||
	    !objective_is_likelihood(&OBJECTIVE)),
    "with an objective that gives credit to samples",
    idle_has_teacher(x) && *x->future_given && x->choice->credit.future > 0 ?
	"with --future, which gives credit to samples" :
	NULL) static IDLE(later, *x->level != LEVEL_TOKEN,
    "without --level token", idle_returns(x)) IDLE(future,
    idle_has_teacher(x) || (ROW->unit == UNIT_TOKEN && ROW->parameter.letter),
    NULL, idle_later(x))
