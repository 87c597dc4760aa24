/* SPDX-License-Identifier: MIT */
/* adapted: directories of policies with adapters. */
#include "tests/policydir.h"

#include <math.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/scratch.h"
#include "tests/tap.h"

#define A "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"
#define B "base_model.model.model.layers.1.mlp.down_proj.lora_B.weight"

/* Adapters of a rank, with alpha 4. */
static int
adapt(const char *dir, const struct ckpt *base, size_t rank, size_t *trained,
    size_t *total)
{
	const struct adapter_spec spec = { .rank = rank, .alpha = 4 };

	return ckpt_adapt(dir, base, &spec, 1, NULL, trained, total);
}

/* A base `p` of two layers and width 8, and adapters `a` of rank 2. */
static void
make_both(enum family family, enum st_dtype dtype)
{
	struct ckpt base;
	size_t trained, total;

	make("p", family, dtype);
	need(ckpt_open(&base, "p"));
	need(adapt("a", &base, 2, &trained, &total));
	ckpt_close(&base);
}

static void
drop_both(void)
{
	drop("a");
	drop("p");
}

/* The adapters of an open policy, changed, as its next step. */
static void
train(struct ckpt *c, float by, size_t keep)
{
	struct params *ab = ckpt_trained(c), w;
	size_t i, k;

	params_like(&w, ab, &c->config);
	for (i = 0; i < w.tensors; i++)
		for (k = 0; k < w.tensor[i].n; k++)
			w.tensor[i].p[k] =
			    ab->tensor[i].p[k] + by * (float)(k % 3);
	need(ckpt_commit(c, &w, NULL, 0, c->step + 1, CKPT_SYNC_NEVER, keep));
	params_release(&w);
}

static size_t
differing(const struct params *x, const struct params *y)
{
	size_t i, n = 0;
	float *wx, *wy;

	for (i = 0; i < x->tensors; i++) {
		wx = mem_floats(x->tensor[i].n);
		wy = mem_floats(x->tensor[i].n);
		params_widen(x, i, wx);
		params_widen(y, i, wy);
		n += memcmp(wx, wy, x->tensor[i].n * sizeof(float)) != 0;
		free(wx);
		free(wy);
	}
	return n;
}

/* Begin as the base, go on from it, and merge, in all families. */
static void
test_life(enum family family, enum st_dtype dtype)
{
	struct ckpt a, p, m, reader;
	char *before, *after;
	size_t n, k, total, per, i;

	make_both(family, dtype);
	before = read_file("p/model.safetensors", 1 << 20, &n);
	need(before == NULL ? -1 : 0);
	need(ckpt_open(&p, "p"));
	for (i = per = 0; i < p.params.tensors; i++)
		per += p.params.tensor[i].dims == 2 &&
		    strstr(p.params.tensor[i].name, ".0.") != NULL;
	ok(ckpt_open(&a, "a") == 0, "%s, dtype %d: adapters: %s",
	    family_names[family], dtype, err_last());
	need(ckpt_open(&reader, "a"));
	ok(a.step == 0 && strlen(a.id) == 32 && strcmp(a.id, p.id) != 0 &&
		a.dtype == ST_F32 && a.config.F == p.config.F,
	    "the policy with adapters has an id of its own");
	ok(ckpt_trained(&a)->tensors == 2 * 2 * per &&
		ckpt_trained(&p) == &p.params,
	    "ckpt_trained: the table of As and Bs");
	ok(differing(&a.params, &p.params) == 0,
	    "fresh adapters leave the weights of the base");
	ok(a.params.norm == a.base->params.norm &&
		a.params.embed == a.base->params.embed,
	    "tensors without adapters are the base's own memory");
	train(&a, 0.125f, 0);
	ok(ckpt_refresh(&a) == 1 && a.step == 1 && ckpt_refresh(&reader) == 1 &&
		differing(&reader.params, &p.params) == 2 * per &&
		differing(&reader.params, &a.params) == 0,
	    "ckpt_follow maps the next step");
	after = read_file("p/model.safetensors", 1 << 20, &k);
	ok(after != NULL && k == n && memcmp(before, after, n) == 0,
	    "training adapters leaves the base's file as it is");
	need(ckpt_derive("m", &a, false, ST_F32, 1, NULL, NULL, &total));
	ok(ckpt_open(&m, "m") == 0 && m.adapter == NULL && m.step == 0 &&
		total == p.params.total && differing(&m.params, &a.params) == 0,
	    "merging gives a policy with the same weights");
	ckpt_close(&m);
	ckpt_close(&reader);
	ckpt_close(&a);
	ckpt_close(&p);
	free(before);
	free(after);
	drop("m");
	drop_both();
}

