/* SPDX-License-Identifier: MIT */
/*
 * postprocess: the token that the "post_processor" of a tokenizer.json puts in
 * front of a text, as that of Llama 3 does with its BOS.
 *
 * TemplateProcessing, by itself or in a Sequence, may put one there, and
 * RobertaProcessing and BertProcessing do.  What it puts behind a text is not
 * wanted: responses end by the chat template.
 */
#ifndef TEXT_POSTPROCESS_H
#define TEXT_POSTPROCESS_H

#include <stdint.h>

#include "base/err.h"
#include "io/json.h"

/* Set *first to its id, or to -1; -1: it puts several there. */
must_use int postprocess_read(const struct json *, int64_t *first);

#endif
