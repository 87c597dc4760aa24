/* SPDX-License-Identifier: MIT */
/* average: the mean of policies, and which have none. */
#include "nn/average.h"

#include <math.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "tests/policydir.h"
#include "tests/scratch.h"
#include "tests/tap.h"

static void
test_parse(void)
{
	struct average a = { 0 };

	ok(average_parse("a,b/c,d", &a) == 0 && a.n == 3 &&
		strcmp(a.dir[1], "b/c") == 0 && strcmp(a.dir[2], "d") == 0,
	    "a list of three");
	average_release(&a);
	ok(average_parse("a\\,b,c\\d\\", &a) == 0 && a.n == 2 &&
		strcmp(a.dir[0], "a,b") == 0 && strcmp(a.dir[1], "c\\d\\") == 0,
	    "a comma in a name, and other backslashes");
	average_release(&a);
	ok(average_parse("a,b,c", &a) == 0 && average_parse("d,e", &a) == 0 &&
		a.n == 2 && strcmp(a.dir[1], "e") == 0,
	    "of two lists, the second counts");
	average_release(&a);
	ok(average_parse("a", &a) == -1, "%s", err_last());
	average_release(&a);
	ok(average_parse("", &a) == -1, "no name");
	average_release(&a);
	ok(average_parse("a,,b", &a) == -1, "an empty name");
	average_release(&a);
}

/* A policy of other weights than make()'s. */
static void
make_other(const char *dir, enum family family, enum st_dtype dtype, float by)
{
	struct params w;
	struct ckpt c;
	size_t i, k;

	make(dir, family, dtype);
	need(ckpt_open(&c, dir));
	params_like(&w, &c.params, &c.config);
	for (i = 0; i < w.tensors; i++) {
		params_widen(&c.params, i, w.tensor[i].p);
		for (k = 0; k < w.tensor[i].n; k++)
			w.tensor[i].p[k] += by * (float)(k % 7);
	}
	need(ckpt_commit(&c, &w, NULL, 0, 1, CKPT_SYNC_NEVER, 0));
	params_release(&w);
	ckpt_close(&c);
}

static int
average(const char *list, int dtype, enum st_dtype *made, size_t *total)
{
	struct average a = { 0 };
	struct config c;
	int rc;

	need(average_parse(list, &a));
	rc = average_make("m", &a, dtype, NULL, &c, total, made);
	average_release(&a);
	return rc;
}

/* The largest difference of m from the mean of policies, in double. */
static double
apart(const char *const *dirs, size_t n)
{
	struct ckpt m, c;
	double worst = 0, *sum;
	float *x;
	size_t i, j, k;

	need(ckpt_open(&m, "m"));
	for (i = 0; i < m.params.tensors; i++) {
		const size_t size = m.params.tensor[i].n;

		sum = mem_alloc(size, sizeof *sum);
		x = mem_floats(size);
		for (j = 0; j < n; j++) {
			need(ckpt_open(&c, dirs[j]));
			params_widen(&c.params, i, x);
			for (k = 0; k < size; k++)
				sum[k] += (double)x[k] / (double)n;
			ckpt_close(&c);
		}
		params_widen(&m.params, i, x);
		for (k = 0; k < size; k++)
			worst = fmax(worst, fabs(sum[k] - (double)x[k]));
		free(sum);
		free(x);
	}
	ckpt_close(&m);
	return worst;
}

