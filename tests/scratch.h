/* SPDX-License-Identifier: MIT */
/* scratch: an empty folder to work in, which a test has to leave empty. */
#ifndef SCRATCH_H
#define SCRATCH_H

#include <stdlib.h>
#include <unistd.h>

#include "tests/tap.h"

static char scratch_folder[] = "/tmp/apprentice-test.XXXXXX";

static inline void
scratch_enter(void)
{
	if (mkdtemp(scratch_folder) == NULL || chdir(scratch_folder) != 0) {
		perror(scratch_folder);
		exit(1);
	}
}

static inline void
scratch_leave(void)
{
	ok(chdir("/") == 0 && rmdir(scratch_folder) == 0,
	    "nothing else is left");
}

#endif
