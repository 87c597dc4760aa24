/* SPDX-License-Identifier: MIT */
/* The named templates, and templates in general. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "text/chat_parts.h"

#define EACH "{% for m in messages %}"
#define END "{% endfor %}"
#define PROMPT(text) "{% if add_generation_prompt %}{{ " text " }}{% endif %}"

static const struct {
	const char *name, *source;
} rows[] = {
	{ "plain",
	    EACH "{% if m.role == 'system' %}{{ m.content + '\\n\\n' }}"
		 "{% elif m.role == 'tool' %}{{ '\\n' + m.content + '\\n' }}"
		 "{% elif m.role == 'assistant' %}"
		 "{{ m.content ~ eos_token }}"
		 "{% else %}{{ m.content }}{% endif %}" END },
	{ "chatml",
	    EACH
	    "{{ '<|im_start|>' + m.role + '\\n' + m.content + "
	    "'<|im_end|>\\n' }}" END PROMPT("'<|im_start|>assistant\\n'") },
	{ "llama3",
	    "{{ '<|begin_of_text|>' }}" EACH "{{ '<|start_header_id|>' + "
	    "('ipython' if m.role == 'tool' else m.role) + "
	    "'<|end_header_id|>\\n\\n' + m.content + '<|eot_id|>' }}" END
		PROMPT(
		    "'<|start_header_id|>assistant<|end_header_id|>\\n\\n'") },
	{ "gemma",
	    "{{ bos_token }}{% set ns = namespace(system='') %}" EACH
	    "{% if m.role == 'system' %}"
	    "{% set ns.system = m.content + '\\n\\n' %}{% else %}"
	    "{{ '<start_of_turn>' + "
	    "('model' if m.role == 'assistant' else 'user') + '\\n' + "
	    "ns.system + m.content + '<end_of_turn>\\n' }}"
	    "{% set ns.system = '' %}{% endif %}" END PROMPT(
		"'<start_of_turn>model\\n'") },
	{ "llama2",
	    "{% set ns = namespace(system='', open=false) %}" EACH
	    "{% if m.role == 'system' %}"
	    "{% set ns.system = '<<SYS>>\\n' + m.content + "
	    "'\\n<</SYS>>\\n\\n' %}"
	    "{% elif m.role == 'assistant' %}"
	    "{{ ' ' + m.content ~ eos_token }}{% set ns.open = false %}"
	    "{% else %}{% if not ns.open %}{{ bos_token }}{% endif %}"
	    "{{ '[INST] ' + ns.system + m.content + ' [/INST]' }}"
	    "{% set ns.system = '' %}{% set ns.open = true %}"
	    "{% endif %}" END },
	{ "zephyr",
	    EACH "{{ '<|' + ('user' if m.role == 'tool' else m.role) + "
		 "'|>\\n' + m.content ~ eos_token ~ '\\n' }}" END PROMPT(
		     "'<|assistant|>\\n'") },
	{ "alpaca",
	    EACH "{% if m.role == 'system' %}{{ m.content + '\\n\\n' }}"
		 "{% elif m.role == 'assistant' %}"
		 "{{ '### Response:\\n' + m.content ~ eos_token ~ '\\n\\n' }}"
		 "{% else %}{{ ('### Input:' if m.role == 'tool' else "
		 "'### Instruction:') + '\\n' + m.content + '\\n\\n' }}"
		 "{% endif %}" END PROMPT("'### Response:\\n'") },
	{ "hh",
	    EACH
	    "{% if m.role == 'system' %}{{ m.content }}"
	    "{% elif m.role == 'assistant' %}"
	    "{{ '\\n\\nAssistant: ' + m.content ~ eos_token }}"
	    "{% else %}{{ '\\n\\nHuman: ' + m.content }}{% endif %}" END PROMPT(
		"'\\n\\nAssistant:'") },
};

enum { ROWS = sizeof rows / sizeof rows[0] };

void
template_names(struct buf *list)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		buf_addf(list, "%s%s", i > 0 ? " " : "", rows[i].name);
}

const char *
template_source(const char *name)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		if (strcmp(name, rows[i].name) == 0)
			return rows[i].source;
	return NULL;
}

const char *
template_text(const struct chat_template *t)
{
	return t->source;
}

struct chat_template *
template_jinja(const char *text, size_t n, const char *name)
{
	struct chat_template *t = mem_alloc(1, sizeof *t);

	t->end = -1;
	t->name = mem_dup(name, strlen(name));
	t->jinja = jinja_new(text, n);
	t->source = mem_dup(text, n);
	if (t->jinja != NULL)
		return t;
	(void)fail_in("%s", name);
	template_free(t);
	return NULL;
}

struct chat_template *
template_new(const char *name)
{
	const char *source = template_source(name);
	struct chat_template *t;

	if (source != NULL) {
		t = template_jinja(source, strlen(source), name);
		if (t != NULL) {
			t->named = true;
			t->plain = source == rows[0].source;
		}
		return t;
	}
	t = mem_alloc(1, sizeof *t);
	t->end = -1;
	t->name = mem_dup(name, strlen(name));
	t->custom = chat_custom_new(name);
	if (t->custom != NULL)
		return t;
	template_free(t);
	return NULL;
}

void
template_free(struct chat_template *t)
{
	if (t == NULL)
		return;
	jinja_free(t->jinja);
	free(t->source);
	buf_release(&t->prompt);
	buf_release(&t->tail);
	free(t->custom);
	free(t->name);
	free(t);
}

const char *
template_name(const struct chat_template *t)
{
	return t->name;
}

bool
template_is_plain(const struct chat_template *t)
{
	return t->plain;
}

int64_t
template_end(const struct chat_template *t)
{
	return t->end;
}

int
template_check(const char *text)
{
	struct chat_template *t;

	if (strchr(text, '{') == NULL)
		return 0;
	t = template_new(text);
	template_free(t);
	return t != NULL ? 0 : -1;
}
