/* SPDX-License-Identifier: MIT */
/*
 * printer: trajectories as text, in one of the forms of show.h, messages.h and
 * tokenline.h.
 */
#ifndef TRAJ_PRINTER_H
#define TRAJ_PRINTER_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "traj/traj.h"

enum printer_form { PRINT_TEXT, PRINT_MESSAGES, PRINT_TOKENS };

struct printer;

/* dir: a policy directory, or NULL; color: of PRINT_TEXT.  NULL on failure. */
struct printer *printer_new(enum printer_form, const char *dir, bool color);
void printer_free(struct printer *);
/* Append a trajectory of a segment; -1 where its text is not known. */
must_use int printer_put(struct printer *, const struct traj_segment *,
    const struct traj *, struct buf *out);

#endif