static void
test_mean(enum family family)
{
	static const char *const three[] = { "p", "q", "r" };
	static const char *const two[] = { "p", "a" };
	const char *name = family_names[family];
	size_t total, own;
	enum st_dtype made;
	struct ckpt c;
	double d;

	make("p", family, ST_F32);
	make_other("q", family, ST_F32, 0.3F);
	make_other("r", family, ST_BF16, -0.01F);
	need(average("p,q,r", -1, &made, &total));
	d = apart(three, 3);
	ok(d < 1e-7 && made == ST_F32,
	    "%s: the mean of three, in F32 since their types differ, apart by "
	    "%.1e",
	    name, d);
	need(ckpt_open(&c, "m"));
	ok(c.step == 0 && total == c.params.total, "a new policy at step 0");
	ckpt_close(&c);
	drop("m");
	need(average("r,r", -1, &made, &total));
	ok(made == ST_BF16 && !(apart(three + 2, 1) > 0),
	    "%s: the mean of one and itself, in its type", name);
	drop("m");

	/* Adapters are multiplied out before. */
	need(ckpt_open(&c, "q"));
	need(ckpt_adapt("a", &c, &(struct adapter_spec){ .rank = 2 }, 1, NULL,
	    &own, &total));
	ckpt_close(&c);
	need(ckpt_open(&c, "a"));
	adapter_random(c.adapter, &c.base->params, 2);
	for (own = 1; own < 2 * c.adapter->pairs; own += 2)
		c.adapter->table.tensor[own].p[3] = 1;
	need(
	    ckpt_commit(&c, &c.adapter->table, NULL, 0, 1, CKPT_SYNC_NEVER, 0));
	ckpt_close(&c);
	need(average("p,a", -1, &made, &total));
	d = apart(two, 2);
	ok(d < 1e-6, "%s: of a policy and one with adapters, apart by %.1e",
	    name, d);
	drop("m");
	drop("a");
	drop("p");
	drop("q");
	drop("r");
}

static void
refused(const char *what, const char *want)
{
	enum st_dtype made;
	size_t total;

	ok(average("p,q", -1, &made, &total) == -1 &&
		strcmp(err_last(), want) == 0 && !file_exists("m"),
	    "%s: %s", what, err_last());
	drop("q");
}

static void
config(const char *from, const char *to)
{
	size_t n;
	char *text = read_file("q/config.json", 1 << 20, &n), *at;

	need(text == NULL ? -1 : 0);
	at = memmem(text, n, from, strlen(from));
	need(at == NULL ? fail("no %s in %s", from, text) : 0);
	memcpy(at, to, strlen(to));
	put_bytes("q/config.json", text, n);
	free(text);
}

static void
test_refused(void)
{
	enum st_dtype made;
	size_t total;
	struct ckpt c;

	make("p", FAMILY_LLAMA, ST_F32);
	make("q", FAMILY_QWEN2, ST_F32);
	refused("another family",
	    "q: tensor model.layers.0.self_attn.q_proj.bias, where p has "
	    "model.layers.0.self_attn.k_proj.weight");
	make("q", FAMILY_LLAMA, ST_F32);
	put("q/tokenizer.json", "{}");
	refused("another tokenizer", "q: its tokenizer is not that of p");
	make("q", FAMILY_LLAMA, ST_F32);
	config("\"rope_theta\": 10000.0", "\"rope_theta\": 20000.0");
	refused("the same tensors under another config",
	    "q: config.json: \"rope_theta\": 20000.0, in p \"rope_theta\": "
	    "10000.0");
	make("q", FAMILY_LLAMA, ST_F32);
	config("\"eos_token_id\": 1", "\"eos_token_id\": 2");
	ok(average("p,q", -1, &made, &total) == 0, "ends of texts may differ");
	drop("m");
	drop("q");
	need(ckpt_open(&c, "p"));
	need(ckpt_derive("q", &c, true, ST_F32, 1, NULL, NULL, &total));
	ckpt_close(&c);
	refused("a classifier",
	    "q: tensor score.weight, where p has lm_head.weight");
	make_other("q", FAMILY_LLAMA, ST_F32, 1e37F);
	ok(average("q,q", ST_F16, &made, &total) == -1 && !file_exists("m"),
	    "too large for the type: %s", err_last());
	drop("q");
	ok(average("p,q", -1, &made, &total) == -1, "%s", err_last());
	drop("p");
}

int
main(void)
{
	scratch_enter();
	test_parse();
	test_mean(FAMILY_LLAMA);
	test_mean(FAMILY_GPT2);
	test_refused();
	scratch_leave();
	return tap_done();
}
