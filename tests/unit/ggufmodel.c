/* SPDX-License-Identifier: MIT */
/*
 * Every model of tests/models.h goes to a GGUF file and back to the same
 * config and the same weights; settings of rotations follow from their
 * factors; and a file whose keys or tensors say something else is refused.
 */
#include <math.h>
#include <sys/mman.h>

#include "base/mem.h"
#include "base/rng.h"
#include "gguf/ggufarch.h"
#include "gguf/ggufexport.h"
#include "gguf/ggufimport.h"
#include "gguf/ggufconfig.h"
#include "gguf/ggufkeys.h"
#include "tests/models.h"
#include "tests/policydir.h"
#include "tests/scratch.h"
#include "tests/tap.h"

enum { CHANGES = 3000 };

/* A policy in `dir` of one of the models; its config. */
static void
make_model(const char *dir, const struct model *m, struct config *c)
{
	struct params p;
	const struct ckpt_new w = { c, &p, ST_F32 };

	model_make(c, &p, m, false);
	need(ckpt_create(dir, &w));
	params_release(&p);
}

static bool
same_values(const struct params *a, const struct params *b, float most)
{
	float *x, *y;
	size_t i, k, j;
	bool same = a->tensors == b->tensors;

	for (i = 0; i < a->tensors && same; i++) {
		k = params_find(b, a->tensor[i].name);
		same = k != (size_t)-1 && a->tensor[i].n == b->tensor[k].n;
		if (!same)
			break;
		x = mem_floats(a->tensor[i].n);
		y = mem_floats(a->tensor[i].n);
		params_widen(a, i, x);
		params_widen(b, k, y);
		for (j = 0; j < a->tensor[i].n; j++)
			same = same && fabsf(x[j] - y[j]) <= most * fabsf(x[j]);
		free(x);
		free(y);
	}
	return same;
}

static bool
same_config(const struct config *a, const struct config *b)
{
	return strcmp(ggufarch_of(a)->name, ggufarch_of(b)->name) == 0 &&
	    a->D == b->D && a->L == b->L && a->H == b->H && a->K == b->K &&
	    a->E == b->E && a->F == b->F && a->V == b->V &&
	    a->context == b->context && a->qkv_bias == b->qkv_bias &&
	    a->out_bias == b->out_bias && a->tied == b->tied &&
	    a->norm_eps == b->norm_eps && a->rope.theta == b->rope.theta &&
	    a->rope.kind == b->rope.kind && a->parallel == b->parallel &&
	    a->attention_scale == b->attention_scale &&
	    a->rope_share == b->rope_share &&
	    (a->rope.kind == ROPE_LONG || a->rope.factor == b->rope.factor) &&
	    fabs(a->rope.scale - b->rope.scale) < 1e-6 &&
	    memcmp(a->long_factor, b->long_factor, sizeof a->long_factor) == 0;
}

static void
test_model(const struct model *m, enum block_type type, float most)
{
	const struct ggufimport how = { .dtype = -1 };
	struct ckpt base, back;
	struct config c, found;
	enum st_dtype dtype;
	size_t total;

	make_model("p", m, &c);
	need(ckpt_open(&base, "p"));
	if (ggufexport("f", &base, type) != 0) {
		ok(strstr(err_last(), "no form in GGUF") != NULL, "%s: %s",
		    m->name, err_last());
		ckpt_close(&base);
		remove_path("p");
		return;
	}
	need(ggufimport("q", "f", &how, &found, &total, &dtype));
	need(ckpt_open(&back, "q"));
	ok(same_config(&base.config, &back.config) &&
		same_config(&found, &back.config),
	    "%s, %s: the same config", m->name, block_layout(type)->name);
	ok(total == base.params.total &&
		same_values(&base.params, &back.params, most),
	    "%s, %s: the same weights", m->name, block_layout(type)->name);
	ckpt_close(&base);
	ckpt_close(&back);
	remove_path("p");
	remove_path("q");
	remove_path("f");
}

