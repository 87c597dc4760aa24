/* SPDX-License-Identifier: MIT */
#include "objective/idle.h"

struct idle {
	const struct objective *of;
	const struct objective_settings *settings;
	const struct objectivegrad_options *options;
	bool teacher, one_hot;
};

static enum idle_why
if_so(bool idle, enum idle_why why)
{
	return idle ? why : IDLE_NOT;
}

static enum idle_why
divergence(const struct idle *x)
{
	return if_so(x->of->divergence.row == NULL, IDLE_NO_DIVERGENCE);
}

static enum idle_why
returns(const struct idle *x)
{
	return if_so(x->of->row->unit != UNIT_TRAJECTORY || x->one_hot,
	    IDLE_NO_CREDIT);
}

static enum idle_why
temperature(const struct idle *x)
{
	return if_so(x->options->teachers.n == 0 && !x->settings->one_hot &&
		!objective_is_likelihood(x->of),
	    IDLE_NO_LOGITS);
}

static enum idle_why
clip(const struct idle *x)
{
	const struct divergence_row *f = x->settings->preference.f.row;

	return x->of->row->loss == NULL ?
	    divergence(x) :
	    if_so(f == NULL || !f->clips, IDLE_NO_BOUND);
}

static enum idle_why
dropout(const struct idle *x)
{
	if (x->teacher)
		return if_so(x->settings->credit.future > 0, IDLE_LATER);
	return if_so(x->of->row->unit == UNIT_TRAJECTORY &&
		!x->settings->one_hot &&
		(x->settings->credit.estimator != ESTIMATE_AUTO ||
		    !objective_is_likelihood(x->of)),
	    IDLE_SAMPLES);
}

static enum idle_why
future(const struct idle *x)
{
	const struct objective_row *row = x->of->row;

	if (x->teacher ||
	    (row->unit == UNIT_TOKEN && row->parameter.letter != NULL))
		return IDLE_NOT;
	return x->settings->credit.level != LEVEL_TOKEN ? IDLE_NOT_BY_TOKEN :
							  returns(x);
}

enum idle_why
idle_why(const struct objective_settings *settings,
    const struct objectivegrad_options *options, enum idle_setting setting)
{
	const struct credit *credit = &settings->credit;
	const struct objective_row *row = settings->objective.row;
	const struct idle x = { &settings->objective, settings, options,
		objectivegrad_has_teacher(options),
		objectivegrad_one_hot(settings, options) };

	switch (setting) {
	case SETTING_PREFERENCE:
		return if_so(row->loss == NULL, IDLE_NO_PREFERENCE);
	case SETTING_MARGIN:
		return if_so(row->margin == 0, IDLE_NO_MARGIN);
	case SETTING_UNDESIRABLE:
		return if_so(row->unit != UNIT_SINGLE, IDLE_NO_SINGLES);
	case SETTING_REGULARIZER:
		return if_so(row->reference == REFERENCE_NONE,
		    IDLE_NO_REFERENCE);
	case SETTING_EXPERT:
		return divergence(&x);
	case SETTING_MIX:
		return if_so(options->teachers.n < 2, IDLE_ONE_TEACHER);
	case SETTING_TEMPERATURE:
		return temperature(&x);
	case SETTING_CREDIT:
		return x.teacher && !(credit->future > 0) ? IDLE_NOW :
							    returns(&x);
	case SETTING_LEVEL:
		return x.teacher && credit->level != LEVEL_TOKEN ?
		    IDLE_BY_TOKEN :
		    returns(&x);
	case SETTING_FUTURE:
		return future(&x);
	case SETTING_CLIP:
		return clip(&x);
	case SETTING_DROPOUT:
		return dropout(&x);
	}
	return IDLE_NOT;
}
