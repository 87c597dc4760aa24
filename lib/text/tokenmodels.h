/* SPDX-License-Identifier: MIT */
/* tokenmodels: the table of the models (tokenmodel.h) that a tokenizer has. */
#ifndef TEXT_TOKENMODELS_H
#define TEXT_TOKENMODELS_H

#include <stdbool.h>

#include "text/tokenmodel.h"

/*
 * Make the model that a "model" object describes, of the type that it names
 * (BPE by default).  NULL on failure.
 */
struct tokenmodel *tokenmodel_new(const struct json *, bool bytes);
void tokenmodel_free(struct tokenmodel *); /* NULL is fine */

#endif
