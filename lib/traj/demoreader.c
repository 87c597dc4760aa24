/* SPDX-License-Identifier: MIT */
#include "traj/demoreader.h"

#include <string.h>

int
demoreader_parse(const char *text, void *reader)
{
	struct demoreader *r = reader;

	if (document_format_find(text, &r->format))
		return 0;
	if (strchr(text, '=') == NULL)
		return fail("%s: neither a format nor fields such as "
			    "prompt=/field,response=/field",
		    text);
	demo_map_free(r->map); /* of an earlier text */
	r->map = demo_map_new(text);
	return r->map != NULL ? 0 : -1;
}

void
demoreader_open(struct demoreader *r, char *const *files, size_t n)
{
	r->docs = documents_open(files, n, r->format);
}

static void
forget(struct demoreader *r)
{
	json_free(r->document);
	r->document = NULL;
}

void
demoreader_close(struct demoreader *r)
{
	forget(r);
	demo_release(&r->demo);
	documents_close(r->docs);
	demo_map_free(r->map);
}

int
demoreader_next(struct demoreader *r)
{
	int rc;

	do {
		forget(r);
		rc = documents_next(r->docs, &r->document);
		if (rc == 0 || rc == -1)
			return rc;
		r->documents++;
		if (rc < 0)
			return -2;
		rc = demo_read(&r->demo, r->document, r->map, r->system);
		r->skipped += rc == 0;
	} while (rc == 0);
	if (rc > 0)
		return 1;
	(void)fail_in("%s", demoreader_where(r));
	return -2;
}

const char *
demoreader_where(struct demoreader *r)
{
	return documents_where(r->docs);
}
