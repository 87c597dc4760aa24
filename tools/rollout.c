/* SPDX-License-Identifier: MIT */
/*
 * rollout: prompts in, sampled trajectories out.
 *
 * The prompt is all before a record's last action span; log pi of each
 * action of the response comes with it.  See rollout(1).
 */
#include "cli/bytes.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "likelihood/respond.h"
#include "nn/ckpt.h"
#include "nn/decode.h"
#include "nn/packed.h"
#include "text/tokenizer.h"
#include "text/continuation.h"
#include "traj/traj.h"

static struct args {
	struct common common;
	uint64_t samples, max_new, top_k, lag, every, memory;
	double temperature, top_p;
	int compute;
	bool follow, greedy, exact, cut, keep_text, with_demos, lag_given,
	    every_given, hot;
	const char *text;
} args = { .common.seed = 1,
	.samples = 1,
	.max_new = 256,
	.every = 1,
	.memory = 512 << 20,
	.temperature = 1.0,
	.top_p = 1.0 };

/* The policy, how it is sampled, and what has been done. */
struct work {
	struct ckpt policy;
	struct tokenizer *tokenizer; /* for --keep-text */
	struct decode_options how;
	struct respond_options respond;
	struct progress progress;
	uint64_t segments, steps, samples, tokens;
};
enum { MANY = 1 << 30 };
static const char *const computes[] = { "f32", "bf16", "int8",
	NULL }; /* as enum tile_type */
static const struct opt opts[] = { { 'n', "samples", OPT_UINT, &args.samples,
				       "N", "of each prompt (1)", .lo = 1,
				       .hi = MANY },
	{ 'l', "max-new", OPT_UINT, &args.max_new, "N", "most tokens (256)",
	    .lo = 1, .hi = MANY },
	{ 0, "temperature", OPT_REAL, &args.temperature, "T",
	    "divide the logits by T (1); 0 is --greedy", .lo = 0, .hi = 1e6,
	    .given = &args.hot },
	{ 0, "top-k", OPT_UINT, &args.top_k, "K", "only the K likeliest tokens",
	    .hi = MANY },
	{ 0, "top-p", OPT_REAL, &args.top_p, "P",
	    "only the likeliest tokens that reach probability P (1)",
	    .lo = 1e-9, .hi = 1 },
	{ 0, "greedy", OPT_FLAG, &args.greedy,
	    .help = "take the likeliest token" },
	{ 0, "follow", OPT_FLAG, &args.follow,
	    .help = "segment K is for the policy K steps on" },
	{ 0, "lag", OPT_UINT, &args.lag, "N", "--follow: N steps earlier (0)",
	    .hi = MANY, .given = &args.lag_given },
	{ 0, "every", OPT_UINT, &args.every, "N",
	    "--follow: N steps a segment (1)", .lo = 1, .hi = MANY,
	    .given = &args.every_given },
	{ 0, "cut", OPT_FLAG, &args.cut,
	    .help = "keep the end of prompts beyond the context" },
	{ 0, "memory", OPT_CUSTOM, &args.memory, "BYTES",
	    "most memory for keys and values, with K, M, G or T (512M)",
	    .parse = opt_bytes },
	{ 0, "compute", OPT_NAME, &args.compute, "TYPE",
	    "sample with weights rounded to f32, bf16 or int8 (f32)",
	    .names = computes },
	{ 0, "exact", OPT_FLAG, &args.exact, NULL,
	    "--compute: record logp of the policy in f32, by one more pass" },
	{ 0, "with-demos", OPT_FLAG, &args.with_demos,
	    .help = "give the records too" },
	{ 0, "text", OPT_TEXT, &args.text, "PROMPT",
	    .help = "write how PROMPT goes on, as text" },
	{ 0, "keep-text", OPT_FLAG, &args.keep_text,
	    .help = "put the text into records" },
	OPT_SEED(&args.common), OPT_THREADS(&args.common),
	OPT_OUTPUT(&args.common), OPT_JSON(&args.common),
	OPT_PART(&args.common), OPT_BASIC(&args.common), OPT_LAST };

static const char synopsis[] =
    "[options] POLICY [FILE ...]\n[options] --text PROMPT POLICY";

static void
check_usage(int operands)
{
	if (operands < 1)
		die_usage("which policy?");
	if ((args.lag_given || args.every_given) && !args.follow)
		die_usage("--lag and --every need --follow");
	if (args.text != NULL &&
	    (args.follow || args.common.json || operands > 1))
		die_usage("--text goes with neither --follow, --json nor FILE");
	if (args.greedy && args.hot && args.temperature > 0.0)
		die_usage("--greedy is a temperature of 0, not %g",
		    args.temperature);
	if (args.greedy)
		args.temperature = 0.0;
}

static void
load(struct work *w, const char *dir)
{
	int rc = ckpt_open(&w->policy, dir);

	if (rc > 0)
		warn("%s: going on from there", err_last());
	if (rc < 0 || ckpt_check_finite(&w->policy) < 0)
		die();
	if (w->policy.config.scored)
		die_with("%s: a sequence classifier, which has no responses",
		    dir);
	w->how = (struct decode_options){ { args.temperature, args.top_k,
					      args.top_p },
		args.max_new, args.common.seed, w->policy.step, args.memory };
	packed_set_type(&w->policy.params, (enum tile_type)args.compute);
	packed_release_pages(&w->policy.params);
	w->respond =
	    (struct respond_options){ args.samples, args.max_new, args.cut };
	if (args.keep_text && (w->tokenizer = tokenizer_open(dir)) == NULL)
		die();
	progress_begin(&w->progress, &args.common);
}

