/* SPDX-License-Identifier: MIT */
/*
 * adapter_config.json, as PEFT reads and writes it.  Options that would change
 * the computation are refused by name unless they are off.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "io/atomic.h"
#include "io/json.h"
#include "nn/adapter.h"

enum { FILE_MAX = 1 << 20, RANK_MAX = 1 << 20, TARGETS_MAX = 1 << 12 };
#define ALPHA_MAX 1e9

static const char file_name[] = "adapter_config.json";

static char *
config_path(const char *dir)
{
	struct buf b = { 0 };

	buf_addf(&b, "%s/%s", dir, file_name);
	return buf_text(&b);
}

bool
adapter_there(const char *dir)
{
	char *path = config_path(dir);
	bool there = file_exists(path);

	free(path);
	return there;
}

/* null, false, 0, an empty list and an empty object are off. */
static bool
is_off(const struct json *v)
{
	switch (v == NULL ? JSON_T_NULL : json_kind(v)) {
	case JSON_T_NULL:
		return true;
	case JSON_T_BOOL:
		return !json_bool(v, false);
	case JSON_T_ARRAY:
	case JSON_T_OBJECT:
		return json_count(v) == 0;
	default:
		return json_kind(v) != JSON_T_STRING &&
		    !(fabs(json_number(v, 1)) > 0);
	}
}

static int
check_switches(const struct json *j)
{
	static const char *const off[] = { "layers_to_transform",
		"exclude_modules", "rank_pattern", "alpha_pattern", "use_dora",
		"lora_bias", "layer_replication", "trainable_token_indices",
		"target_parameters", "alora_invocation_tokens", "arrow_config",
		"use_qalora", "use_bdlora", "megatron_config",
		"ensure_weight_tying", "kasa_config", "monteclora_config",
		"velora_config" };
	size_t i;

	for (i = 0; i < sizeof off / sizeof *off; i++)
		if (!is_off(json_get(j, off[i])))
			return fail("key \"%s\": not known here", off[i]);
	return 0;
}

/* The key may be absent, otherwise it must be one of words (NULL ends). */
static int
check_word(const struct json *j, const char *key, const char *const *words)
{
	const char *s = json_text(json_get(j, key), NULL);
	size_t i;

	for (i = 0; s != NULL && words[i] != NULL; i++)
		if (strcmp(s, words[i]) == 0)
			return 0;
	return s == NULL ? 0 : fail("key \"%s\": %s is not known here", key, s);
}

/* Plain LoRA, whose initialization left the base's weights unchanged. */
static int
check_words(const struct json *j)
{
	static const char *const types[] = { "LORA", NULL };
	static const char *const biases[] = { "none", NULL };
	static const char *const begins[] = { "gaussian", "eva", "orthogonal",
		NULL };

	if (json_text(json_get(j, "peft_type"), NULL) == NULL)
		return fail("key \"peft_type\": missing");
	return check_word(j, "peft_type", types) != 0 ||
		check_word(j, "bias", biases) != 0 ||
		check_word(j, "init_lora_weights", begins) != 0 ?
	    -1 :
	    0;
}

static int
read_scale(struct adapter *a, const struct json *j)
{
	uint64_t rank = 8;

	a->alpha = 8;
	if (json_get_uint(j, "r", &rank) < 0 ||
	    json_get_real(j, "lora_alpha", &a->alpha) < 0 ||
	    json_get_bool(j, "use_rslora", &a->rslora) < 0)
		return -1;
	if (rank < 1 || rank > RANK_MAX)
		return fail("key \"r\": %llu is not between 1 and %d",
		    (unsigned long long)rank, RANK_MAX);
	if (!(fabs(a->alpha) <= ALPHA_MAX))
		return fail("key \"lora_alpha\": %g is not between -%g and %g",
		    a->alpha, ALPHA_MAX, ALPHA_MAX);
	a->rank = (size_t)rank;
	a->scale = adapter_scale(a->alpha, a->rank, a->rslora);
	return 0;
}

