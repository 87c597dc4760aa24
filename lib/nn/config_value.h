/* SPDX-License-Identifier: MIT */
/*
 * config_value: members of config.json with their ranges.
 *
 * Every function that fails names the key.
 */
#ifndef NN_CONFIG_VALUE_H
#define NN_CONFIG_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct json;

/* Positions that a sequence can have. */
#define CONFIG_CONTEXT_MAX ((uint64_t)1 << 31)

/* Whether a member is missing or null. */
bool config_absent(const struct json *, const char *key);
/* A size in [1, max]; `otherwise` if the key is absent, 0: required. */
must_use int config_size(const struct json *, const char *key, uint64_t max,
    size_t otherwise, size_t *out);
/* A finite number above 0; *out stays if the key is absent. */
must_use int config_positive(const struct json *, const char *key, double *out);

#endif
