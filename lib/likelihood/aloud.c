/* SPDX-License-Identifier: MIT */
#include "likelihood/aloud.h"

#include "likelihood/converse.h"

int
aloud(struct aloud *x)
{
	struct conversation c = { &x->speech, x->in, x->listen, x->caught,
		false };
	int rc = x->dir != NULL ? speech_open(&x->speech, x->dir) : 0;

	if (rc == 0)
		rc = x->prompt != NULL ? speak(&x->speech, x->prompt) :
					 converse(&c);
	speech_close(&x->speech);
	return rc;
}
