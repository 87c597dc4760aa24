/* SPDX-License-Identifier: MIT */
#include "traj/recordline.h"

#include <math.h>
#include <string.h>

#include "base/sum.h"
#include "io/json.h"
#include "text/readable.h"

static void
put_text(struct buf *out, const char *key, const char *text)
{
	struct buf valid = { 0 };

	readable_utf8(&valid, text, strlen(text));
	buf_addf(out, "%s\"%s\":", key[0] == 'i' ? "{" : ",", key);
	json_put_string(out, buf_text(&valid), valid.n);
	buf_release(&valid);
}

static void
put_number(struct buf *out, const char *key, double x)
{
	if (!isfinite(x))
		return;
	buf_addf(out, ",\"%s\":", key);
	json_put_double(out, x);
}

static void
put_truth(struct buf *out, const char *key, int truth)
{
	if (truth >= 0)
		buf_addf(out, ",\"%s\":%s", key, truth > 0 ? "true" : "false");
}

void
recordline_put(const struct traj *t, const struct recordline *l,
    struct buf *out)
{
	const double nll =
	    l->logp != NULL ? -sum_floats(l->logp, t->actions) : (double)NAN;

	put_text(out, "id", t->id);
	put_text(out, "group", t->group);
	if (t->role != ROLE_NONE)
		put_text(out, "role", traj_role_name(t->role));
	if (t->stop != STOP_NONE)
		put_text(out, "stop", traj_stop_name(t->stop));
	buf_addf(out, ",\"length\":%zu", t->actions);
	put_number(out, "weight", t->weight);
	put_number(out, "nll", nll);
	if (l->entropy != NULL && t->actions > 0)
		put_number(out, "entropy",
		    sum_floats(l->entropy, t->actions) / (double)t->actions);
	if (l->bytes >= 0)
		buf_addf(out, ",\"bytes\":%.0f", l->bytes);
	put_number(out, "bits_per_byte", nll / log(2) / l->bytes);
	if (t->scores > 0)
		put_number(out, "score", sum_floats(t->score, t->scores));
	put_truth(out, "exact", l->exact);
	put_truth(out, "right", l->right);
	buf_adds(out, "}\n");
}