static int
read_names(const struct json *j, const char *key, char ***names, size_t *count)
{
	const struct json *list = json_get(j, key);
	const char *s;
	size_t i, n = json_count(list);

	if (list == NULL || json_kind(list) != JSON_T_ARRAY || n == 0 ||
	    n > TARGETS_MAX)
		return fail("key \"%s\": expected a list of names of modules",
		    key);
	*names = mem_alloc(n, sizeof(char *));
	for (i = 0; i < n; i++) {
		s = json_text(json_at(list, i), NULL);
		if (s == NULL || s[0] == '\0')
			return fail("key \"%s\": item %zu: expected the name "
				    "of a module",
			    key, i + 1);
		(*names)[(*count)++] = mem_dup(s, strlen(s));
	}
	return 0;
}

static int
read_modules(struct adapter *a, const struct json *j)
{
	static const char saved[] = "modules_to_save";

	if (read_names(j, "target_modules", &a->target, &a->targets) != 0)
		return -1;
	return is_off(json_get(j, saved)) ?
	    0 :
	    read_names(j, saved, &a->saved, &a->saveds);
}

static int
read_base(struct adapter *a, const struct json *j, const char *dir)
{
	static const char key[] = "base_model_name_or_path";
	const char *name = json_text(json_get(j, key), NULL);
	struct buf path = { 0 };
	struct stat st;

	if (name == NULL || name[0] == '\0')
		return fail("key \"%s\": missing", key);
	if (name[0] != '/')
		buf_addf(&path, "%s/", dir);
	buf_adds(&path, name);
	a->base = buf_text(&path);
	if (stat(a->base, &st) != 0 || !S_ISDIR(st.st_mode))
		return fail("key \"%s\": the base %s is not there", key,
		    a->base);
	if (adapter_there(a->base))
		return fail_kind(ERR_ADAPTERS, a->base,
		    "key \"%s\": the base %s has adapters itself", key,
		    a->base);
	return 0;
}

int
adapter_read(struct adapter *a, const char *dir)
{
	char *path = config_path(dir);
	struct json *j = json_read_file(path, FILE_MAX);
	int rc = j == NULL ? -1 : 0;

	*a = (struct adapter){ 0 };
	if (rc == 0 &&
	    (check_words(j) != 0 || check_switches(j) != 0 ||
		read_scale(a, j) != 0 || read_modules(a, j) != 0 ||
		read_base(a, j, dir) != 0))
		rc = fail_in("%s", path);
	if (rc != 0)
		adapter_release(a);
	json_free(j);
	free(path);
	return rc;
}

static void
put_text(struct buf *b, const char *key, const char *text)
{
	buf_addf(b, "  \"%s\": ", key);
	json_put_string(b, text, strlen(text));
	buf_adds(b, ",\n");
}

static void
put_names(struct buf *b, const char *key, char *const *names, size_t n)
{
	size_t i;

	buf_addf(b, "  \"%s\": ", key);
	for (i = 0; i < n; i++) {
		buf_adds(b, i > 0 ? ", " : "[");
		json_put_string(b, names[i], strlen(names[i]));
	}
	buf_adds(b, n > 0 ? "],\n" : "null,\n");
}

void
adapter_write(const struct adapter *a, const struct config *base, struct buf *b)
{
	buf_adds(b, "{\n");
	put_text(b, "peft_type", "LORA");
	put_text(b, "task_type", base->scored ? "SEQ_CLS" : "CAUSAL_LM");
	put_text(b, "base_model_name_or_path", a->base);
	buf_addf(b, "  \"r\": %zu,\n  \"lora_alpha\": ", a->rank);
	if (a->alpha - floor(a->alpha) > 0)
		json_put_double(b, a->alpha);
	else
		buf_addf(b, "%.0f", a->alpha);
	buf_addf(b, ",\n  \"use_rslora\": %s,\n  \"lora_dropout\": 0.0,\n",
	    a->rslora ? "true" : "false");
	put_names(b, "target_modules", a->target, a->targets);
	put_names(b, "modules_to_save", a->saved, a->saveds);
	buf_addf(b, "  \"fan_in_fan_out\": %s,\n",
	    base->transposed ? "true" : "false");
	put_text(b, "bias", "none");
	buf_adds(b,
	    "  \"init_lora_weights\": true,\n"
	    "  \"inference_mode\": true,\n"
	    "  \"layers_to_transform\": null,\n  \"layers_pattern\": null,\n"
	    "  \"auto_mapping\": null,\n  \"revision\": null\n}\n");
}
