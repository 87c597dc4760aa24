/* SPDX-License-Identifier: MIT */
/*
 * tokenconfig: what the files beside a tokenizer.json say of it:
 * tokenizer_config.json, and where that is silent about the ends of a
 * sequence, generation_config.json and config.json.
 */
#ifndef TEXT_TOKENCONFIG_H
#define TEXT_TOKENCONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct tokenconfig {
	char *bos, *eos; /* texts of the tokens, owned; NULL where not said */
	bool bos_said;   /* "bos_token" is there, if only as null */
	int64_t bos_id, eos_id; /* from the other files; -1 */
	bool adds_bos;
	char *chat_template; /* owned; NULL where there is none */
};

/* A file that is not there says nothing; one that is no JSON is a failure. */
must_use int tokenconfig_init(struct tokenconfig *, const char *dir);
void tokenconfig_release(struct tokenconfig *);

#endif
