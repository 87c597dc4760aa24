/* SPDX-License-Identifier: MIT */
#include "eval/measures.h"

#include <math.h>
#include <stdio.h>

#include "io/json.h"

void
measures_put(struct measures *r, const char *name, double value)
{
	if (!isfinite(value))
		return;
	if (r->table)
		buf_addf(&r->text, "%-24s ", name);
	else
		buf_addf(&r->text, "%s\"%s\": ", r->text.n > 0 ? ", " : "{",
		    name);
	json_put_double(&r->text, value);
	if (r->table)
		buf_addc(&r->text, '\n');
}

void
measures_ratio(struct measures *r, const char *name, const struct ratio *x)
{
	char key[96];

	measures_put(r, name, ratio_value(x));
	(void)snprintf(key, sizeof key, "se.%s", name);
	measures_put(r, key, ratio_error(x));
}

static void
put_divergence(struct measures *r, const struct estimate *e, const char *name,
    const struct divergence *d)
{
	char key[96];

	(void)snprintf(key, sizeof key, "divergence.%s", name);
	measures_put(r, key, estimate_divergence(e, d));
	(void)snprintf(key, sizeof key, "se.divergence.%s", name);
	measures_put(r, key, estimate_error(e, d));
}

void
measures_scores(struct measures *r, const struct estimate *e,
    const struct measures_row *more, size_t rows)
{
	const struct divergence_row *row;
	struct divergence d = { 0 };
	size_t n, i;

	row = divergence_rows(&n);
	for (i = 0; i < n; i++) {
		d.row = &row[i];
		if (!row[i].parameter.letter)
			put_divergence(r, e, row[i].name, &d);
	}
	for (i = 0; i < rows; i++)
		if (more[i].divergence.row->parameter.letter)
			put_divergence(r, e, more[i].name, &more[i].divergence);
	measures_put(r, "calibration", estimate_calibration(e));
	measures_put(r, "ess", estimate_ess(e));
	measures_put(r, "auc", estimate_auc(e));
}

void
measures_end(struct measures *r)
{
	if (!r->table)
		buf_adds(&r->text, "}\n");
}
