/* SPDX-License-Identifier: MIT */
#include "report/runlist.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/runparts.h"

static struct rundir *
add(struct runlist *l)
{
	l->run = mem_grow(l->run, &l->cap, l->n + 1, sizeof *l->run);
	return &l->run[l->n++];
}

static int
by_start(const void *a, const void *b)
{
	const struct rundir *x = a, *y = b;
	const int order =
	    strcmp(rundir_text(x, "/started"), rundir_text(y, "/started"));

	return order != 0 ? order : strcmp(x->name, y->name);
}

/* Add what of the folder of run `whole` is a run. */
static int
add_parts(struct runlist *l, size_t whole)
{
	const size_t first = l->n;
	struct runparts p = { 0 };
	size_t i;
	int rc = 0;

	runparts_list(&p, l->run[whole].path);
	for (i = 0; i < p.n && rc == 0; i++) {
		struct rundir *part = add(l);

		rc = rundir_open_part(part, p.path[i], &l->run[whole]);
	}
	runparts_release(&p);
	qsort(l->run + first, l->n - first, sizeof *l->run, by_start);
	return rc;
}

int
runlist_add(struct runlist *l, const char *path)
{
	const size_t at = l->n;

	if (rundir_open(add(l), path) != 0)
		return -1;
	return l->run[at].metrics.lines > 0 ? 0 : add_parts(l, at);
}

void
runlist_release(struct runlist *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		rundir_close(&l->run[i]);
	free(l->run);
}
