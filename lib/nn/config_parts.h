/* SPDX-License-Identifier: MIT */
/* config_parts: the files that read parts of config.json. */
#ifndef NN_CONFIG_PARTS_H
#define NN_CONFIG_PARTS_H

#include "base/err.h"
#include "nn/config.h"

struct buf;
struct json;
struct family_row;

/* Rotation, of a config whose sizes are read. */
must_use int config_read_rope(struct config *, const struct json *,
    const struct family_row *);
/* Its parts: an object with a type, theta, and the share of a head. */
must_use int config_read_scaling(struct config *, struct rope *,
    const struct json *);
must_use int config_read_theta(struct rope *, const struct json *,
    const char *key);
must_use int config_read_share(struct config *, const struct json *,
    const char *key);
/* Windows and which layers are rotated, of a config whose sizes are read. */
must_use int config_read_layers(struct config *, const struct json *,
    const struct family_row *);
void config_put_layers(struct buf *, const struct config *);
/* Begin a member of the object that is written. */
void config_put_key(struct buf *, const char *key);
/*
 * -1: a key is not read for this family, and not known to leave what is
 * computed as it is.  A key that is null or false is off.
 */
must_use int config_check_keys(const struct json *, const struct family_row *);

#endif
