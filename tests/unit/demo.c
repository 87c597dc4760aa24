/* SPDX-License-Identifier: MIT */
#include "traj/demo.h"

#include <stdlib.h>
#include <string.h>

#include "tests/tap.h"

/* Both sides as "expert u:hi a:ho", with | between; or the reason. */
static void
show(const struct demo *d, struct buf *out)
{
	static const char who[] = "suat";
	size_t i, k;

	buf_reset(out);
	for (i = 0; i < d->sides; i++) {
		const struct demo_side *s = &d->side[i];

		buf_addf(out, "%s%s", i > 0 ? "|" : "",
		    traj_role_name(s->role));
		for (k = 0; k < s->turns; k++)
			buf_addf(out, " %c:%.*s", who[s->turn[k].speaker],
			    (int)s->turn[k].n, s->turn[k].text);
	}
	for (i = 0; i < out->n; i++)
		if (out->p[i] == '\n')
			out->p[i] = '/';
	(void)buf_text(out);
}

static void
check(struct demo *d, const char *json, const char *map, const char *system,
    const char *expected)
{
	struct demo_map *m = map != NULL ? demo_map_new(map) : NULL;
	struct json *j = json_parse(json, strlen(json));
	struct buf out = { 0 };
	int r;

	if (!ok(j != NULL && (map == NULL) == (m == NULL), "%s", json))
		goto out;
	r = demo_read(d, j, m, system);
	if (r > 0)
		show(d, &out);
	else
		buf_adds(&out, r == 0 ? "skipped" : err_last());
	(void)buf_text(&out);
	ok(strcmp(out.p, expected) == 0, "%s", out.p);
out:
	buf_release(&out);
	json_free(j);
	demo_map_free(m);
}

