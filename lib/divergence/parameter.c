/* SPDX-License-Identifier: MIT */
#include "divergence/parameter.h"

#include <string.h>

#include "base/num.h"

bool
parameter_follows(const char *text, const char *name)
{
	const size_t n = strlen(name);

	return strncmp(text, name, n) == 0 &&
	    (text[n] == '\0' || text[n] == ':');
}

int
parameter_parse(const struct parameter *p, const char *text, double *a)
{
	const char *colon = strchr(text, ':');
	const int n = (int)strcspn(text, ":");

	if (p->letter == NULL)
		return colon == NULL ?
		    0 :
		    fail("%s: %.*s takes no parameter", text, n, text);
	if (colon == NULL)
		return fail("%s: needs a parameter, as in %s:0.3", text, text);
	if (num_f64(colon + 1, p->lo, p->hi, a) != 0)
		return fail_in("%s", text);
	if (p->open && (*a <= p->lo || *a >= p->hi))
		return fail("%s: the parameter must lie between %g and %g, "
			    "both excluded",
		    text, p->lo, p->hi);
	return 0;
}

void
parameter_list(const struct parameter *p, const char *name, struct buf *list)
{
	if (list->n > 0)
		buf_addc(list, ' ');
	buf_adds(list, name);
	if (p->letter != NULL)
		buf_addf(list, ":%s", p->letter);
}
