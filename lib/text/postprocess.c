/* SPDX-License-Identifier: MIT */
#include "text/postprocess.h"

#include <stdbool.h>
#include <string.h>

static bool
is_type(const struct json *j, const char *type)
{
	const char *s = json_text(json_get(j, "type"), NULL);

	return s != NULL && strcmp(s, type) == 0;
}

/* {"SpecialToken": {"id": NAME}} in front: ids of "special_tokens". */
static int
read_template(const struct json *j, int64_t *first)
{
	const struct json *single = json_get(j, "single"), *token, *ids;
	const char *name;
	size_t i;

	for (i = 0; i < json_count(single); i++) {
		token = json_get(json_at(single, i), "SpecialToken");
		if (token == NULL)
			return 0;
		name = json_text(json_get(token, "id"), NULL);
		ids = name == NULL ?
		    NULL :
		    json_get(json_get(json_get(j, "special_tokens"), name),
			"ids");
		if (i > 0 || json_count(ids) > 1)
			return fail("it puts more than one token in front of "
				    "a text");
		*first = json_int(json_at(ids, 0), -1);
		if (*first < 0)
			return fail("the id of its special token \"%.40s\" is "
				    "missing",
			    name != NULL ? name : "");
	}
	return 0;
}

static int
read_one(const struct json *j, int64_t *first)
{
	if (is_type(j, "TemplateProcessing"))
		return read_template(j, first);
	if (is_type(j, "RobertaProcessing") || is_type(j, "BertProcessing"))
		*first = json_int(json_at(json_get(j, "cls"), 1), -1);
	return 0;
}

int
postprocess_read(const struct json *j, int64_t *first)
{
	const struct json *list = json_get(j, "processors");
	size_t i;
	int rc = 0;

	*first = -1;
	if (!is_type(j, "Sequence"))
		rc = read_one(j, first);
	for (i = 0; is_type(j, "Sequence") && i < json_count(list) && rc == 0;
	     i++)
		rc = read_one(json_at(list, i), first);
	return rc == 0 ? 0 : fail_in("post_processor");
}