static void
test_kept(void)
{
	struct ckpt a, k;

	make_both(FAMILY_LLAMA, ST_F32);
	put("p/tokenizer.json", "{}");
	put("a/tokenizer.json", "{}");
	need(ckpt_open(&a, "a"));
	train(&a, 0.5f, 2);
	need(ckpt_refresh(&a));
	train(&a, 0.5f, 2);
	need(ckpt_refresh(&a));
	train(&a, 0.5f, 2);
	need(ckpt_refresh(&a));
	ok(count_files("a", "step-") == 2 &&
		count_files("a/step-000003", "") == 4,
	    "two steps are kept, with generation_config.json");
	ok(ckpt_open(&k, "a/step-000003") == 0 && k.step == 3 &&
		differing(&k.params, &a.params) == 0,
	    "a kept step can be opened");
	ckpt_close(&k);
	ok(ckpt_open(&k, "a/step-000002") == 0 && k.step == 2 &&
		differing(&k.params, &a.params) > 0,
	    "the kept step before it can be opened");
	ckpt_close(&k);
	ckpt_close(&a);
	drop_both();
}

static void
config_is(const char *text)
{
	need(unlink("a/adapter_config.json"));
	put("a/adapter_config.json", text);
}

#define HEAD "{\"peft_type\": \"LORA\", \"base_model_name_or_path\": \"../p\""
#define LIST ", \"target_modules\": "
#define ALL \
	"[\"q_proj\", \"k_proj\", \"v_proj\", \"o_proj\", \"gate_proj\"," \
	"\"up_proj\", \"down_proj\"]"

static const struct {
	const char *text, *said;
} bad_configs[] = {
	{ "[]", "key \"peft_type\": missing" },
	{ "{\"peft_type\": \"IA3\"}",
	    "key \"peft_type\": IA3 is not known here" },
	{ HEAD "}", "key \"target_modules\": expected a list" },
	{ HEAD LIST "\".*_proj\"}", "expected a list" },
	{ HEAD LIST "[]}", "expected a list" },
	{ HEAD LIST "[\"q_proj\", 3]}", "item 2: expected the name" },
	{ HEAD LIST "[\"\"]}", "item 1: expected the name" },
	{ HEAD LIST "[\"lm_head\"]}",
	    "a/adapter_config.json: key \"target_modules\": lm_head "
	    "is no matrix in the layers of a llama policy" },
	{ HEAD LIST "[\"proj\"]}", "proj is no matrix" },
	{ HEAD LIST ALL ", \"r\": 0}",
	    "key \"r\": 0 is not between 1 and 1048576" },
	{ HEAD LIST ALL ", \"r\": 9999999999}",
	    "key \"r\": 9999999999 is not between" },
	{ HEAD LIST ALL ", \"r\": -2}", "key \"r\"" },
	{ HEAD LIST ALL ", \"r\": \"2\"}", "key \"r\"" },
	{ HEAD LIST ALL ", \"r\": 1048576}",
	    "expected shape [1048576, 8], found [2, 8]" },
	{ HEAD LIST ALL ", \"r\": 2, \"lora_alpha\": 1e300}",
	    "key \"lora_alpha\": 1e+300 is not between" },
	{ HEAD LIST ALL ", \"r\": 2, \"modules_to_save\": [\"x\"]}",
	    "key \"modules_to_save\": x is no module of a llama policy" },
	{ HEAD LIST ALL ", \"r\": 2, \"modules_to_save\": \"lm_head\"}",
	    "key \"modules_to_save\": expected a list of names of modules" },
	{ HEAD LIST ALL ", \"r\": 2, \"modules_to_save\": [\"lm_head\"]}",
	    "tensor base_model.model.lm_head.weight: missing" },
	{ HEAD LIST ALL ", \"r\": 2, \"kasa_config\": {\"k\": 1}}",
	    "key \"kasa_config\": not known here" },
	{ HEAD LIST ALL ", \"r\": 2, \"use_dora\": true}",
	    "key \"use_dora\": not known here" },
	{ HEAD LIST ALL ", \"r\": 2, \"rank_pattern\": {\"q\": 3}}",
	    "key \"rank_pattern\": not known here" },
	{ HEAD LIST ALL ", \"r\": 2, \"bias\": \"all\"}",
	    "key \"bias\": all is not known here" },
	{ HEAD LIST ALL ", \"init_lora_weights\": \"pissa\"}",
	    "key \"init_lora_weights\": pissa is not known here" },
	{ "{\"peft_type\": \"LORA\"" LIST ALL "}",
	    "key \"base_model_name_or_path\": missing" },
	{ "{\"peft_type\": \"LORA\", \"base_model_name_or_path\": "
	  "\"org/model\"" LIST ALL "}",
	    "the base a/org/model is not there" },
	{ "{\"peft_type\": \"LORA\", \"base_model_name_or_path\": "
	  "\".\"" LIST ALL "}",
	    "the base a/. has adapters itself" },
	{ HEAD LIST "[\"q_proj\"], \"r\": 2}",
	    "not one of these adapters of a llama policy" },
	{ HEAD, "a/adapter_config.json: " },
};

