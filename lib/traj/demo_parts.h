/* SPDX-License-Identifier: MIT */
/*
 * demo_parts: declarations that the files of demo share.
 */
#ifndef TRAJ_DEMO_PARTS_H
#define TRAJ_DEMO_PARTS_H

#include "traj/demo.h"

/*
 * The parts of a document with a prompt, by the names of their fields; NULL:
 * missing.  Context and input stand before and after a prompt that is a text,
 * history before all.
 */
struct demo_exchange {
	const char *prompt_name, *answer_name;
	const struct json *prompt, *answer, *chosen, *rejected;
	const struct json *label, *context, *input, *history;
};

/* A field; NULL also for null and for an empty list. */
const struct json *demo_present(const struct json *, const char *name);
/* Note that a field of the document was read: a name or a pointer. */
void demo_mark(struct demo *, const char *name);
struct demo_side *demo_add_side(struct demo *, enum traj_role);
/* Read an exchange, or the two of a preference. */
must_use int demo_add_exchange(struct demo *, const struct demo_exchange *);
/* Add an answer to a prompt that may be NULL, unless the answer holds it. */
must_use int demo_add_answer(struct demo *, struct demo_side *,
    const struct demo_exchange *, const char *field, const struct json *answer);
/* The role by a label of KTO; without one it is a demonstration. */
must_use int demo_read_label(struct demo *, const struct json *label,
    enum traj_role *);
/* The weight of the document; 1 if it has none. */
must_use int demo_read_weight(struct demo *, const char *name,
    const struct json *);
/* The pointer to a system turn, or NULL; the fields of a mapping. */
const char *demo_map_system(const struct demo_map *);
must_use int demo_from_map(struct demo *, const struct demo_map *);
/* Keep a text until the side is used for another document. */
const char *demo_keep(struct demo_side *, const struct buf *);

void demo_add_turn(struct demo_side *, enum speaker, const char *text,
    size_t n);
/* A text, or -1 with the field's name. */
must_use int demo_need_text(const char *field, const struct json *,
    const char **text, size_t *n);
must_use int demo_add_text(struct demo_side *, enum speaker, const char *field,
    const struct json *);
/* Add the turn of {role, content} or {from, value}; of a list of them. */
must_use int demo_add_message(struct demo_side *, const struct json *);
must_use int demo_add_messages(struct demo_side *, const char *field,
    const struct json *list);
/* Add the turns of "\n\nHuman: ...\n\nAssistant: ...". */
must_use int demo_add_dialogue(struct demo_side *, const char *field,
    const struct json *);
/*
 * Whether an answer is a conversation that begins with its prompt: it has
 * several messages of which the first is not an assistant's, and if the prompt
 * is a list too, its messages.
 */
bool demo_holds_prompt(const struct json *answer, const struct json *prompt);
/* Whether an assistant says something in it that is to be learnt. */
bool demo_says(const struct turn *);
/* Drop the answer at the end of a side. */
void demo_drop_answer(struct demo_side *);

#endif
