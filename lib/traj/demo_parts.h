/* SPDX-License-Identifier: MIT */
/*
 * demo_parts: declarations that the files of demo share.
 */
#ifndef TRAJ_DEMO_PARTS_H
#define TRAJ_DEMO_PARTS_H

#include "traj/demo.h"

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
