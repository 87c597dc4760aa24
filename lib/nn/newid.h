/* SPDX-License-Identifier: MIT */
/*
 * newid: the id of a policy that was just made, where it is not to be drawn: so
 * that the same commands make the same files.
 */
#ifndef NN_NEWID_H
#define NN_NEWID_H

#include "base/err.h"

/*
 * Store a text (borrowed) that is an id: 32 hexadecimal digits, letters in
 * lower case.  The type is that of a parse function of options.
 */
must_use int newid_parse(const char *, void *id);
/*
 * Write an id over that of the policy in dir, in the header of its weights, or
 * of its adapters; NULL: leave it.  Both have as many bytes, so nothing else
 * moves.
 */
must_use int newid_write(const char *dir, const char *id);

#endif
