/* SPDX-License-Identifier: MIT */
/* Keys of config.json in which families, their layers and rotations differ. */
#include <math.h>
#include <unistd.h>

#include "tests/configtext.h"
#include "tests/scratch.h"

static void
test_newer(void)
{
	struct config c;

	ok(read_text(&c, "{" MISTRAL "}") == 0 && c.window == 4096 &&
		config_window(&c, 0) == 4096 && config_window(&c, 1) == 4096,
	    "mistral: a window by default");
	ok(read_text(&c, "{" MISTRAL ",\"sliding_window\":null}") == 0 &&
		c.K == 4 && c.window == 0 && c.context == 131072,
	    "mistral: no window: %s", err_last());
	ok(read_text(&c,
	       "{" MISTRAL ",\"sliding_window\":64,\"layer_types\":"
	       "[\"sliding_attention\",\"sliding_attention\"]}") == 0 &&
		c.window == 64,
	    "mistral: layer_types that say the same: %s", err_last());
	ok(read_text(&c, "{" GRANITE "}") == 0 && c.attention_scale == 1 &&
		c.residual_scale == 1 && c.embedding_scale == 1 &&
		c.logit_divisor == 1,
	    "granite: scalars are 1 by default");
	ok(read_text(&c,
	       "{" SMOLLM3 ",\"no_rope_layers\":[0,1,0],"
	       "\"layer_types\":[\"full_attention\",\"full_attention\"]}") ==
		    0 &&
		c.unrotated[0] && !c.unrotated[1] && c.tied &&
		c.rope.theta == 2e6,
	    "smollm3: a layer without rotation");
	ok(read_text(&c, "{" FAMILY("olmo2") "}") == 0 &&
		c.norms == NORM_AFTER && c.qk_norm == QK_NORM_WHOLE &&
		c.norm_eps == 1e-5,
	    "olmo2: mechanisms");
	ok(read_text(&c, "{" GPT_NEOX "}") == 0 && c.parallel && c.qkv_bias &&
		c.out_bias && c.mlp_bias && c.layer_norm && !c.gated &&
		c.activation == ACTIVATION_GELU && config_rotated(&c) == 2 &&
		c.fused_qkv == QKV_FUSED_BY_HEAD && !c.tied,
	    "gpt_neox: mechanisms: %s", err_last());
	ok(read_text(&c,
	       "{" GPT_NEOX ",\"rotary_pct\":1.0,\"attention_bias\":false,"
	       "\"use_parallel_residual\":false,\"hidden_act\":\"gelu_fast\","
	       "\"rotary_emb_base\":100,\"rope_theta\":100.0}") == 0 &&
		!c.parallel && !c.qkv_bias && !c.out_bias &&
		c.activation == ACTIVATION_GELU_TANH &&
		config_rotated(&c) == 8 && c.rope.theta == 100,
	    "gpt_neox: every optional key: %s", err_last());
}

static void
test_rotations(void)
{
	struct config c;

	ok(read_text(&c, YARN("\"factor\":4")) == 0 &&
		c.rope.kind == ROPE_YARN && c.rope.low == 1 &&
		c.rope.high == 32 && c.rope.original == 2048 &&
		fabs(c.rope.scale - (0.1 * log(4) + 1)) < 1e-15 &&
		!c.rope.fractional,
	    "rope_scaling: yarn, with its defaults: %s", err_last());
	ok(read_text(&c,
	       YARN("\"factor\":null,\"beta_fast\":9,\"beta_slow\":2,"
		    "\"original_max_position_embeddings\":512,"
		    "\"attention_factor\":1.5,\"truncate\":false")) == 0 &&
		c.rope.factor == 4 && c.rope.low == 2 && c.rope.high == 9 &&
		c.rope.scale == 1.5 && c.rope.fractional,
	    "rope_scaling: yarn, every key: %s", err_last());
	ok(read_text(&c,
	       PHI3("{" LONG("\"long_factor\":[2,4]") "},"
						      "\"max_position_"
						      "embeddings\":65536")) ==
		    0 &&
		c.rope.kind == ROPE_LONG && c.rope.original == 4096 &&
		c.rope.factor == 16 &&
		fabs(c.rope.scale - sqrt(1 + 4.0 / 12)) < 1e-15 &&
		c.short_factor[1] == 1.5f && c.long_factor[1] == 4 &&
		c.fused_qkv == QKV_FUSED && c.fused_gate,
	    "rope_scaling: longrope: %s", err_last());
	ok(!config_is_long(&c, 4096) && config_is_long(&c, 4097) &&
		config_room(&c, 4000) == 97 && config_room(&c, 4096) == 1 &&
		config_room(&c, 4097) == 65536 - 4097,
	    "a sample stays as long or short as its prompt");
	ok(read_text(&c,
	       PHI3("{\"type\":\"su\",\"short_factor\":[1,1],"
		    "\"long_factor\":[2,4]}")) == 0 &&
		c.rope.kind == ROPE_LONG && c.rope.scale == 1,
	    "rope_scaling: longrope by its first name: %s", err_last());
}

