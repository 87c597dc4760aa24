/* SPDX-License-Identifier: MIT */
/* inputs: streams of shards and of objectives, aligned and added. */
#include "gradient/inputs.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "../gradtext.h"
#include "../scratch.h"
#include "../tap.h"

#define BATCH(k) ",\"batch\":" #k
#define SHARD(k) BATCH(k) ",\"batch_size\":1"

static struct inputs w;

static void
begin(size_t files)
{
	static const char *const names[] = { "a", "b", "c" };
	size_t i;

	for (i = 0; i < files; i++)
		inputs_open(&w, grad_open(names[i]));
}

static void
end(void)
{
	inputs_release(&w);
	(void)unlink("a");
	(void)unlink("b");
	(void)unlink("c");
}

/* The next round's gradient of "a", or NaN after the last; untouched is 0. */
static double
next(void)
{
	float a[2] = { 0, 0 };
	char name[] = "a";
	struct tensor t = { .name = name, .p = a, .n = 2 };
	struct params d = { .tensor = &t, .tensors = 1, .total = 2 };
	bool touched = false;

	if (inputs_next(&w) != 1)
		return (double)NAN;
	if (inputs_merge(&w) != 0 || inputs_add(&w, &d, &touched) != 0)
		return (double)INFINITY;
	return (double)a[0];
}

static bool
near(double x, double y)
{
	return fabs(x - y) < 1e-6;
}

static void
test_shards(void)
{
	grad_text("a", GRAD_FKL SHARD(0), 2, 3, 0);
	grad_empty("a", GRAD_FKL SHARD(1));
	grad_empty("a", GRAD_FKL SHARD(2));
	grad_text("b", GRAD_FKL SHARD(0), 1, 6, 0);
	grad_text("b", GRAD_FKL SHARD(1), 2, 8, 0);
	grad_empty("b", GRAD_FKL SHARD(2));
	begin(2);
	ok(near(next(), 3) && w.step,
	    "shards: sums and units of one batch add");
	ok(near(next(), 4) && w.step,
	    "shards: an empty one adds nothing to its batch");
	ok(near(next(), 0) && w.step && !w.records,
	    "shards: a batch with records elsewhere is a step");
	ok(isnan(next()), "shards: both streams have ended");
	end();
}

static void
test_positions(void)
{
	grad_empty("a", GRAD_FKL);
	grad_text("a", GRAD_FKL, 1, 1, 0);
	grad_empty("a", GRAD_FKL);
	grad_text("b", GRAD_FKL, 1, 3, 0);
	grad_text("b", GRAD_FKL, 1, 5, 0);
	grad_empty("b", GRAD_FKL);
	begin(2);
	ok(near(next(), 3), "without batch: an empty segment has a place");
	ok(near(next(), 3), "without batch: the second segments add");
	ok(near(next(), 0) && !w.step,
	    "without batch: two empty segments are no step");
	ok(isnan(next()), "without batch: both streams have ended");
	end();
}

static void
test_mismatch(void)
{
	grad_text("a", GRAD_FKL BATCH(4), 1, 1, 0);
	grad_empty("b", GRAD_FKL BATCH(5));
	begin(2);
	ok(inputs_next(&w) == -1 &&
		strcmp(err_last(),
		    "b: segment 1: batch 5, but a is at batch 4") == 0,
	    "two batches are refused: %s", err_last());
	end();
	grad_text("a", GRAD_FKL BATCH(4), 1, 1, 0);
	grad_text("b", GRAD_FKL, 1, 1, 0);
	grad_text("c", GRAD_RKL BATCH(7), 1, 1, 0);
	begin(3);
	ok(near(next(), 1.5),
	    "other objectives, and headers without batch, may differ");
	end();
}

