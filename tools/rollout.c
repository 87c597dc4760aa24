/* SPDX-License-Identifier: MIT */
/*
 * rollout: prompts in, sampled trajectories out.
 *
 * The prompt is all before a record's last action span; log pi of each
 * action of the response comes with it.  See rollout(1).
 */
#include "cli/bytes.h"
#include "cli/cli.h"
#include "cli/ctrlc.h"
#include "cli/progress.h"
#include "likelihood/aloud.h"
#include "likelihood/roll.h"
#include "likelihood/rolloutplan.h"
#include "nn/ckpt_passes.h"
#include "nn/packed.h"
#include "text/tokenizer.h"
#include "traj/traj.h"

static struct args {
	struct common common;
	struct decode_options how;
	struct respond_options respond;
	struct stops stops;
	struct texts members;
	uint64_t lag, every;
	enum tile_type compute;
	bool follow, greedy, exact, keep_text, with_demos, hot, raw, plan, chat;
	const char *text;
} a = {
	.common.seed = 1,
	.how = { { .temperature = 1, .top_p = 1 }, 256, .memory = 512 << 20 },
	.respond = { .each = 1, .stops = &a.stops },
	.every = 1,
};

/* The policy, how it is sampled, and what has been done. */
struct work {
	struct ckpt policy;
	struct mixture members;
	struct tokenizer *tokenizer; /* NULL: not needed */
	struct progress progress;
	struct roll roll;
};

enum { MANY = 1 << 30 };
static const struct opt opts[] = {
	OPT_GROUP("Sampling"),
	OPT_UINT('n', "samples", &a.respond.each, "N", 1, MANY,
	    "responses to each prompt (1)"),
	OPT_UINT('l', "max-new", &a.how.max_new, "N", 1, MANY,
	    "tokens of a response at most (256)"),
	OPT_REAL(0, "temperature", &a.how.how.temperature, "T", 0, 1e6,
	    "divide the logits by T (1); 0 is --greedy", .given = &a.hot),
	OPT_UINT(0, "top-k", &a.how.how.top_k, "K", 0, MANY,
	    "only the K likeliest tokens (all)"),
	OPT_REAL(0, "top-p", &a.how.how.top_p, "P", 1e-9, 1,
	    "only the likeliest tokens that reach probability P (1)"),
	OPT_FLAG(0, "greedy", &a.greedy, "take the likeliest token"),
	OPT_CUSTOM(0, "stop", &a.stops, "TEXT", stops_add,
	    "end a response that has said TEXT, may be repeated"),
	OPT_CUSTOM(0, "member", &a.members, "DIR", texts_add,
	    "for each response, draw POLICY or this one; may be repeated",
	    .excludes = "follow"),
	OPT_SEED(&a.common, "seed of the random numbers (1)"),
	OPT_GROUP("Text",
	    .excludes = "follow|json|with-demos|keep-text|exact|part|member"),
	OPT_TEXT(0, "text", &a.text, "PROMPT",
	    "write the answer to PROMPT, or how it continues"),
	OPT_FLAG(0, "raw", &a.raw, "without the policy's chat template",
	    .needs = "text"),
	OPT_FLAG(0, "chat", &a.chat, "talk with the policy, turn by turn",
	    .excludes = "text|samples|cut"),
	OPT_GROUP("Prompts and records"),
	OPT_FLAG(0, "cut", &a.respond.cut,
	    "keep only the end of prompts that exceed the context"),
	OPT_FLAG(0, "with-demos", &a.with_demos, "write the input records too"),
	OPT_FLAG(0, "keep-text", &a.keep_text, "add the text to the records"),
	OPT_GROUP("Following a policy in training", .needs = "follow"),
	OPT_FLAG(0, "follow", &a.follow,
	    "sample segment K from the policy K steps on"),
	OPT_UINT(0, "lag", &a.lag, "N", 0, MANY,
	    "from the policy N steps earlier (0)"),
	OPT_UINT(0, "every", &a.every, "N", 1, MANY, "steps a segment (1)"),
	OPT_GROUP("Speed and memory"),
	OPT_NAME(0, "compute", &a.compute, "TYPE", packed_types,
	    "round weights to %s (f32)"),
	OPT_FLAG(0, "exact", &a.exact,
	    "record logp of the f32 policy, by one more pass",
	    .needs = "compute=bf16|compute=int8"),
	OPT_CUSTOM(0, "memory", &a.how.memory, "BYTES", opt_bytes,
	    "for keys and values, with K, M, G or T (512M)"),
	OPT_FLAG(0, "plan", &a.plan, "only predict memory and time",
	    .excludes = "follow|text|chat"),
	OPT_GROUP("Common"),
	OPT_OUTPUT(&a.common),
	OPT_JSON(&a.common),
	OPT_PART(&a.common),
	OPT_THREADS(&a.common),
	OPT_BASIC(&a.common),
	OPT_LAST,
};

