/* SPDX-License-Identifier: MIT */
/*
 * demofields: the failure for a document whose fields are not known.
 */
#ifndef TRAJ_DEMOFIELDS_H
#define TRAJ_DEMOFIELDS_H

#include "base/err.h"
#include "io/json.h"

/*
 * Fail with ERR_FIELDS and name the fields that were found; -1.  The failure
 * is about a mapping (demo.h) of these fields, guessed from their contents.
 */
int demofields_fail(const struct json *document);

#endif
