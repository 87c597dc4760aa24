/* SPDX-License-Identifier: MIT */
/* What discriminators and rewards say of samples and demonstrations. */
#include <stdlib.h>

#include "base/mem.h"
#include "report/page_parts.h"
#include "report/scored.h"

static bool
has_scores(const struct scored *s, size_t n)
{
	size_t i, side;

	for (i = 0; i < n; i++)
		for (side = 0; side < SCORED_SIDES; side++)
			if (s[i].whole[side].n > 0)
				return true;
	return false;
}

void
scores_put(const struct page *p)
{
	struct scored *s = mem_alloc(2 * p->groups, sizeof *s);
	struct scored *rewards = s + p->groups;
	size_t i;

	for (i = 0; i < p->runs; i++) {
		scored_add(&s[p->of[i]], &p->run[i], false);
		scored_add(&rewards[p->of[i]], &p->run[i], true);
	}
	if (has_scores(s, 2 * p->groups)) {
		page_begin(p, "scores", "Scores");
		buf_adds(p->out, "<div class=\"figures\">\n");
		for (i = 0; i < 2; i++) {
			histogram_put(p, s + i * p->groups, false, i == 1);
			histogram_put(p, s + i * p->groups, true, i == 1);
		}
		calibration_put(p, s);
		buf_adds(p->out, "</div>\n");
		page_end(p);
	}
	for (i = 0; i < 2 * p->groups; i++)
		scored_release(&s[i]);
	free(s);
}