static void
test_config(void)
{
	struct ckpt c;
	size_t i;

	make_both(FAMILY_LLAMA, ST_F32);
	for (i = 0; i < sizeof bad_configs / sizeof *bad_configs; i++) {
		config_is(bad_configs[i].text);
		ok(ckpt_open(&c, "a") == -1 &&
			strncmp(err_last(), "a/", 2) == 0 &&
			strstr(err_last(), bad_configs[i].said) != NULL,
		    "%s", err_last());
	}
	config_is(HEAD LIST ALL
	    ", \"r\": 2, \"lora_alpha\": 4.5, "
	    "\"use_rslora\": true, \"rank_pattern\": {}, \"use_dora\": false, "
	    "\"exclude_modules\": null, \"init_lora_weights\": \"gaussian\", "
	    "\"what\": [7]}");
	ok(ckpt_open(&c, "a") == 0 &&
		fabs(c.adapter->scale - 4.5 / sqrt(2)) < 1e-12,
	    "files of PEFT with a relative base: %s", err_last());
	ckpt_close(&c);
	drop_both();
}

/* The adapters' file again, with tensors changed. */
static void
rewrite(bool (*fn)(struct st_tensor *))
{
	struct safetensors *s = st_open("a/good");
	struct st_tensor *t;
	size_t i, n = 0;

	need(s == NULL ? -1 : 0);
	t = mem_alloc(st_count(s) + 1, sizeof *t);
	for (i = 0; i < st_count(s); i++) {
		t[n] = *st_at(s, i);
		n += fn(&t[n]);
	}
	need(st_write("a/adapter_model.safetensors", t, n, NULL, 0, 0));
	free(t);
	st_close(s);
}

static bool
without_b(struct st_tensor *t)
{
	return strcmp(t->name, B) != 0;
}

static bool
turned(struct st_tensor *t)
{
	size_t rows = t->shape[0];

	if (strcmp(t->name, A) == 0) {
		t->shape[0] = t->shape[1];
		t->shape[1] = rows;
	}
	return true;
}

static bool
as_embedding(struct st_tensor *t)
{
	static char name[] = "base_model.model.model.embed_tokens."
			     "lora_embedding_A";

	if (strcmp(t->name, A) == 0)
		t->name = name;
	return true;
}

static bool
infinite(struct st_tensor *t)
{
	if (strcmp(t->name, A) == 0)
		((float *)t->data)[1] = INFINITY;
	return true;
}

static bool
in_bf16(struct st_tensor *t)
{
	stored_narrow(t->data, t->data, STORED_BF16, t->n);
	t->dtype = ST_BF16;
	t->bytes = 2 * t->n;
	return true;
}

