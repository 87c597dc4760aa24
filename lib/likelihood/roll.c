/* SPDX-License-Identifier: MIT */
#include "likelihood/roll.h"

#include "likelihood/draw.h"
#include "likelihood/ensemble.h"
#include "nn/sample.h"
#include "traj/traj.h"

static int
draw(struct roll *x, const struct traj_segment *s, struct responses *r)
{
	int rc;

	if (x->members != NULL)
		return ensemble_draw(r, s, x->policy, x->members, &x->how,
		    x->respond, x->exact, x->tick, x->ctx);
	x->how.step = x->policy->step;
	rc =
	    draw_segment(r, s, x->policy, &x->how, x->respond, x->tick, x->ctx);
	return rc == 0 && x->exact ? respond_exact(r, x->policy) : rc;
}

static int
put(const struct roll *x, struct traj_segment *s, const struct responses *r,
    struct stream_out *out)
{
	const bool logq = sampling_changes(&x->how.how) || x->exact;
	const struct ckpt by = x->members != NULL ?
	    ensemble_named(x->policy, x->members) :
	    *x->policy;

	respond_header(&s->header, r, &by, x->how.seed);
	if (stream_begin(out, STREAM_TRAJ, &s->header) != 0 ||
	    respond_write(r, out, x->text, x->demos, logq) != 0)
		return -1;
	return stream_end(out, s->more);
}

static int
sample(struct roll *x, struct traj_segment *s, struct stream_out *out)
{
	struct responses r = { 0 };
	int rc = draw(x, s, &r);

	if (rc == 0)
		rc = put(x, s, &r, out);
	if (rc == 0) {
		x->segments++;
		x->samples += r.jobs;
		x->tokens += respond_tokens(&r);
		if (x->done != NULL)
			x->done(x->ctx, r.jobs);
	}
	respond_release(&r);
	return rc;
}

/* Wait for the policy that has made these steps since the start. */
static int
follow(struct roll *x, const struct follow *f, uint64_t steps)
{
	int r = ckpt_follow(x->policy, follow_step(f, steps));

	return r > 0 ? ckpt_check_finite(x->policy) : r;
}

int
roll_stream(struct roll *x, struct stream_in *in, struct stream_out *out)
{
	const struct follow f = { x->policy->step, x->every, x->lag };
	struct traj_segment s = { 0 };
	uint64_t steps = 0;
	int r, rc = 0;

	while (rc == 0 && (r = traj_read(in, &s)) != 0) {
		rc = r;
		if (r > 0 && x->follow && s.n > 0) /* an empty one is no step */
			rc = follow(x, &f, steps) < 0 ? -1 : 1;
		if (rc > 0)
			rc = s.n > 0 ? sample(x, &s, out) : traj_write(out, &s);
		steps += rc == 0 && traj_is_step(&s);
	}
	traj_segment_release(&s);
	return rc;
}