static const struct {
	const char *json, *said;
} cases[] = {
	{ "{\"prompt\":\"p\",\"completion\":\"c\"}", "expert u:p a:c" },
	{ "{\"prompt\":\"p\",\"response\":\"c\"}", "expert u:p a:c" },
	{ "{\"prompt\":\"\",\"response\":\"c\"}", "expert u: a:c" },
	{ "{\"prompt\":\"p\",\"response\":\"\"}", "skipped" },
	{ "{\"prompt\":\"p\",\"completion\":\"c\",\"label\":true}",
	    "chosen u:p a:c" },
	{ "{\"prompt\":\"p\",\"completion\":\"c\",\"label\":false}",
	    "rejected u:p a:c" },
	{ "{\"prompt\":\"p\",\"chosen\":\"c\",\"rejected\":\"r\"}",
	    "chosen u:p a:c|rejected u:p a:r" },
	{ "{\"prompt\":\"p\",\"chosen\":\"c\",\"rejected\":\"\"}", "skipped" },
	{ "{\"prompt\":[{\"role\":\"user\",\"content\":\"p\"}],\"chosen\":[{"
	  "\"role\":\"assistant\",\"content\":\"c\"}],\"rejected\":{\"role\":"
	  "\"assistant\",\"content\":\"r\"}}",
	    "chosen u:p a:c|rejected u:p a:r" },
	{ "{\"messages\":[{\"role\":\"system\",\"content\":\"s\"},{\"role\":"
	  "\"user\",\"content\":\"u\"},{\"role\":\"assistant\",\"content\":"
	  "\"a\"},{\"role\":\"tool\",\"content\":\"t\"}]}",
	    "expert s:s u:u a:a t:t" },
	{ "{\"messages\":[{\"role\":\"assistant\",\"content\":\"a\"}],"
	  "\"label\":true}",
	    "chosen a:a" },
	{ "{\"conversations\":[{\"from\":\"human\",\"value\":\"u\"},{"
	  "\"from\":\"function_call\",\"value\":\"f\"},{\"from\":"
	  "\"observation\",\"value\":\"o\"},{\"from\":\"gpt\",\"value\":"
	  "\"a\"}],\"system\":\"s\"}",
	    "expert s:s u:u a:f t:o a:a" },
	{ "{\"conversations\":[{\"from\":\"human\",\"value\":\"u\"}],"
	  "\"chosen\":{\"from\":\"gpt\",\"value\":\"c\"},\"rejected\":{"
	  "\"from\":\"gpt\",\"value\":\"r\"}}",
	    "chosen u:u a:c|rejected u:u a:r" },
	{ "{\"chosen\":\"\\n\\nHuman: h\\n\\nAssistant: a\\n\\nHuman: i\\n\\n"
	  "Assistant: b\",\"rejected\":\"\\n\\nHuman: h\\n\\nAssistant: c\"}",
	    "chosen u:h a:a u:i a:b|rejected u:h a:c" },
	{ "{\"instruction\":\"i\",\"output\":\"o\"}", "expert u:i a:o" },
	{ "{\"instruction\":\"i\",\"input\":\"n\",\"output\":\"o\"}",
	    "expert u:i//n a:o" },
	{ "{\"instruction\":\"i\",\"instances\":[{\"input\":\"\","
	  "\"output\":\"o\"}]}",
	    "expert u:i a:o" },
	{ "{\"question\":\"q\",\"answer\":\"a\"}", "expert u:q a:a" },
	{ "{\"text\":\"t\"}", "expert a:t" },
	{ "{\"question\":\" q \",\"answer\":\"\\ta \",\"context\":\"c\"}",
	    "expert u:c// q  a:\ta " },
	{ "{\"prompt\":\"q\",\"response\":\"a\",\"context\":\"\"}",
	    "expert u:q a:a" },
	{ "{\"instruction\":\"i\",\"context\":\"c\",\"input\":\"n\","
	  "\"response\":\"a\",\"label\":true}",
	    "chosen u:c//i//n a:a" },
	{ "{\"instruction\":\"i\",\"output\":\"o\",\"history\":[[\"u\","
	  "\"a\"],[\"v\",\"b\"]]}",
	    "expert u:u a:a u:v a:b u:i a:o" },
	{ "{\"prompt\":\"p\",\"response\":\"r\",\"history\":[{\"from\":"
	  "\"human\",\"value\":\"u\"},{\"from\":\"gpt\",\"value\":"
	  "\"a\"}]}",
	    "expert u:u a:a u:p a:r" },
	{ "{\"instruction\":\"i\",\"input\":\"n\",\"chosen\":\"c\","
	  "\"rejected\":\"r\"}",
	    "chosen u:i//n a:c|rejected u:i//n a:r" },
	{ "{\"system_prompt\":\"s\",\"question\":\"q\",\"response\":"
	  "\"r\"}",
	    "expert s:s u:q a:r" },
	{ "{\"prompt\":{\"role\":\"user\",\"content\":\"p\"},"
	  "\"response\":\"r\"}",
	    "expert u:p a:r" },
	{ "{\"prompt\":\"p\",\"response\":\"r\",\"weight\":0}", "skipped" },
	{ "{\"prompt\":\"p\",\"response\":\"\",\"tool_calls\":[7]}",
	    "expert u:p a:" },
	{ "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":"
	  "\"text\",\"text\":\"a \"},{\"type\":\"text\",\"text\":\"b\"}]},{"
	  "\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":"
	  "\"c\"}]}]}",
	    "expert u:a b a:c" },
	{ "{\"messages\":[{\"role\":\"assistant\",\"content\":[]}]}",
	    "skipped" },
	{ "{\"messages\":[],\"chosen\":null,\"text\":null,"
	  "\"conversations\":null,\"prompt\":\"p\",\"completion\":null,"
	  "\"response\":\"r\"}",
	    "expert u:p a:r" },
	{ "{\"prompt\":null,\"completion\":null,\"instruction\":\"i\","
	  "\"output\":\"o\",\"instances\":[],\"messages\":null}",
	    "expert u:i a:o" },
	{ "{\"prompt\":null,\"completion\":null,\"question\":null,"
	  "\"text\":\"t\"}",
	    "expert a:t" },
	{ "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":"
	  "\"image_url\",\"text\":\"a\"}]}]}",
	    "field \"messages\": message 1: field \"content\": part 1: type "
	    "\"image_url\" is not text" },
	{ "{\"messages\":[{\"role\":\"user\",\"content\":[\"a\"]}]}", "" },
	{ "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":"
	  "\"text\"}]}]}",
	    "" },
	{ "{\"prompt\":\"p\",\"response\":\"r\",\"history\":[[\"u\"]]}",
	    "field \"history\": pair 1: expected two texts" },
	{ "{\"prompt\":\"p\",\"response\":\"r\",\"history\":[[\"u\",7]]}", "" },
	{ "{\"prompt\":\"p\",\"response\":\"r\",\"history\":7}",
	    "field \"history\": expected a list of pairs, found whole number" },
	{ "{\"prompt\":\"p\",\"response\":\"r\",\"context\":[\"c\"]}",
	    "field \"context\": expected text, found list" },
	{ "{\"prompt\":\"p\",\"response\":\"r\",\"weight\":-1}",
	    "field \"weight\": expected a number from 0 to 1e30" },
	{ "{\"prompt\":\"p\",\"response\":\"r\",\"weight\":\"x\"}", "" },
	{ "7", "expected an object, found whole number" },
	{ "{\"prompt\":\"p\"}", "" },
	{ "{\"question\":\"q\",\"answer\":7}",
	    "field \"answer\": expected text, found whole number" },
	{ "{\"prompt\":\"p\",\"completion\":\"c\",\"label\":\"yes\"}",
	    "field \"label\": expected true or false, found text" },
	{ "{\"messages\":[]}", "a conversation without turns" },
	{ "{\"messages\":7}", "" },
	{ "{\"messages\":[{\"role\":\"king\",\"content\":\"x\"}]}",
	    "field \"messages\": message 1: field \"role\": king is not "
	    "known" },
	{ "{\"messages\":[7]}", "" },
	{ "{\"text\":\"t\",\"system\":7}",
	    "field \"system\": expected text, found whole number" },
	{ "{\"nothing\":\"known\"}",
	    "no known prompt and response among the fields \"nothing\"" },
};

