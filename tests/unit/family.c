/* SPDX-License-Identifier: MIT */
/* family: every row of the table is complete and can be computed. */
#include "nn/family.h"

#include <stdlib.h>
#include <string.h>

#include "nn/config_new.h"
#include "nn/params_names.h"
#include "tests/models.h"
#include "tests/tap.h"

static bool
keys_complete(const struct config_keys *k)
{
	return k->D != NULL && k->L != NULL && k->H != NULL && k->F != NULL &&
	    k->context != NULL && k->activation != NULL && k->norm_eps != NULL;
}

static void
test_row(enum family f)
{
	const char *name = family_names[f];
	const struct family_row *row = family_row(f);
	const struct config_sizes sizes = { .family = f,
		.dim = 16,
		.layers = 2,
		.vocab = 10,
		.context = 32,
		.heads = 2 };
	enum family found = FAMILY_COUNT;
	struct config c;
	struct params p;
	char *prefix;
	size_t i;

	ok(name != NULL && family_find(name, &found) == 0 && found == f,
	    "%s: found by its name", name);
	ok(model_of(f) != NULL,
	    "%s: has a model in tests/models.c, to compute with", name);
	ok(row->causal != NULL && row->classifier != NULL &&
		strcmp(row->causal, row->classifier) != 0 &&
		row->prefixes[0] != NULL && row->default_ff != NULL &&
		keys_complete(row->keys),
	    "%s: the row is complete", name);
	if (!ok(config_new(&c, &sizes) == 0 && c.family == f,
		"%s: a small config can be computed: %s", name, err_last()))
		return;
	ok(strcmp(family_architecture(&c), row->causal) == 0, "%s: %s", name,
	    row->causal);
	c.scored = true;
	ok(strcmp(family_architecture(&c), row->classifier) == 0, "%s: %s",
	    name, row->classifier);
	params_init(&p, &c, NULL);
	for (i = 0; i < p.tensors; i++)
		if (strstr(p.tensor[i].name, "(null)") != NULL)
			break;
	ok(i == p.tensors, "%s: its naming has a name for each tensor", name);
	prefix = params_prefix(&p, &c);
	ok(strcmp(prefix, row->prefixes[0]) == 0, "%s: prefix \"%s\"", name,
	    prefix);
	free(prefix);
	params_release(&p);
}

static bool
knows(const void *have, const char *name)
{
	return strcmp(have, name) == 0;
}

static void
test_prefixes(void)
{
	struct config c;
	char *last;

	family_config(&c, FAMILY_LLAMA);
	c.L = 3;
	ok(strcmp(params_find_prefix(&c, knows, "embed_tokens.weight"), "") ==
		0,
	    "prefix of a file without one");
	ok(strcmp(params_find_prefix(&c, knows, "model.embed_tokens.weight"),
	       "model.") == 0,
	    "prefix of a file with one");
	ok(strcmp(params_find_prefix(&c, knows, "other"), "model.") == 0,
	    "prefix of a file without an embedding: the family's own");
	last = params_last_layer(&c, "model.");
	ok(strcmp(last, "model.layers.2.input_layernorm.weight") == 0,
	    "a tensor of the last layer: %s", last);
	free(last);
}

int
main(void)
{
	enum family f;
	int i;

	for (i = 0; i < FAMILY_COUNT; i++)
		test_row((enum family)i);
	ok(family_names[FAMILY_COUNT] == NULL, "the list of names ends");
	ok(family_find("nosuch", &f) == -1 &&
		strstr(err_last(),
		    "nosuch is not a family known here: llama, mistral,") ==
		    err_last(),
	    "an unknown name lists those known: %s", err_last());
	test_prefixes();
	return tap_done();
}
