/* SPDX-License-Identifier: MIT */
/* configtext: texts of config.json, to be read or refused. */
#ifndef TESTS_CONFIGTEXT_H
#define TESTS_CONFIGTEXT_H

#include <stdlib.h>
#include <string.h>

#include "io/atomic.h"
#include "nn/config_json.h"
#include "tests/tap.h"

#define LLAMA \
	"\"model_type\":\"llama\",\"vocab_size\":32," \
	"\"hidden_size\":16,\"num_hidden_layers\":2," \
	"\"num_attention_heads\":4,\"intermediate_size\":24"
#define GPT_NEOX \
	"\"model_type\":\"gpt_neox\",\"vocab_size\":32,\"hidden_size\":32," \
	"\"num_hidden_layers\":2,\"num_attention_heads\":4," \
	"\"intermediate_size\":24"
#define GPT2 \
	"\"model_type\":\"gpt2\",\"vocab_size\":32,\"n_embd\":16," \
	"\"n_layer\":2,\"n_head\":4,\"n_positions\":64"
#define FAMILY(name) \
	"\"model_type\":\"" name "\",\"vocab_size\":32,\"hidden_size\":16," \
	"\"num_hidden_layers\":2,\"num_attention_heads\":4," \
	"\"num_key_value_heads\":4,\"intermediate_size\":24"
#define MISTRAL FAMILY("mistral")
#define GRANITE FAMILY("granite")
#define SMOLLM3 FAMILY("smollm3")
#define GEMMA3(s) \
	"{\"model_type\":\"gemma3_text\",\"hidden_size\":16," \
	"\"intermediate_size\":24,\"num_hidden_layers\":4," \
	"\"max_position_embeddings\":64,\"sliding_window\":64" s "}"
#define QWEN2(s) "{" FAMILY("qwen2") ",\"max_position_embeddings\":64" s "}"
#define PHI3(s) "{" FAMILY("phi3") ",\"rope_scaling\":" s "}"
#define LONG(s) "\"type\":\"longrope\",\"short_factor\":[1,1.5]," s
#define YARN(s) ROPE("{\"type\":\"yarn\"," s "}")
#define ROPE(s) "{" LLAMA ",\"rope_scaling\":" s "}"

static inline void
put(const char *path, const char *text)
{
	struct atomic *a = atomic_open(path);

	if (a == NULL || atomic_write(a, text, strlen(text)) != 0 ||
	    atomic_commit(a, false) != 0)
		abort();
}

static inline int
read_text(struct config *c, const char *text)
{
	put("config.json", text);
	return config_read(c, ".");
}

struct refusal {
	const char *text, *said; /* after "./config.json: " */
};

static inline void
refuse(const struct refusal *bad, size_t n)
{
	struct config c;
	const char *said;
	size_t i;
	int r;

	for (i = 0; i < n; i++) {
		r = read_text(&c, bad[i].text);
		said = r == 0 ? "read" : err_last();
		ok(r == -1 && strncmp(said, "./config.json: ", 15) == 0 &&
			strstr(said, bad[i].said) != NULL,
		    "%s", said);
	}
}

#endif
