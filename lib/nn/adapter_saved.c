/* SPDX-License-Identifier: MIT */
/*
 * Modules that are trained whole beside adapters: modules_to_save.  As in PEFT
 * a name is the end of a module's name, in the middle of a word too: "norm" is
 * also every input_layernorm.
 */
#include <string.h>

#include "base/mem.h"
#include "nn/adapter.h"
#include "nn/family.h"

size_t
adapter_module(const struct tensor *t)
{
	const char *dot = strrchr(t->name, '.');

	return dot == NULL ? strlen(t->name) : (size_t)(dot - t->name);
}

char **
adapter_names(const char *list, size_t *n)
{
	char **names = mem_alloc(strlen(list) + 1, sizeof(char *));
	size_t length, i;

	for (*n = 0;; list += length + 1) {
		length = strcspn(list, ",");
		for (i = 0; i < *n; i++)
			if (strlen(names[i]) == length &&
			    memcmp(names[i], list, length) == 0)
				break;
		if (i == *n)
			names[(*n)++] = mem_dup(list, length);
		if (list[length] == '\0')
			return names;
	}
}

/* Whether the first n characters of a name end so. */
static bool
ends(const char *name, size_t n, const char *end)
{
	const size_t m = strlen(end);

	return m > 0 && m <= n && memcmp(name + n - m, end, m) == 0;
}

bool
adapter_saves(const struct adapter *a, const struct tensor *t)
{
	size_t i;

	for (i = 0; i < a->saveds; i++)
		if (ends(t->name, adapter_module(t), a->saved[i]))
			return true;
	return false;
}

/* Whether the name is that of a module of modules, as "mlp". */
static bool
is_container(const struct tensor *t, const char *saved)
{
	const size_t n = adapter_module(t);
	size_t i;

	for (i = 1; i < n; i++)
		if (t->name[i] == '.' && ends(t->name, i, saved))
			return true;
	return false;
}

static int
check_name(const char *name, const struct params *p, const struct config *c)
{
	const struct tensor *t;
	bool found = false;
	size_t i;

	for (i = 0; i < p->tensors; i++) {
		t = &p->tensor[i];
		if (is_container(t, name))
			return fail("key \"modules_to_save\": %s consists of "
				    "modules: name these",
			    name);
		if (!ends(t->name, adapter_module(t), name))
			continue;
		found = true;
		if (t->field == &p->embed && params_tied(p) && !c->scored)
			return fail("key \"modules_to_save\": %s is the head "
				    "too, and would part from it",
			    name);
	}
	/* PEFT names both for every classifier. */
	if (found || (c->scored && strcmp(name, "classifier") == 0))
		return 0;
	return fail("key \"modules_to_save\": %s is no module of a %s policy",
	    name, family_names[c->family]);
}

int
adapter_check_saved(const struct adapter *a, const struct params *p,
    const struct config *c)
{
	size_t i;

	for (i = 0; i < a->saveds; i++)
		if (check_name(a->saved[i], p, c) != 0)
			return -1;
	return 0;
}
