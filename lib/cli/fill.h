/* SPDX-License-Identifier: MIT */
/* fill: a text of ours with "%s" where something else goes. */
#ifndef CLI_FILL_H
#define CLI_FILL_H

#include "base/buf.h"

/* Add the text, each "%s" in it replaced. */
void fill(struct buf *, const char *text, const char *with);

#endif
