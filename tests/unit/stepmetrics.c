/* SPDX-License-Identifier: MIT */
/* stepmetrics: the flat keys of a step's line, from the stats of its
 * objectives. */
#include "optim/stepmetrics.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/json.h"
#include "../tap.h"

enum { OBJECTIVES = 2 };

static struct gradient_metadata o[OBJECTIVES];
static struct json *line;

/* Add a shard of the i-th objective. */
static void
shard(size_t i, const char *name, double units, double weight,
    const char *stats)
{
	struct gradient_head h = { .units = units, .weight = weight };
	struct buf text = { 0 };

	(void)snprintf(h.objective, sizeof h.objective, "%s", name);
	(void)snprintf(h.unit, sizeof h.unit, "token");
	buf_addf(&text, "{\"stats\":{%s}}", stats);
	if (msg_from_json(&h.header, text.p, text.n, NULL) != 0 ||
	    metadata_add(&o[i], &h) != 0)
		ok(false, "%s", err_last());
	gradient_head_release(&h);
	buf_release(&text);
}

/* The line of n objectives, which are forgotten. */
static void
make(size_t n)
{
	const struct metrics m = { .step = 7,
		.tokens = 5000000000,
		.seconds = 0.5,
		.lr = 0.25,
		.norm = 2,
		.clipped = true };
	struct buf out = { 0 };
	size_t i;

	json_free(line);
	metrics_json(&m, o, n, &out);
	ok(out.n > 0 && out.p[out.n - 1] == '\n' &&
		memchr(out.p, '\n', out.n - 1) == NULL,
	    "it is one line");
	line = json_parse(out.p, out.n);
	ok(line != NULL, "it is JSON without double keys");
	for (i = 0; i < n; i++)
		metadata_release(&o[i]);
	buf_release(&out);
}

static double
flat(const char *key)
{
	return json_number(json_get(line, key), (double)NAN);
}

static bool
near(const char *key, double want)
{
	return fabs(flat(key) - want) < 1e-12;
}

static bool
absent(const char *key)
{
	return json_get(line, key) == NULL;
}

static void
test_one(void)
{
	shard(0, "fkl", 4, 1,
	    "\"divgrad.loss\":6,\"divgrad.entropy\":5,"
	    "\"divgrad.actions\":10,\"divgrad.tokens\":30,"
	    "\"trajcat.epoch\":1.5");
	ok(metrics_tokens(o, 1) == 30, "tokens of a step");
	make(1);
	ok(near("step", 7) && near("grad_norm", 2) && near("lr", 0.25) &&
		near("learning_rate", 0.25) && near("seconds", 0.5) &&
		json_bool(json_get(line, "clipped"), false),
	    "what the step itself says");
	ok(json_int(json_get(line, "num_tokens"), 0) == 5000000000,
	    "num_tokens is an integer");
	ok(near("loss", 1.5), "loss is divided by the units");
	ok(near("entropy", 0.5), "entropy is divided by the actions");
	ok(near("epoch", 1.5), "epoch comes as it is");
	ok(absent("fkl") && absent("reward") && absent("samples/length"),
	    "what no tool reported is left out");
	ok(json_number(json_pointer(line, "/objectives/0/stats/divgrad.loss"),
	       0) == 1.5,
	    "the nested stats are there too");
}

static void
test_shards(void)
{
	shard(0, "rkl", 1, 1,
	    "\"divgrad.divergence\":3,\"divgrad.tokens\":10,"
	    "\"divgrad.reward\":-2,\"rollout.length\":4,\"rollout.ended\":1,"
	    "\"discrim.acc_expert\":0.5,\"discrim.acc_policy\":0.75");
	shard(0, "rkl", 3, 1,
	    "\"divgrad.divergence\":5,\"divgrad.tokens\":6,"
	    "\"divgrad.reward\":-2,\"rollout.length\":8,\"rollout.ended\":0,"
	    "\"discrim.acc_expert\":0.5,\"discrim.acc_policy\":0.75");
	ok(metrics_tokens(o, 1) == 16, "tokens of shards add");
	make(1);
	ok(near("rkl", 2), "a divergence has the name of its objective");
	ok(near("reward", -1), "reward");
	ok(near("samples/length", 7) && near("samples/ended", 0.25),
	    "stats of other tools are averaged by units");
	ok(near("discriminator/accuracy", 0.625),
	    "accuracy is the mean of both sides");
	ok(absent("loss"), "without divgrad.loss there is no loss");
}

static void
test_joint(void)
{
	shard(0, "teacher:js", 2, 0.5, "\"divgrad.loss\":8");
	shard(1, "dpo", 4, 2,
	    "\"divgrad.loss\":4,\"divgrad.margin\":2,\"divgrad.accuracy\":3,"
	    "\"divgrad.tokens\":1e300");
	ok(metrics_tokens(o, 2) > 0, "tokens beyond all bounds are bounded");
	make(2);
	ok(near("loss", 0.5 * 4 + 2 * 1),
	    "the loss of two objectives is weighted as their gradients");
	ok(near("js", 4), "the divergence from a teacher is the loss");
	ok(near("rewards/margins", 0.5) && near("rewards/accuracies", 0.75),
	    "margins and accuracies of pairs");
	ok(json_count(json_get(line, "objectives")) == 2, "both are nested");
}

static void
test_names(void)
{
	static const char *const names[] = { "step", "loss", "objectives",
		"num_tokens", "reward" };
	size_t i;

	for (i = 0; i < sizeof names / sizeof *names; i++) {
		shard(0, names[i], 1, 1,
		    "\"divgrad.loss\":3,\"divgrad.divergence\":9");
		shard(1, "loss", 1, 1, "\"divgrad.divergence\":8");
		make(2);
		ok(near("step", 7) && !near(names[i], 9),
		    "an objective named %s does not take another key's place",
		    names[i]);
	}
	shard(0, "a\"b:c", 1, 1, "\"divgrad.divergence\":9");
	make(1);
	ok(near("a\"b:c", 9), "a name with a quote is quoted");
	shard(0, "js", 1, 1, "\"divgrad.divergence\":3");
	shard(1, "teacher:js", 1, 1, "\"divgrad.loss\":4");
	make(2);
	ok(near("js", 3), "of two with one name, the first counts");
	shard(0, "onehot:tv", 2, 1, "\"divgrad.loss\":1");
	make(1);
	ok(near("tv", 0.5), "the divergence of one-hot demonstrations, too");
	make(0);
	ok(near("step", 7) && absent("loss"), "a step without objectives");
}

int
main(void)
{
	test_one();
	test_shards();
	test_joint();
	test_names();
	json_free(line);
	return tap_done();
}
