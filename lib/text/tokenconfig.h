/* SPDX-License-Identifier: MIT */
/*
 * tokenconfig: the settings of a tokenizer that are not in its tokenizer.json:
 * BOS and EOS by tokenizer_config.json, and their ids by
 * generation_config.json or config.json.
 */
#ifndef TEXT_TOKENCONFIG_H
#define TEXT_TOKENCONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct tokenconfig {
	char *bos, *eos; /* texts of the tokens, owned; NULL: not given */
	bool bos_given;  /* "bos_token" is present, possibly null */
	int64_t bos_id, eos_id; /* from the other files; -1: not given */
	bool adds_bos; /* add_bos_token; without it, true of a LlamaTokenizer */
};

/* Read the files of a directory.  A missing file is skipped; -1: not JSON. */
must_use int tokenconfig_init(struct tokenconfig *, const char *dir);
void tokenconfig_release(struct tokenconfig *);

#endif