static void
tell(void *ctx, size_t drawn)
{
	struct work *w = ctx;
	double n = (double)(w->tokens + drawn);

	progress_line(&w->progress, "segment %zu, %.0f tokens, %.0f/s",
	    (size_t)w->segments, n, n / progress_seconds(&w->progress));
}

/* Wait for the policy that the next segment is for. */
static void
follow(struct work *w, const struct follow *f)
{
	int r = ckpt_follow(&w->policy, follow_step(f, w->steps));

	if (r < 0 || (r > 0 && ckpt_check_finite(&w->policy) < 0))
		die();
	w->how.step = w->policy.step;
}

static int
sample_segment(struct work *w, struct traj_segment *s, struct stream_out *out)
{
	const struct config *c = &w->policy.config;
	const bool bent = sampling_changes(&w->how.how) ||
	    (args.exact && args.compute != TILE_F32);
	struct responses r = { 0 };

	if (traj_same_tokenizer(s, w->policy.tokenizer, c->V) < 0 ||
	    traj_check(s, c->V, SIZE_MAX) < 0 ||
	    respond_plan(&r, s, c, &w->respond) < 0 ||
	    decode_run(c, &w->policy.params, &w->how, r.job, r.jobs, tell, w) <
		0)
		return -1;
	if (args.exact && args.compute != TILE_F32 &&
	    respond_exact(&r, &w->policy) < 0)
		return -1;
	respond_header(&s->header, &r, &w->policy, args.common.seed);
	if (stream_begin(out, STREAM_TRAJ, &s->header) < 0 ||
	    respond_write(&r, out, w->tokenizer, args.with_demos, bent) < 0)
		return -1;
	w->tokens += respond_tokens(&r);
	w->samples += r.jobs;
	w->segments++;
	respond_release(&r);
	return stream_end(out, s->more);
}

static void
roll(struct work *w, struct stream_in *in, struct stream_out *out)
{
	struct traj_segment s = { 0 };
	const struct follow f = { w->policy.step, args.every, args.lag };
	int r;

	while ((r = traj_read(in, &s)) > 0) {
		if (args.follow && s.n > 0) /* an empty one makes no step */
			follow(w, &f);
		if ((s.n > 0 ? sample_segment(w, &s, out) :
			       traj_write(out, &s)) < 0)
			die();
		w->steps += traj_is_step(&s);
	}
	if (r < 0)
		die();
	traj_segment_release(&s);
}

/* --text: one sample is written while it grows, several in turn. */
struct speech {
	struct continuation text;
	struct responses r;
	struct work *w;
	int fd;
};

static void
say_sample(struct speech *s, size_t i, bool last)
{
	const struct decode_job *j = &s->r.job[i];
	const char *end = !last ? "" : i + 1 < s->r.jobs ? "\n\n" : "\n";

	if (continuation_write(&s->text, j->tokens, j->n, last, end, s->fd) < 0)
		die();
}

static void
say_more(void *ctx, size_t drawn)
{
	struct speech *s = ctx;

	s->w->tokens = drawn;
	if (s->r.jobs == 1)
		say_sample(s, 0, false);
}

static void
speak(struct work *w, const char *dir)
{
	const struct ckpt *p = &w->policy;
	struct tokenizer *tokenizer = tokenizer_open(dir);
	struct speech s = { .w = w, .fd = cli_out_fd(&args.common) };

	if (tokenizer == NULL ||
	    continuation_init(&s.text, tokenizer, args.text) < 0 ||
	    respond_add(&s.r, "text", 0, s.text.prompt, s.text.n, &p->config,
		&w->respond) < 0 ||
	    decode_run(&p->config, &p->params, &w->how, s.r.job, s.r.jobs,
		say_more, &s) < 0)
		die();
	for (; w->samples < s.r.jobs; w->samples++)
		say_sample(&s, w->samples, true);
	respond_release(&s.r);
	continuation_release(&s.text);
	tokenizer_close(tokenizer);
}

int
main(int argc, char **argv)
{
	struct stream_out *out = NULL;
	struct stream_in *in;
	struct work w = { 0 };
	int first;

	cli_begin(argc, argv);
	first = opt_parse(opts, synopsis, argc, argv);
	check_usage(argc - first);
	cli_ready(&args.common);
	load(&w, argv[first]);
	if (args.text != NULL) {
		speak(&w, argv[first]);
	} else {
		in = cli_in(&args.common, STREAM_TRAJ, argc, argv, first + 1);
		out = cli_out(&args.common);
		roll(&w, in, out);
		stream_close(in);
	}
	progress_end(&w.progress, "%zu samples, %zu tokens, %.0f/s",
	    (size_t)w.samples, (size_t)w.tokens,
	    (double)w.tokens / progress_seconds(&w.progress));
	tokenizer_close(w.tokenizer);
	ckpt_close(&w.policy);
	return cli_end(&args.common, out, w.samples > 0,
	    "nothing to do: no records");
}