static const struct {
	const char *json, *mapping;
} guesses[] = {
	{ "{\"q\":\"a question\",\"r\":\"yes\"}", "prompt=/q,response=/r" },
	{ "{\"q\":\"why\",\"r\":\"because\"}", "prompt=/q,response=/r" },
	{ "{\"id\":\"1\",\"r\":\"because\",\"q\":\"why\",\"n\":12345}",
	    "prompt=/r,response=/q" },
	{ "{\"reply\":\"yes\",\"prompt\":\"p\"}",
	    "prompt=/prompt,response=/reply" },
	{ "{\"instruction\":\"i\",\"reply\":\"r\"}",
	    "prompt=/instruction,response=/reply" },
	{ "{\"question\":\"q\",\"reply\":\"r\"}",
	    "prompt=/question,response=/reply" },
	{ "{\"story\":\"s\"}", "response=/story" },
	{ "{\"a,b\":\"s\",\"c/d\":\"t\",\"e f\":\"u\"}",
	    "prompt=/FIELD,response=/FIELD" },
	{ "{}", "prompt=/FIELD,response=/FIELD" },
};

static void
test_guesses(struct demo *d)
{
	struct json *j;
	size_t i;

	for (i = 0; i < sizeof guesses / sizeof guesses[0]; i++) {
		j = json_parse(guesses[i].json, strlen(guesses[i].json));
		ok(demo_read(d, j, NULL, NULL) == -1 &&
			err_last_kind() == ERR_FIELDS &&
			strcmp(err_about(), guesses[i].mapping) == 0,
		    "%s suggests %s: %s", guesses[i].json, guesses[i].mapping,
		    err_about());
		json_free(j);
	}
}

static void
test_maps(struct demo *d)
{
	static const char *const bad[] = { "", "prompt", "prompt=/a",
		"response=a", "king=/a", "chosen=/a", "=/a" };
	size_t i;

	check(d, "{\"q\":{\"x\":\"p\"},\"a\":[\"r\"]}",
	    "prompt=/q/x,response=/a/0", NULL, "expert u:p a:r");
	check(d, "{\"a\":\"c\",\"b\":\"r\"}", "chosen=/a,rejected=/b", NULL,
	    "chosen a:c|rejected a:r");
	check(d, "{\"a\":\"c\",\"l\":false}", "response=/a,label=/l", NULL,
	    "rejected a:c");
	check(d, "{\"a\":\"c\",\"y\":\"mine\"}", "response=/a,system=/y", NULL,
	    "expert s:mine a:c");
	check(d, "{\"a\":\"c\"}", "response=/a,system=/y", "S",
	    "expert s:S a:c");
	check(d, "{\"a\":\"c\",\"b\":\"p\",\"c\":\"q\",\"h\":[[\"u\",\"v\"]]}",
	    "prompt=/b,response=/a,context=/c,history=/h", NULL,
	    "expert u:u a:v u:q//p a:c");
	check(d, "{\"a\":\"c\",\"w\":\"0.5\"}", "response=/a,weight=/w", NULL,
	    "expert a:c");
	ok(d->weight == 0.5, "a weight that is mapped, in a text");
	check(d, "{\"b\":\"c\"}", "response=/a", NULL, "field \"/a\": missing");
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct demo_map *m = demo_map_new(bad[i]);

		ok(m == NULL, "%s", err_last());
		demo_map_free(m);
	}
}

