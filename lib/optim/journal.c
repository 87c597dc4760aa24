/* SPDX-License-Identifier: MIT */
#include "optim/journal.h"

#include "io/atomic.h"

static int
write_lines(struct journal *j)
{
	int rc = 0;

	if (trainer_committed(j->trainer)) {
		rc = write_all(j->fd, j->lines.p, j->lines.n, "output");
		buf_reset(&j->lines);
	}
	return rc;
}

int
journal_add(struct journal *j, const struct metrics *m,
    const struct gradient_metadata *o, size_t n)
{
	metrics_json(m, o, n, &j->lines);
	return write_lines(j);
}

int
journal_finish(struct journal *j, size_t keep)
{
	int rc = trainer_finish(j->trainer, keep);

	return write_lines(j) != 0 ? -1 : rc;
}

void
journal_release(struct journal *j)
{
	buf_release(&j->lines);
}
