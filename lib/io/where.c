/* SPDX-License-Identifier: MIT */
#include "io/where.h"

#include <inttypes.h>
#include <stdio.h>

enum { ID_SHOWN = 60, WHERE_MAX = 200 };

int
fail_where(const struct where *w, const char *id, size_t id_bytes)
{
	const int shown = id_bytes > ID_SHOWN ? ID_SHOWN : (int)id_bytes;
	char at[WHERE_MAX] = "";
	int n = 0;

	if (w->segment > 0)
		n = snprintf(at, sizeof at, "segment %" PRIu64, w->segment);
	if (w->record > 0)
		n += snprintf(at + n, sizeof at - (size_t)n,
		    "%srecord %" PRIu64, n > 0 ? ", " : "", w->record);
	if (id != NULL)
		n += snprintf(at + n, sizeof at - (size_t)n, "%s(\"%.*s%s\")",
		    w->record > 0 ? " " :
			n > 0     ? ", record " :
				    "record ",
		    shown, id, id_bytes > ID_SHOWN ? "..." : "");
	if (n > 0)
		(void)fail_in("%s", at);
	return w->file == NULL ? -1 : fail_in("%s", w->file);
}