/* Which layers have a window. */
static void
test_windows(void)
{
	struct config c;

	ok(read_text(&c, GEMMA3("")) == 0 && c.V == 262208 && c.H == 8 &&
		c.K == 4 && c.E == 256 && c.window == 64 && c.windowed[0] &&
		c.windowed[3] && c.local.theta == 1e4 && c.rope.theta == 1e6 &&
		c.embedding_scale == 4 && c.attention_scale == 1.0 / 16 &&
		c.norms == NORM_AROUND && c.norm_base > 0 && c.tied && c.gated,
	    "gemma3_text with the required keys only: %s", err_last());
	ok(read_text(&c,
	       GEMMA3(",\"_sliding_window_pattern\":2,\"head_dim\":8,"
		      "\"rope_local_base_freq\":50,\"rope_theta\":70,"
		      "\"query_pre_attn_scalar\":64,\"rope_scaling\":"
		      "{\"rope_type\":\"linear\",\"factor\":8.0}")) == 0 &&
		c.windowed[0] && !c.windowed[1] && c.windowed[2] &&
		!c.windowed[3] && c.local.theta == 50 && c.rope.theta == 70 &&
		c.rope.kind == ROPE_LINEAR && c.rope.factor == 8 &&
		c.local.kind == ROPE_PLAIN && c.attention_scale == 0.125,
	    "gemma3_text: older keys: %s", err_last());
	ok(read_text(&c,
	       GEMMA3(
		   ",\"layer_types\":[\"full_attention\",\"full_attention\","
		   "\"sliding_attention\",\"full_attention\"],"
		   "\"rope_parameters\":{\"full_attention\":{\"rope_theta\":7},"
		   "\"sliding_attention\":{\"rope_theta\":5}}")) == 0 &&
		!c.windowed[0] && c.windowed[2] && !c.windowed[3] &&
		c.rope.theta == 7 && c.local.theta == 5,
	    "gemma3_text: newer keys: %s", err_last());
	ok(read_text(&c,
	       QWEN2(",\"use_sliding_window\":true,\"sliding_window\":64,"
		     "\"max_window_layers\":1")) == 0 &&
		c.window == 64 && !c.windowed[0] && c.windowed[1],
	    "qwen2: windows from a layer on: %s", err_last());
	ok(read_text(&c, QWEN2(",\"sliding_window\":9")) == 0 && c.window == 0,
	    "qwen2: windows are off by default");
	ok(read_text(&c,
	       "{" SMOLLM3 ",\"use_sliding_window\":true,"
	       "\"sliding_window\":32768,\"no_rope_layers\":[1,0]}") == 0 &&
		!c.windowed[0] && c.windowed[1],
	    "smollm3: windows where there is no rotation: %s", err_last());
}

