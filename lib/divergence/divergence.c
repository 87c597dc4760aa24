/* SPDX-License-Identifier: MIT */
#include "divergence/divergence.h"

void
divergence_names(struct buf *list)
{
	const struct divergence_row *rows;
	size_t i, n;

	rows = divergence_rows(&n);
	for (i = 0; i < n; i++)
		parameter_list(&rows[i].parameter, rows[i].name, list);
}

/* The row that text names, or NULL. */
static const struct divergence_row *
row_of(const char *text)
{
	const struct divergence_row *rows;
	size_t i, n;

	rows = divergence_rows(&n);
	for (i = 0; i < n; i++)
		if (parameter_follows(text, rows[i].name))
			return &rows[i];
	return NULL;
}

bool
divergence_known(const char *text)
{
	return row_of(text) != NULL;
}

int
divergence_parse(const char *text, struct divergence *d)
{
	struct buf list = { 0 };

	*d = (struct divergence){ .row = row_of(text) };
	if (d->row != NULL)
		return parameter_parse(&d->row->parameter, text, &d->a);
	divergence_names(&list);
	(void)fail("%s: not one of %s", text, buf_text(&list));
	buf_release(&list);
	return -1;
}

struct divergence
divergence_reverse_kl(void)
{
	const struct divergence_row *r;
	size_t n;

	r = divergence_rows(&n);
	while (!r->linear)
		r++;
	return (struct divergence){ .row = r };
}

double
divergence_reward(const struct divergence *d, double l)
{
	return d->row->h(l, d->a) - d->row->h(0, d->a);
}

bool
divergence_is_barrier(const struct divergence *d)
{
	return !(d->row->h(1e300, d->a) < 1e100);
}

double
divergence_f(const struct divergence *d, double l)
{
	return d->row->f(l, d->a);
}