/* ---- rotations */

static const struct {
	double theta, factor, low, high;
	size_t original, E;
} scalings[] = {
	{ 5e5, 8, 1, 4, 8192, 128 }, /* Llama 3.1 */
	{ 5e5, 32, 1, 4, 8192, 64 }, /* Llama 3.2 */
	{ 1e4, 4, 1, 2, 4096, 128 },
	{ 1e6, 16, 1, 8, 32768, 96 },
	{ 1e4, 8, 1, 4, 64, 16 },
};

static void
test_rope(void)
{
	struct config c, d;
	struct gguf_tensor t;
	float factor[64], again[64];
	size_t i, k;
	bool same;

	for (i = 0; i < sizeof scalings / sizeof scalings[0]; i++) {
		family_config(&c, FAMILY_LLAMA);
		c.E = scalings[i].E;
		c.rope.theta = scalings[i].theta;
		d = c;
		c.rope.kind = ROPE_LLAMA3;
		c.rope.factor = scalings[i].factor;
		c.rope.low = scalings[i].low;
		c.rope.high = scalings[i].high;
		c.rope.original = scalings[i].original;
		ggufkeys_factors(&c, factor);
		t = (struct gguf_tensor){ .type = BLOCK_F32,
			.dims = 1,
			.shape = { c.E / 2 },
			.n = c.E / 2,
			.data = factor };
		same = ggufkeys_read_factors(&d, &t) == 0 &&
		    d.rope.kind == ROPE_LLAMA3 &&
		    d.rope.factor == c.rope.factor;
		ok(same, "scaling %zu is found: high %g, original %zu", i,
		    d.rope.high, d.rope.original);
		ggufkeys_factors(&d, again);
		for (k = 0, same = true; k < c.E / 2; k++)
			same = same &&
			    fabsf(again[k] - factor[k]) < 1e-3f * factor[k];
		ok(same, "scaling %zu gives the same factors", i);
	}
	factor[3] *= 1.5f;
	d.rope.kind = ROPE_PLAIN;
	ok(ggufkeys_read_factors(&d, &t) == -1, "other factors are refused");
	factor[3] = NAN;
	ok(ggufkeys_read_factors(&d, &t) == -1, "and one that is no number");
	for (k = 0; k < 64; k++)
		factor[k] = 1;
	d.rope.kind = ROPE_PLAIN;
	ok(ggufkeys_read_factors(&d, &t) == 0 && d.rope.kind == ROPE_PLAIN,
	    "factors of 1 scale nothing");
}

/* ---- rows */

static void
test_rows(void)
{
	const struct ggufplace place = { .order = GGUF_PAIRS, .heads = 3 };
	const struct ggufplace kinds = { .order = GGUF_BY_KIND, .heads = 2 };
	bool inverse = true;
	size_t r;

	for (r = 0; r < 24; r++)
		inverse = inverse &&
		    ggufarch_row(&place, 24,
			ggufarch_file_row(&place, 24, r)) == r;
	for (r = 0; r < 24; r++)
		inverse = inverse &&
		    ggufarch_row(&kinds, 24,
			ggufarch_file_row(&kinds, 24, r)) == r;
	ok(ggufarch_file_row(&kinds, 24, 12) == 4,
	    "the first row of q of the second head follows those of the first");
	ok(inverse, "rows of pairs and rows of halves are inverse orders");
	ok(ggufarch_row(&place, 24, 9) == 12 &&
		ggufarch_row(&place, 24, 8) == 8,
	    "the second row of a head of 8 is the first of the second half");
}

/* ---- other files */