/* What is said to be given, and an answer without text. */
static void
test_messages(struct demo *d)
{
	static const char json[] =
	    "{\"messages\":[{\"role\":\"assistant\",\"content\":\"a\","
	    "\"train\":false},{\"role\":\"assistant\",\"content\":\"b\","
	    "\"weight\":0},{\"role\":\"assistant\",\"content\":null,"
	    "\"tool_calls\":[{\"name\":\"f\"}],\"weight\":1},{\"from\":"
	    "\"ipython\",\"value\":\"t\"}]}";
	struct json *j = json_parse(json, sizeof json - 1);
	const struct turn *t;

	ok(j != NULL && demo_read(d, j, NULL, NULL) == 1 &&
		d->side[0].turns == 4 && d->document == j,
	    "messages with marks and a call: %s", err_last());
	t = d->side[0].turn;
	ok(t[0].given && t[1].given && !t[2].given,
	    "turns that are not to be learnt");
	ok(t[2].text == NULL && json_get(t[2].message, "tool_calls") != NULL &&
		strcmp(t[3].role, "ipython") == 0,
	    "a message keeps its fields and its role");
	json_free(j);
	check(d,
	    "{\"messages\":[{\"role\":\"assistant\",\"content\":\"a\","
	    "\"train\":false}]}",
	    NULL, NULL, "skipped");
	check(d,
	    "{\"messages\":[{\"role\":\"assistant\",\"content\":\"a\","
	    "\"train\":1}]}",
	    NULL, NULL,
	    "field \"messages\": message 1: key \"train\": expected true or "
	    "false, found whole number");
}

#define USER(s) "{\"role\":\"user\",\"content\":\"" s "\"}"
#define ASSISTANT(s) "{\"role\":\"assistant\",\"content\":\"" s "\"}"
#define WHOLE(s) "[" USER("p") "," ASSISTANT(s) "]"

static void
test_prompts(struct demo *d)
{
	check(d,
	    "{\"prompt\":\"p\",\"chosen\":" WHOLE("c") ",\"rejected\":" WHOLE(
		"r") "}",
	    NULL, NULL, "chosen u:p a:c|rejected u:p a:r");
	check(d,
	    "{\"messages\":" WHOLE("c") ",\"prompt\":\"p\",\"chosen\":" WHOLE(
		"c") ",\"rejected\":" WHOLE("r") "}",
	    NULL, NULL, "chosen u:p a:c|rejected u:p a:r");
	check(d, "{\"prompt\":[" USER("p") "],\"completion\":" WHOLE("c") "}",
	    NULL, NULL, "expert u:p a:c");
	check(d, "{\"prompt\":[" USER("q") "],\"completion\":" WHOLE("c") "}",
	    NULL, NULL, "expert u:q u:p a:c");
	d->prompts = true;
	check(d, "{\"prompt\":\"p\"}", NULL, NULL, " u:p");
	check(d, "{\"question\":\"p\",\"answer\":\"a\"}", NULL, "S",
	    " s:S u:p");
	check(d, "{\"instruction\":\"i\",\"input\":\"n\"}", NULL, NULL,
	    " u:i//n");
	check(d, "{\"messages\":" WHOLE("c") "}", NULL, NULL, " u:p");
	check(d, "{\"chosen\":" WHOLE("c") ",\"rejected\":" WHOLE("r") "}",
	    NULL, NULL, " u:p");
	check(d, "{\"a\":\"p\"}", "prompt=/a,response=/b", NULL, " u:p");
	check(d, "{\"text\":\"t\"}", NULL, NULL, "skipped");
	d->prompts = false;
}

int
main(void)
{
	struct demo d = { 0 };
	struct json *j;
	size_t i;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (cases[i].said[0] != '\0') {
			check(&d, cases[i].json, NULL, NULL, cases[i].said);
		} else {
			j = json_parse(cases[i].json, strlen(cases[i].json));
			ok(j != NULL && demo_read(&d, j, NULL, NULL) == -1,
			    "%s", err_last());
			json_free(j);
		}
	check(&d, "{\"text\":\"t\"}", NULL, "S", "expert s:S a:t");
	check(&d, "{\"system\":\"T\",\"text\":\"t\"}", NULL, "S",
	    "expert s:T a:t");
	check(&d,
	    "{\"messages\":[{\"role\":\"system\",\"content\":\"T\"},{"
	    "\"role\":\"assistant\",\"content\":\"a\"}]}",
	    NULL, "S", "expert s:T a:a");
	test_maps(&d);
	test_messages(&d);
	test_prompts(&d);
	test_guesses(&d);
	demo_release(&d);
	return tap_done();
}
