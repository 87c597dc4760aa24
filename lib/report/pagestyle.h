/* SPDX-License-Identifier: MIT */
/* pagestyle: the style sheet of a page, for light and for dark. */
#ifndef REPORT_PAGESTYLE_H
#define REPORT_PAGESTYLE_H

#include "base/buf.h"

void pagestyle_put(struct buf *);

#endif
