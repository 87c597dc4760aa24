/* SPDX-License-Identifier: MIT */
#include "traj/traj.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *const traj_role_names[] = { "", "expert", "policy", "chosen",
	"rejected", NULL };
const char *const traj_stop_names[] = { "", "eos", "turn", "text", "length",
	NULL };
const char *const traj_ratio_names[] = { "", "calibrated", "prompt", "constant",
	"sign", "reward", NULL };

const char *
traj_role_name(enum traj_role role)
{
	return traj_role_names[role];
}

const char *
traj_stop_name(enum traj_stop stop)
{
	return traj_stop_names[stop];
}

const char *
traj_ratio_name(enum traj_ratio ratio)
{
	return traj_ratio_names[ratio];
}

int
traj_name_find(const char *const *names, const char *text, size_t n)
{
	int i;

	for (i = 1; names[i] != NULL; i++)
		if (n == strlen(names[i]) && memcmp(text, names[i], n) == 0)
			return i;
	return 0;
}

size_t
traj_bytes(const struct traj *t)
{
	const size_t numbers = t->logp_cap + t->logq_cap + t->score_cap;

	return t->rec.bytes.cap + t->rec.cap * sizeof *t->rec.field +
	    t->tokens_cap * sizeof *t->tokens + t->span_cap * sizeof *t->span +
	    numbers * sizeof *t->logp;
}

int
traj_fail_in(const struct traj *t)
{
	struct msg_view packed, id = { NULL, 0 };

	if (t->id != NULL)
		return fail_where(&t->at, t->id, strlen(t->id));
	if (msg_any(&t->rec, "id", &packed) == 0 || !msg_text(packed, &id))
		return fail_where(&t->at, NULL, 0);
	return fail_where(&t->at, id.p, id.n);
}

int
traj_fail(const struct traj *t, const char *fmt, ...)
{
	enum { REASON_MAX = 4096 }; /* more than a message has */
	char reason[REASON_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(reason, sizeof reason, fmt, ap);
	va_end(ap);
	(void)fail("%s", reason);
	return traj_fail_in(t);
}

int
traj_fail_missing(const struct traj *t, const char *field)
{
	(void)fail_kind(strcmp(field, "score") == 0 ? ERR_NO_SCORE : ERR_OTHER,
	    NULL, "field \"%s\": missing", field);
	return traj_fail_in(t);
}

int
traj_meta(const struct traj *t, const char *key, double *value)
{
	struct msg meta = { 0 };
	int r = msg_map(&t->rec, "meta", &meta);

	if (r > 0)
		r = msg_float(&meta, key, value);
	if (r > 0 && !isfinite(*value))
		r = fail("field \"%s\": not finite", key);
	if (r < 0)
		(void)fail_in("field \"meta\"");
	msg_release(&meta);
	return r;
}