static void
test_objectives(void)
{
	grad_text("a", GRAD_FKL, 2, 4, 0);
	grad_text("a", GRAD_FKL, 2, 8, 0);
	grad_empty("b", GRAD_RKL);
	grad_text("b", GRAD_RKL, 4, 16, 0);
	grad_empty("b", GRAD_RKL);
	begin(2);
	ok(near(next(), 4) && w.objectives == 2,
	    "objectives: weight * sums / units add, past an empty batch");
	ok(near(next(), 4) && w.objectives == 1 && w.input[1].ended_now,
	    "objectives: a stream that has ended contributes nothing");
	ok(isnan(next()), "objectives: all streams have ended");
	end();
}

static void
test_ends(void)
{
	grad_text("a", GRAD_FKL, 1, 1, 0);
	grad_text("b", GRAD_FKL, 1, 3, 0);
	grad_empty("b", GRAD_FKL);
	grad_text("b", GRAD_FKL, 1, 5, 0);
	grad_text("b", GRAD_FKL, 1, 7, 0);
	begin(2);
	ok(near(next(), 2) && !w.input[0].ended_now,
	    "ends: both streams have a segment");
	ok(near(next(), 0) && !w.input[0].ended_now,
	    "ends: an end is not noted while there is no step");
	ok(near(next(), 5) && w.input[0].ended_now,
	    "ends: an end is noted at the first step without the stream");
	ok(near(next(), 7) && !w.input[0].ended_now,
	    "ends: an end is noted once");
	end();
}

static void
test_sum(void)
{
	struct gradsum sum = { 0 };
	struct gradient_head h = { 0 };

	grad_empty("a", GRAD_FKL SHARD(0) ",\"seed\":1");
	grad_text("b", GRAD_FKL SHARD(0) ",\"seed\":2", 1, 6, 2);
	grad_text("c", GRAD_FKL SHARD(0) ",\"seed\":3", 2, 8, 1);
	begin(3);
	ok(inputs_next(&w) == 1 && inputs_merge(&w) == 0 &&
		inputs_sum(&w, &sum, &h) == 0 && sum.tensors == 1 &&
		near((double)sum.tensor[0].data[0], 14) &&
		near((double)sum.tensor[0].data[1], 3) && near(h.units, 3),
	    "a sum in memory, with the units of all: %s", err_last());
	ok(h.has_batch && h.batch_size == 1 &&
		msg_uint(&h.header, "seed", &(uint64_t){ 0 }) == 1,
	    "the header of a sum is that of a shard with records");
	end();
	grad_text("a", GRAD_FKL, 1, 1, 0);
	grad_text("b", GRAD_RKL, 1, 1, 0);
	begin(2);
	ok(inputs_next(&w) == 1 && inputs_merge(&w) == 0 &&
		inputs_sum(&w, &sum, &h) == -1 &&
		strstr(err_last(), "objective \"rkl\"") != NULL,
	    "two objectives have no sum: %s", err_last());
	end();
	gradsum_release(&sum);
	gradient_head_release(&h);
}

static void
test_policies(void)
{
	struct ckpt c = { .dir = "dir", .id = "me", .step = 3 };
	static const char *const bad[] = { "{\"id\":\"you\",\"step\":3}",
		"{\"id\":\"me\",\"step\":4}", "{\"id\":\"me\",\"step\":1}" };
	static const char *const why[] = { "a gradient of policy you",
		"a gradient of step 4", "a stale gradient of step 1" };
	char head[256];
	size_t i;

	for (i = 0; i < 3; i++) {
		(void)snprintf(head, sizeof head, "%s,\"policy\":%s", GRAD_FKL,
		    bad[i]);
		grad_text("a", head, 1, 1, 0);
		grad_text("b", GRAD_FKL, 1, 1, 0);
		begin(2);
		ok(inputs_next(&w) == 1 && inputs_same_policy(&w) == 0 &&
			inputs_check(&w, &c, c.step, 1) == -1 &&
			strstr(err_last(), why[i]) != NULL &&
			(err_last_kind() == ERR_STALE) == (i == 2),
		    "refused: %s", err_last());
		end();
	}
}

int
main(void)
{
	scratch_enter();
	test_shards();
	test_positions();
	test_mismatch();
	test_objectives();
	test_ends();
	test_sum();
	test_policies();
	scratch_leave();
	return tap_done();
}
