/* SPDX-License-Identifier: MIT */
#include "optim/metrics.h"

#include <time.h>

#include "io/json.h"

void
metrics_json(const struct metrics *m, const struct gradient_metadata *o,
    size_t n, struct buf *out)
{
	struct timespec now;
	size_t i;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	buf_addf(out, "{\"step\":%llu,\"time\":", (unsigned long long)m->step);
	json_put_double(out, (double)now.tv_sec + (double)now.tv_nsec * 1e-9);
	buf_adds(out, ",\"lr\":");
	json_put_double(out, m->lr);
	buf_adds(out, ",\"grad_norm\":");
	metadata_number(out, m->norm);
	buf_addf(out, ",\"clipped\":%s,\"skipped\":%s,\"objectives\":[",
	    m->clipped ? "true" : "false", m->skipped ? "true" : "false");
	for (i = 0; i < n; i++) {
		if (i > 0)
			buf_addc(out, ',');
		metadata_json(&o[i], out);
	}
	buf_adds(out, "]}\n");
}
