/* SPDX-License-Identifier: MIT */
/*
 * config_json: config.json and generation_config.json of a Hugging Face
 * policy, read into a struct config and written from one.
 *
 * Keys, class names and mechanisms come from the table of families.  Every
 * function that fails names the file and the key.
 */
#ifndef NN_CONFIG_JSON_H
#define NN_CONFIG_JSON_H

#include "base/err.h"
#include "io/safetensors.h"
#include "nn/config.h"

struct buf;

/*
 * Read DIR/config.json and, if it exists, DIR/generation_config.json; the
 * result has passed config_check.
 */
must_use int config_read(struct config *, const char *dir);
/*
 * Add the end tokens of DIR/generation_config.json, if it exists.  Tokens
 * outside the vocabulary cannot be drawn and are left out.
 */
must_use int config_read_ends(struct config *, const char *dir);
/* Append the text of a config.json to `json`. */
void config_write(const struct config *, enum st_dtype, struct buf *json);
/*
 * Append the text of DIR/config.json with the keys replaced that a new head
 * or dtype changes; all other keys stay, known here or not.
 */
must_use int config_derive(const struct config *, enum st_dtype,
    const char *dir, struct buf *json);

/* The spellings of an activation, or NULL; the first is written. */
enum { ACTIVATION_NAMES = 3 };
extern const char *const activation_names[ACTIVATION_COUNT][ACTIVATION_NAMES];

#endif
