/* SPDX-License-Identifier: MIT */
/* postprocess: the token in front of a text, by every form of it. */
#include "text/postprocess.h"

#include <string.h>

#include "tests/tap.h"

#define BYTES "{\"type\":\"ByteLevel\",\"trim_offsets\":false}"
#define MARK "{\"SpecialToken\":{\"id\":\"<s>\",\"type_id\":0}}"
#define TEXT "{\"Sequence\":{\"id\":\"A\",\"type_id\":0}}"
#define TEMPLATE(single) \
	"{\"type\":\"TemplateProcessing\",\"single\":[" single "]," \
	"\"special_tokens\":{\"<s>\":{\"id\":\"<s>\",\"ids\":[7]}," \
	"\"two\":{\"id\":\"two\",\"ids\":[7,8]},\"no\":{\"ids\":[]}}}"

static const struct {
	const char *what, *json;
	int rc;
	int64_t first;
} cases[] = {
	{ "none", "null", 0, -1 },
	{ "ByteLevel", BYTES, 0, -1 },
	{ "a template", TEMPLATE(MARK "," TEXT), 0, 7 },
	{ "a token behind the text", TEMPLATE(TEXT "," MARK), 0, -1 },
	{ "a template in a sequence",
	    "{\"type\":\"Sequence\",\"processors\":[" BYTES
	    "," TEMPLATE(MARK "," TEXT) "]}",
	    0, 7 },
	{ "an empty sequence", "{\"type\":\"Sequence\",\"processors\":[]}", 0,
	    -1 },
	{ "RobertaProcessing",
	    "{\"type\":\"RobertaProcessing\",\"sep\":[\"</s>\",2],"
	    "\"cls\":[\"<s>\",5]}",
	    0, 5 },
	{ "two tokens", TEMPLATE(MARK "," MARK "," TEXT), -1, 0 },
	{ "a token of two ids",
	    TEMPLATE("{\"SpecialToken\":{\"id\":\"two\"}}," TEXT), -1, 0 },
	{ "a token without id",
	    TEMPLATE("{\"SpecialToken\":{\"id\":\"no\"}}," TEXT), -1, 0 },
	{ "an unknown token", TEMPLATE("{\"SpecialToken\":{\"id\":1}}," TEXT),
	    -1, 0 },
};

int
main(void)
{
	struct json *j;
	int64_t first;
	size_t i;
	int rc;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		j = json_parse(cases[i].json, strlen(cases[i].json));
		rc = postprocess_read(j, &first);
		ok(j != NULL && rc == cases[i].rc &&
			(rc != 0 || first == cases[i].first),
		    "%s: %s", cases[i].what, rc != 0 ? err_last() : "read");
		json_free(j);
	}
	return tap_done();
}