static const struct usage usage = {
	"[options] POLICY [FILE ...]\n[options] --text PROMPT POLICY\n"
	"[options] --chat POLICY",
	"Prompts in, sampled trajectories out.",
	"rollout -n 4 P demos.traj | measure",
	"POLICY, the policy's directory",
};

static void
check_usage(int operands)
{
	struct sampling *how = &a.how.how;

	if ((a.text != NULL || a.chat) && operands > 1)
		die_usage("--%s does not go with FILE",
		    a.chat ? "chat" : "text");
	if (a.greedy && a.hot && how->temperature > 0.0)
		die_usage("--greedy is a temperature of 0, not %g",
		    how->temperature);
	if (a.greedy)
		how->temperature = 0.0;
	a.how.seed = a.common.seed;
	a.respond.max_new = a.how.max_new;
	if (!(how->temperature > 0.0) && (how->top_k > 0 || how->top_p < 1.0))
		die_usage(
		    "--top-k and --top-p have no effect at temperature 0");
}

static void
load(struct work *w, const char *dir)
{
	opened(ckpt_open_unread(&w->policy, dir, a.compute));
	if (!a.plan && ckpt_check_finite(&w->policy) != 0)
		die();
	if (w->policy.config.scored)
		die_with("%s: a sequence classifier, which has no responses",
		    dir);
	a.how.step = w->policy.step;
	if ((a.keep_text || a.text != NULL || a.chat || a.stops.n > 0) &&
	    (w->tokenizer = tokenizer_open(dir)) == NULL) {
		if (a.stops.n > 0)
			(void)fail_in("--stop needs the policy's tokenizer");
		die();
	}
	a.respond.tokenizer = w->tokenizer;
	if (mixture_open(&w->members, a.members.text, a.members.n, &w->policy,
		!a.plan) != 0)
		die();
	progress_begin(&w->progress, &a.common);
}

static int
tick(void *ctx, size_t drawn)
{
	struct work *w = ctx;
	double n = (double)(w->roll.tokens + drawn);

	progress_line(&w->progress, "segment %zu: %.0f tokens, %.0f tokens/s",
	    (size_t)w->roll.segments, n, n / progress_seconds(&w->progress));
	return 0;
}

static void
done(void *ctx, size_t samples)
{
	struct work *w = ctx;

	progress_step(&w->progress, "segment %zu: %zu samples",
	    (size_t)w->roll.segments, samples);
}

static void
roll(struct work *w, struct stream_in *in, struct stream_out *out)
{
	w->roll = (struct roll){ .policy = &w->policy,
		.members = a.members.n > 0 ? &w->members : NULL,
		.how = a.how,
		.respond = &a.respond,
		.exact = a.exact,
		.demos = a.with_demos,
		.text = a.keep_text ? w->tokenizer : NULL,
		.follow = a.follow,
		.every = a.every,
		.lag = a.lag,
		.tick = tick,
		.done = done,
		.ctx = w };
	if (roll_stream(&w->roll, in, out) != 0)
		die();
}

/* --text and --chat */
static void
speak_out(struct work *w, const char *dir)
{
	struct aloud x = { { &w->policy, &a.how, &a.respond,
			       cli_out_fd(&a.common), NULL, 0, 0 },
		a.raw ? NULL : dir, a.text, stdin, ctrlc_catch, ctrlc_caught };

	if (aloud(&x) != 0)
		die();
	w->progress.quiet |= a.chat; /* most of the time was the user's */
	w->roll.samples = x.speech.samples;
	w->roll.tokens = x.speech.tokens;
}

int
main(int argc, char **argv)
{
	struct stream_out *out = NULL;
	struct stream_in *in;
	struct buf text = { 0 };
	struct work w = { 0 };
	int first;

	cli_begin(argc, argv);
	first = opt_parse(opts, &usage, argc, argv);
	check_usage(argc - first);
	cli_ready(&a.common);
	load(&w, argv[first]);
	if (a.text != NULL || a.chat) {
		speak_out(&w, argv[first]);
	} else {
		in = cli_in(&a.common, STREAM_TRAJ, argc, argv, first + 1);
		if (a.plan)
			return cli_end_text(&a.common, &text,
			    rolloutplan_read(&w.policy, &w.members, &a.how,
				&a.respond, a.exact, in, a.common.json, &text),
			    "nothing to do: no records");
		out = cli_out(&a.common);
		roll(&w, in, out);
		stream_close(in);
	}
	progress_end(&w.progress, "%zu samples, %zu tokens, %.0f tokens/s",
	    (size_t)w.roll.samples, (size_t)w.roll.tokens,
	    (double)w.roll.tokens / progress_seconds(&w.progress));
	tokenizer_close(w.tokenizer);
	stops_release(&a.stops);
	mixture_close(&w.members);
	ckpt_close(&w.policy);
	return cli_end(&a.common, out, w.roll.samples > 0 || a.chat,
	    "nothing to do: no records");
}