static void
test_weights(void)
{
	static const struct {
		bool (*fn)(struct st_tensor *);
		const char *said;
	} bad[] = {
		{ without_b, "tensor " B ": missing" },
		{ turned, "tensor " A ": expected shape [2, 8], found [8, 2]" },
		{ as_embedding, "tensor " A ": missing" },
		{ infinite,
		    "tensor " A ": "
		    "holds a value that is not finite" },
	};
	static const char file[] = "a/adapter_model.safetensors: ";
	struct ckpt c, p;
	size_t i;
	int rc;

	make_both(FAMILY_LLAMA, ST_F32);
	need(rename("a/adapter_model.safetensors", "a/good"));
	ok(ckpt_open(&c, "a") == -1, "%s", err_last());
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		rewrite(bad[i].fn);
		rc = ckpt_open(&c, "a");
		if (rc == 0) {
			rc = ckpt_check_finite(&c);
			ckpt_close(&c);
		}
		ok(rc == -1 && strncmp(err_last(), file, strlen(file)) == 0 &&
			strstr(err_last(), bad[i].said) != NULL,
		    "%s", err_last());
	}
	rewrite(in_bf16);
	need(ckpt_open(&p, "p"));
	ok(ckpt_open(&c, "a") == 0 && c.dtype == ST_BF16 &&
		strncmp(c.id, "hf-", 3) == 0 &&
		differing(&c.params, &p.params) == 0,
	    "files of PEFT in half precision: %s", err_last());
	ckpt_close(&p);
	train(&c, 0.5f, 0);
	need(ckpt_refresh(&c));
	ok(c.dtype == ST_BF16 && c.step == 1, "a commit keeps half precision");
	ckpt_close(&c);
	drop_both();
}

/* Adapters are of one base, at one step. */
static void
test_base(void)
{
	struct ckpt c, p;

	make_both(FAMILY_LLAMA, ST_F32);
	need(ckpt_open(&p, "p"));
	need(ckpt_commit(&p, &p.params, NULL, 0, 3, CKPT_SYNC_NEVER, 0));
	ckpt_close(&p);
	ok(ckpt_open(&c, "a") == -1 &&
		strstr(err_last(),
		    "made for step 0 of "
		    "the base, but ") != NULL &&
		strstr(err_last(), "is at step 3") != NULL,
	    "%s", err_last());
	drop("p");
	ok(ckpt_open(&c, "a") == -1 &&
		strstr(err_last(),
		    "key "
		    "\"base_model_name_or_path\": the base /") != NULL,
	    "%s", err_last());
	make("p", FAMILY_LLAMA, ST_F32);
	ok(ckpt_open(&c, "a") == -1 &&
		strstr(err_last(), "made for the base ") != NULL,
	    "%s", err_last());
	need(unlink("p/model.safetensors"));
	ok(ckpt_open(&c, "a") == -1 &&
		strstr(err_last(), "a: the base: ") != NULL,
	    "%s", err_last());
	drop_both();
}

static void
test_refusals(void)
{
	struct ckpt c;
	size_t trained, total;

	make_both(FAMILY_LLAMA, ST_F32);
	need(ckpt_open(&c, "a"));
	ok(adapt("b", &c, 2, &trained, &total) == -1 &&
		strcmp(err_last(), "a: has adapters itself") == 0 &&
		err_last_kind() == ERR_ADAPTERS,
	    "%s", err_last());
	ckpt_close(&c);
	need(ckpt_open(&c, "p"));
	ok(adapt("b", &c, 9, &trained, &total) == -1 &&
		strcmp(err_last(),
		    "a rank of 9 is more than the width of p, 8") == 0,
	    "%s", err_last());
	ok(adapt("b", &c, 8, &trained, &total) == 0 &&
		trained == 2 * 8 * (4 * (8 + 8) + 3 * (8 + c.config.F)) &&
		total == c.params.total,
	    "a rank equal to the width is allowed: %zu of %zu", trained, total);
	ok(adapt("b", &c, 8, &trained, &total) == -1 &&
		strcmp(err_last(), "b: exists already") == 0,
	    "%s", err_last());
	ckpt_close(&c);
	drop("b");
	drop_both();
}

int
main(void)
{
	int f, k;

	scratch_enter();
	for (f = 0; f < FAMILY_COUNT; f++)
		for (k = ST_F32; k <= ST_BF16; k++)
			test_life((enum family)f, (enum st_dtype)k);
	test_kept();
	test_config();
	test_weights();
	test_base();
	test_refusals();
	scratch_leave();
	return tap_done();
}
