/* SPDX-License-Identifier: MIT */
/*
 * What config.json may have beside the keys that a family reads: keys that do
 * not change what a policy computes here.
 */
#include <string.h>

#include "io/json.h"
#include "nn/config_parts.h"
#include "nn/family.h"

/* Read for every family. */
static const char *const common[] = { "model_type", "architectures",
	"vocab_size", "tie_word_embeddings", "bos_token_id", "eos_token_id",
	"rope_scaling", "rope_parameters", "layer_types" };

/* Names, versions and formats. */
static const char *const about[] = { "_name_or_path", "_commit_hash",
	"transformers_version", "transformers.js_config", "torch_dtype",
	"dtype", "auto_map", "tokenizer_class", "is_llama_config",
	"unsloth_version", "unsloth_fixed", "torchscript", "use_bfloat16",
	"task_specific_params", "finetuning_task", "problem_type", "id2label",
	"label2id", "num_labels", "pad_token_id", "sep_token_id",
	"decoder_start_token_id", "prefix", "model_max_length" };

/* Only for training there: dropout, initial weights, losses. */
static const char *const training[] = { "initializer_range",
	"attention_dropout", "attn_pdrop", "resid_pdrop", "embd_pdrop",
	"hidden_dropout", "hidden_dropout_prob", "classifier_dropout",
	"attention_probs_dropout_prob", "gradient_checkpointing",
	"tf_legacy_loss", "summary_activation", "summary_first_dropout",
	"summary_proj_to_labels", "summary_type", "summary_use_proj" };

/* How it is computed there: caches, kernels, the order of sums. */
static const char *const computing[] = { "use_cache", "cache_implementation",
	"pretraining_tp", "_attn_implementation",
	"_attn_implementation_autoset", "attn_implementation",
	"reorder_and_upcast_attn", "chunk_size_feed_forward", "pruned_heads",
	"is_decoder", "return_dict", "output_attentions",
	"output_hidden_states" };

/* Settings of generation, from the time before generation_config.json. */
static const char *const generation[] = { "max_length", "min_length",
	"do_sample", "early_stopping", "num_beams", "num_beam_groups",
	"diversity_penalty", "temperature", "top_k", "top_p", "typical_p",
	"repetition_penalty", "length_penalty", "no_repeat_ngram_size",
	"encoder_no_repeat_ngram_size", "bad_words_ids", "num_return_sequences",
	"output_scores", "return_dict_in_generate", "forced_bos_token_id",
	"forced_eos_token_id", "remove_invalid_values",
	"exponential_decay_length_penalty", "suppress_tokens",
	"begin_suppress_tokens" };

/* Switches with only one setting that is computed here. */
static const struct {
	const char *key;
	bool must;
} switches[] = {
	{ "scale_attn_weights", true },
	{ "scale_attn_by_inverse_layer_idx", false },
	{ "add_cross_attention", false },
	{ "is_encoder_decoder", false },
	{ "tie_encoder_decoder", false },
};

#define LIST(names) \
	{ \
		names, sizeof(names) / sizeof *(names) \
	}
static const struct {
	const char *const *name;
	size_t n;
} lists[] = { LIST(common), LIST(about), LIST(training), LIST(computing),
	LIST(generation) };

static bool
is_listed(const char *key)
{
	size_t i, k;

	for (i = 0; i < sizeof lists / sizeof *lists; i++)
		for (k = 0; k < lists[i].n; k++)
			if (strcmp(key, lists[i].name[k]) == 0)
				return true;
	return false;
}

/* The keys of a family; all members are strings or NULL. */
static bool
is_read(const char *key, const struct family_row *f)
{
	const char *names[sizeof *f->keys / sizeof(char *)];
	size_t i;

	memcpy(names, f->keys, sizeof names);
	for (i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i] != NULL && strcmp(key, names[i]) == 0)
			return true;
	for (i = 0; i < FAMILY_UNUSED && f->unused[i] != NULL; i++)
		if (strcmp(key, f->unused[i]) == 0)
			return true;
	return false;
}

/* null and false switch off what a key stands for. */
static bool
is_off(const struct json *v)
{
	return json_kind(v) == JSON_T_NULL ||
	    (json_kind(v) == JSON_T_BOOL && !json_bool(v, true));
}

static int
check_switches(const struct json *j)
{
	bool on;
	size_t i;

	for (i = 0; i < sizeof switches / sizeof *switches; i++) {
		on = switches[i].must;
		if (json_get_bool(j, switches[i].key, &on) < 0)
			return -1;
		if (on != switches[i].must)
			return fail("key \"%s\": %s is not known here",
			    switches[i].key, on ? "true" : "false");
	}
	return 0;
}

static bool
is_switch(const char *key)
{
	size_t i;

	for (i = 0; i < sizeof switches / sizeof *switches; i++)
		if (strcmp(key, switches[i].key) == 0)
			return true;
	return false;
}

int
config_check_keys(const struct json *j, const struct family_row *f)
{
	const char *key;
	void *it;

	if (check_switches(j) != 0)
		return -1;
	for (it = json_next(j, NULL); it != NULL; it = json_next(j, it)) {
		key = json_key(it, NULL);
		if (!is_off(json_value(it)) && !is_listed(key) &&
		    !is_read(key, f) && !is_switch(key))
			return fail("key \"%s\": not known here; it may change "
				    "what the policy computes",
			    key);
	}
	return 0;
}
