/* SPDX-License-Identifier: MIT */
#include "traj/demounread.h"

#include <string.h>

#include "tests/tap.h"

static const struct {
	const char *json, *map, *words; /* NULL: all fields were read */
} cases[] = {
	{ "{\"prompt\":\"p\",\"response\":\"r\",\"id\":7,\"url\":\"u\"}", NULL,
	    NULL },
	{ "{\"prompt\":\"p\",\"response\":\"r\",\"a\":null,\"b\":\"\",\"c\":[],"
	  "\"d\":{}}",
	    NULL, NULL },
	{ "{\"prompt\":\"p\",\"response\":\"r\",\"score\":0}", NULL,
	    "field \"score\" of 1 documents is not read" },
	{ "{\"prompt\":\"p\",\"response\":\"r\",\"answer\":\"r\",\"text\":"
	  "\"pr\","
	  "\"asked\":1}",
	    NULL, "field \"text\" of 1 documents is not read" },
	{ "{\"prompt\":\"p\",\"chosen\":\"c\",\"rejected\":\"r\",\"thinking\":"
	  "\"t\",\"context\":\"x\",\"history\":[[\"u\",\"a\"]],\"weight\":2,"
	  "\"system\":\"s\"}",
	    NULL, "field \"thinking\" of 1 documents is not read" },
	{ "{\"prompt\":\"p\",\"response\":\"r\",\"thinking\":\"t\",\"tools\":["
	  "1],"
	  "\"tone\":false}",
	    NULL,
	    "fields \"tools\" of 1, \"tone\" of 1 documents are not read" },
	{ "{\"prompt\":\"p\",\"messages\":[{\"role\":\"user\",\"content\":"
	  "\"p\"},"
	  "{\"role\":\"assistant\",\"content\":\"r\"}],\"conversations\":[{"
	  "\"from\":\"human\",\"value\":\"p\"}],\"history\":[[\"p\",\"r\"]]}",
	    NULL, "field \"history\" of 1 documents is not read" },
	{ "{\"system\":\"t\",\"messages\":[{\"role\":\"system\",\"content\":"
	  "\"s\"},{\"role\":\"assistant\",\"content\":\"r\"}]}",
	    NULL, "field \"system\" of 1 documents is not read" },
	{ "{\"a/b\":{\"c\":\"p\"},\"~\":\"r\",\"a\":\"x\",\"a/bc\":\"y\"}",
	    "prompt=/a~1b/c,response=/~0",
	    "fields \"a\" of 1, \"a/bc\" of 1 documents are not read" },
};

static const struct buf asked = { .p = "asked\0day", .n = 10 };

static void
check(struct demo *d, size_t i)
{
	struct json *j = json_parse(cases[i].json, strlen(cases[i].json));
	struct demo_map *m =
	    cases[i].map != NULL ? demo_map_new(cases[i].map) : NULL;
	struct demounread u = { 0 };
	const char *words;
	int r;

	ok(demo_read(d, j, m, NULL) == 1 &&
		demounread_note(&u, d, &asked, false) == 0,
	    "%s", cases[i].json);
	words = demounread_text(&u);
	ok(cases[i].words == NULL ?
		words == NULL :
		words != NULL && strcmp(words, cases[i].words) == 0,
	    "%s", words != NULL ? words : "all fields are read");
	r = demounread_note(&u, d, &asked, true);
	ok(r == (words == NULL ? 0 : -1), "the same, strictly");
	demounread_release(&u);
	demo_map_free(m);
	json_free(j);
}

/* Names are bounded, and counted over documents. */
static void
test_many(struct demo *d)
{
	struct demounread u = { 0 };
	struct buf text = { 0 };
	struct json *j;
	size_t i;
	int rc = 0;

	buf_adds(&text, "{\"text\":\"t\"");
	for (i = 0; i < 400; i++)
		buf_addf(&text, ",\"k%zu\":1", i);
	buf_adds(&text, "}");
	j = json_parse(text.p, text.n);
	for (i = 0; i < 3 && rc == 0; i++)
		rc = demo_read(d, j, NULL, NULL) == 1 ?
		    demounread_note(&u, d, &asked, false) :
		    -1;
	ok(rc == 0 && u.n < 100 && u.field[1].documents == 3 &&
		strstr(demounread_text(&u),
		    " of 3 documents, and others, are not read") != NULL,
	    "400 names: %.60s", demounread_text(&u));
	demounread_release(&u);
	buf_release(&text);
	json_free(j);
}

int
main(void)
{
	struct demo d = { 0 };
	size_t i;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
		check(&d, i);
	test_many(&d);
	demo_release(&d);
	return tap_done();
}
