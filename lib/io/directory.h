/* SPDX-License-Identifier: MIT */
/*
 * directory: check that a name given by the user is a directory.
 */
#ifndef IO_DIRECTORY_H
#define IO_DIRECTORY_H

#include <stdbool.h>

#include "base/err.h"

bool is_directory(const char *path);
/*
 * -1 with kind ERR_NO_DIRECTORY if PATH is not a directory.  The failure is
 * about the model to download: PATH if it looks like ORG/MODEL, otherwise
 * "ORG/MODEL".
 */
must_use int directory_check(const char *path);

#endif