/* A file in memory with text `from` replaced by `to`, as long. */
static int
try_changed(const char *p, size_t n, const char *from, const char *to)
{
	const struct ggufimport how = { .dtype = -1 };
	char path[32], *q = mem_dup(p, n), *at;
	int fd = memfd_create("f", 0), rc;
	struct config c;
	enum st_dtype dtype;
	size_t total, m = strlen(from);

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	at = memmem(q, n, from, m);
	if (at != NULL)
		memcpy(at, to, m);
	need(write(fd, q, n) == (ssize_t)n ? 0 : -1);
	rc = ggufimport("q", path, &how, &c, &total, &dtype);
	(void)close(fd);
	free(q);
	remove_path("q");
	return at == NULL ? 1 : rc;
}

static const struct {
	const char *from, *to, *said;
} changes[] = {
	{ "general.architecture", "general.architectura",
	    "key general.architecture: missing" },
	{ "block_count", "block_cound", "key llama.block_count: missing" },
	{ "llama.vocab_size", "llama.vocab_sice",
	    "key llama.vocab_sice: not "
	    "known here" },
	{ "blk.1.ffn_down", "blk.1.ffn_dowm",
	    "tensor blk.1.ffn_down.weight: missing" },
	{ "token_embd", "token_embe", "tensor token_embd.weight: missing" },
	{ "no_vocab", "any_word",
	    "key tokenizer.ggml.model: any_word is not "
	    "known here" },
};

static void
test_refused(void)
{
	struct config c;
	struct ckpt base;
	size_t i, n;
	char *p;

	make_model("p", &models[0], &c);
	need(ckpt_open(&base, "p"));
	need(ggufexport("f", &base, BLOCK_F32));
	p = read_file("f", 1 << 20, &n);
	for (i = 0; i < sizeof changes / sizeof changes[0]; i++) {
		int rc = try_changed(p, n, changes[i].from, changes[i].to);

		ok(rc == -1 && strstr(err_last(), changes[i].said) != NULL,
		    "refused: %s (%s)", changes[i].said, err_last());
	}
	base.config.scored = true;
	ok(ggufexport("g", &base, BLOCK_F32) == -1,
	    "a scalar head is not written: %s", err_last());
	ok(ggufexport_adapters("g", &base, BLOCK_F32) == -1,
	    "no adapters, no file of them: %s", err_last());
	ckpt_close(&base);
	free(p);
	remove_path("f");
	remove_path("p");
}

static void
test_changed(void)
{
	struct rng r = rng_at(2, 0, 0, "gguf", 0);
	const struct ggufarch *arch;
	char path[32], *p, *q;
	size_t n, i, k, good = 0;
	int fd = memfd_create("f", 0);
	struct config c;
	struct ckpt base;
	struct gguf *g;

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	make_model("p", &models[2], &c);
	need(ckpt_open(&base, "p"));
	need(ggufexport("f", &base, BLOCK_F32));
	ckpt_close(&base);
	p = read_file("f", 1 << 20, &n);
	for (i = 0; i < CHANGES; i++) {
		q = mem_dup(p, n);
		for (k = 0; k < 3; k++)
			q[rng_below(&r, 1400)] = (char)rng_below(&r, 256);
		need(pwrite(fd, q, n, 0) == (ssize_t)n ? 0 : -1);
		g = gguf_open(path);
		good += g != NULL && ggufconfig_read(&c, g, &arch) == 0;
		gguf_close(g);
		free(q);
	}
	ok(good < CHANGES, "of %d changed files the keys of %zu are read",
	    CHANGES, good);
	free(p);
	(void)close(fd);
	remove_path("f");
	remove_path("p");
}

int
main(void)
{
	size_t i;

	scratch_enter();
	for (i = 0; i < MODELS; i++)
		test_model(&models[i], BLOCK_F32, 0);
	test_model(&models[0], BLOCK_BF16, 0.004f);
	test_model(&models[0], BLOCK_Q8_0, 0.0005f); /* too narrow: F16 */
	test_rope();
	test_rows();
	test_refused();
	test_changed();
	scratch_leave();
	return tap_done();
}
