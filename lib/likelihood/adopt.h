/* SPDX-License-Identifier: MIT */
/*
 * adopt: give a new policy a chat template.
 *
 * The policy is used as it was trained only if it has the template, and if
 * what ends an answer by it ends a sequence.  The template is written to
 * chat_template.jinja, and nowhere else; its end is added to eos_token_id of
 * generation_config.json.  Use:
 *
 *	struct adopt t = { .template = "chatml" };
 *	new.finish = adopt_finish(&t);
 *	... make the policy ...
 *	puts(adopt_words(&t));
 *	adopt_release(&t);
 */
#ifndef LIKELIHOOD_ADOPT_H
#define LIKELIHOOD_ADOPT_H

#include "nn/create.h"

struct adopt {
	const char *template; /* a named one, or a file of Jinja; or NULL */
	struct ckpt_finish finish;
	struct buf end; /* the token that ends an answer; empty: none */
	struct buf words;
};

/* -1: there is no such template; the message says which there are. */
must_use int adopt_check(const char *template);
/* What writes it into the folder of a new policy; NULL without a template. */
const struct ckpt_finish *adopt_finish(struct adopt *);
/* What was written, once the policy is there; borrowed. */
const char *adopt_words(struct adopt *);
void adopt_release(struct adopt *);

#endif