static const struct refusal bad[] = {
	{ "{" MISTRAL ",\"sliding_window\":0}", "key \"sliding_window\": 0" },
	{ "{" MISTRAL ",\"sliding_window\":-1}", "key \"sliding_window\"" },
	{ "{" MISTRAL ",\"sliding_window\":\"x\"}", "key \"sliding_window\"" },
	{ "{" GRANITE ",\"residual_multiplier\":0}", "key \"residual_" },
	{ "{" GRANITE ",\"embedding_multiplier\":-2}", "key \"embedding_" },
	{ "{" GRANITE ",\"attention_multiplier\":\"x\"}", "key \"attention_" },
	{ "{" SMOLLM3 ",\"no_rope_layers\":[1]}", "key \"no_rope_layers\"" },
	{ "{" SMOLLM3 ",\"no_rope_layers\":7}", "key \"no_rope_layers\"" },
	{ "{" SMOLLM3 ",\"no_rope_layers\":[1,2]}",
	    "key \"no_rope_layers\": item 2: expected 0 or 1" },
	{ "{" SMOLLM3 ",\"no_rope_layer_interval\":0}",
	    "key \"no_rope_layer_interval\": 0 is not between" },
	{ "{" LLAMA ",\"layer_types\":[\"full_attention\"]}",
	    "key \"layer_types\": expected a list with a type for each of 2" },
	{ "{" LLAMA ",\"layer_types\":[\"full_attention\",\"x\"]}",
	    "key \"layer_types\": item 2: x is not known" },
	{ "{" LLAMA ",\"layer_types\":[\"full_attention\",3]}",
	    "key \"layer_types\": item 2: expected a text" },
	{ GEMMA3(",\"query_pre_attn_scalar\":0"),
	    "key \"query_pre_attn_scalar" },
	{ GEMMA3(",\"sliding_window_pattern\":0"), "key \"sliding_window_pat" },
	{ GEMMA3(",\"rope_local_base_freq\":-1"), "key \"rope_local_base" },
	{ GEMMA3(",\"final_logit_softcapping\":30"), "key \"final_logit_" },
	{ GEMMA3(",\"use_bidirectional_attention\":true"), "key \"use_bidir" },
	{ GEMMA3(",\"layer_types\":[\"full_attention\"]"), "each of 4 layers" },
	{ GEMMA3(",\"hidden_activation\":\"gelu\""),
	    "key \"hidden_activation\": GELU that is not approximate is not " },
	{ GEMMA3(",\"rope_parameters\":{\"full_attention\":{},\"x\":{}}"),
	    "key \"x\": not known beside \"full_attention\"" },
	{ GEMMA3(",\"rope_parameters\":{\"full_attention\":3}"),
	    "key \"full_attention\": expected an object, found whole number" },
	{ GEMMA3(",\"rope_parameters\":{\"sliding_attention\":"
		 "{\"rope_type\":\"linear\",\"factor\":2}}"),
	    "key \"sliding_attention\": only the type default is computed" },
	{ "{" LLAMA ",\"rope_parameters\":{\"sliding_attention\":{}}}",
	    "key \"sliding_attention\": not known beside" },
	{ "{" LLAMA ",\"layer_types\":[\"full_attention\","
	  "\"sliding_attention\"]}",
	    "key \"layer_types\": item 2: there is no window" },
	{ QWEN2(",\"use_sliding_window\":true,\"sliding_window\":null,"
		"\"layer_types\":[\"full_attention\",\"sliding_attention\"]"),
	    "key \"layer_types\": item 2: there is no window" },
	{ "{" MISTRAL ",\"sliding_window\":9,\"layer_types\":"
	  "[\"sliding_attention\",\"full_attention\"]}",
	    "item 2: full_attention, but in this family all layers" },
	{ "{" GPT_NEOX ",\"rotary_pct\":0.4}",
	    "key \"rotary_pct\": 0.4 of a head of 8 is 3, which is no" },
	{ "{" GPT_NEOX ",\"rotary_pct\":1.5}",
	    "key \"rotary_pct\": 1.5 is not" },
	{ "{" GPT_NEOX ",\"rotary_pct\":-0.5}", "key \"rotary_pct\": -0.5" },
	{ "{" GPT_NEOX ",\"rotary_pct\":1e-9}",
	    "key \"rotary_pct\": 1e-09 of" },
	{ "{" GPT_NEOX ",\"partial_rotary_factor\":0.5}",
	    "key \"partial_rotary_factor\": 0.5, but 0.25 before" },
	{ "{" GPT_NEOX ",\"rope_theta\":9}",
	    "key \"rope_theta\": 9, but 10000" },
	{ "{" GPT_NEOX ",\"hidden_act\":\"silu\"}",
	    "key \"hidden_act\": SiLU is not computed without a gate" },
	{ "{" GPT_NEOX ",\"num_key_value_heads\":2}", "key \"num_key_value_" },
	{ ROPE("{\"type\":\"default\",\"partial_rotary_factor\":0.5}"),
	    "key \"partial_rotary_factor\": 0.5 is not computed here" },
	{ QWEN2(",\"use_sliding_window\":1"), "key \"use_sliding_window\"" },
	{ QWEN2(",\"use_sliding_window\":true,\"max_window_layers\":\"x\""),
	    "key \"max_window_layers\"" },
	{ ROPE("5"), "key \"rope_scaling\": expected an object" },
	{ ROPE("{\"type\":\"dynamic\",\"factor\":2}"),
	    "key \"rope_scaling\": type dynamic is not known here: default, " },
	{ YARN("\"factor\":-2"), "key \"factor\": -2 is not above 0" },
	{ YARN("\"factor\":2,\"beta_fast\":1,\"beta_slow\":2"),
	    "key \"beta_fast\": 1 is below beta_slow, 2" },
	{ YARN("\"factor\":2,\"beta_slow\":0"), "key \"beta_slow\": 0 is not" },
	{ YARN("\"factor\":2,\"mscale\":-1"), "key \"mscale\": a negative" },
	{ YARN("\"factor\":2,\"truncate\":1"), "key \"truncate\"" },
	{ YARN("\"factor\":2,\"attention_factor\":0"), "\"attention_factor\"" },
	{ YARN("\"factor\":2,\"rope_theta\":1"),
	    "key \"rope_theta\": 1 is not" },
	{ YARN("\"factor\":2,\"original_max_position_embeddings\":0"),
	    "key \"original_max_position_embeddings\": 0 is not between" },
	{ PHI3("{\"type\":\"yarn\",\"factor\":2}"),
	    "type yarn is not known here: default, longrope" },
	{ PHI3("{" LONG("\"long_factor\":[1]") "}"),
	    "key \"long_factor\": expected a list with a number for each of "
	    "2" },
	{ PHI3("{" LONG("\"long_factor\":[1,2,3]") "}"),
	    "key \"long_factor\"" },
	{ PHI3("{" LONG("\"long_factor\":3") "}"), "key \"long_factor\"" },
	{ PHI3("{" LONG("\"factor\":2") "}"), "key \"long_factor\"" },
	{ PHI3("{" LONG("\"long_factor\":[1,-2]") "}"),
	    "key \"long_factor\": item 2 is not above 0" },
	{ PHI3("{" LONG("\"long_factor\":[1,1e39]") "}"), "item 2" },
	{ PHI3("{" LONG("\"long_factor\":[1,\"x\"]") "}"), "item 2" },
	{ PHI3("{" LONG("\"long_factor\":[1,2],"
			"\"original_max_position_embeddings\":8") "}"),
	    "key \"original_max_position_embeddings\": 8, but 4096 beside it" },
	{ PHI3("{" LONG(
	      "\"long_factor\":[1,2],\"factor\":4") "},"
						    "\"original_max_position_"
						    "embeddings\":1"),
	    "key \"original_max_position_embeddings\": 1 is too short" },
	{ ROPE("{\"type\":\"linear\",\"factor\":2,\"beta\":1}"),
	    "key \"rope_scaling\": key \"beta\": not known with the type "
	    "linear" },
	{ ROPE("{\"type\":\"default\",\"factor\":2}"), "key \"factor\": not" },
	{ ROPE("{\"type\":\"linear\",\"factor\":-2}"), "key \"factor\": -2" },
	{ ROPE("{\"type\":\"linear\",\"factor\":2},\"rope_parameters\":"
	       "{\"rope_theta\":1}"),
	    "key \"rope_parameters\": there is \"rope_scaling\" too" },
	{ ROPE("{\"type\":\"linear\"}"),
	    "key \"rope_scaling\": key \"factor\": missing" },
	{ ROPE("{\"type\":\"llama3\",\"factor\":2,\"high_freq_factor\":1}"),
	    "key \"rope_scaling\": key \"high_freq_factor\"" },
};

int
main(void)
{
	scratch_enter();
	test_newer();
	test_rotations();
	test_windows();
	refuse(bad, sizeof bad / sizeof *bad);
	(void)unlink("config.json");
	scratch_leave();
	return tap_done();
}
