/* SPDX-License-Identifier: MIT */
#include "text/tokenconfig.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/policydir.h"
#include "tests/scratch.h"
#include "tests/tap.h"

static bool
is(const char *found, const char *expected)
{
	return expected == NULL ? found == NULL :
				  found != NULL && strcmp(found, expected) == 0;
}

int
main(void)
{
	struct tokenconfig c;

	scratch_enter();
	ok(tokenconfig_init(&c, ".") == 0 && c.bos == NULL && !c.bos_given &&
		c.bos_id == -1 && c.eos_id == -1 && !c.adds_bos,
	    "without files nothing is set");
	tokenconfig_release(&c);
	put("config.json", "{\"bos_token_id\":3,\"eos_token_id\":[7,8]}");
	put("generation_config.json", "{\"eos_token_id\":-5}");
	ok(tokenconfig_init(&c, ".") == 0 && c.bos_id == 3 && c.eos_id == 7,
	    "ids by config.json, of a list the first");
	tokenconfig_release(&c);
	put("tokenizer_config.json",
	    "{\"bos_token\":null,\"eos_token\":"
	    "{\"content\":\"</s>\"},\"add_bos_token\":true}");
	ok(tokenconfig_init(&c, ".") == 0 && c.bos == NULL && c.bos_given &&
		is(c.eos, "</s>") && c.adds_bos,
	    "texts by tokenizer_config.json");
	tokenconfig_release(&c);
	put("tokenizer_config.json", "{");
	ok(tokenconfig_init(&c, ".") == -1 &&
		strncmp(err_last(), "./tokenizer_config.json: ", 25) == 0,
	    "%s", err_last());
	put("tokenizer_config.json", "[]");
	put("generation_config.json", "");
	ok(tokenconfig_init(&c, ".") == -1, "%s", err_last());
	(void)unlink("tokenizer_config.json");
	(void)unlink("generation_config.json");
	(void)unlink("config.json");
	scratch_leave();
	return tap_done();
}
