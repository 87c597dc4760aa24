/* SPDX-License-Identifier: MIT */
#include "likelihood/speak.h"

#include <string.h>

#include "likelihood/draw.h"

struct speaking {
	struct speech *speech;
	struct continuation text;
	struct responses r;
};

static int
say_sample(struct speaking *s, size_t i, bool last)
{
	const struct decode_job *j = &s->r.job[i];
	const char *end = !last ? "" : i + 1 < s->r.jobs ? "\n\n" : "\n";

	return continuation_write(&s->text, j->tokens, j->n, last, end,
	    s->speech->fd);
}

static int
say_more(void *ctx, size_t drawn)
{
	struct speaking *s = ctx;

	s->speech->tokens = drawn;
	return s->r.jobs == 1 ? say_sample(s, 0, false) : 0;
}

int
speech_open(struct speech *s, const char *dir)
{
	s->template = template_find(dir, NULL);
	if (s->template == NULL)
		return -1;
	if (!template_is_plain(s->template))
		return template_fit(s->template, s->respond->tokenizer);
	speech_close(s);
	return 0;
}

void
speech_close(struct speech *s)
{
	template_free(s->template);
	s->template = NULL;
}

int
speech_begin(const struct speech *s, const struct talk *talk,
    struct continuation *text, struct config *c)
{
	const int64_t end = template_end(s->template);
	struct chat chat = { 0 };
	int rc = chat_render(s->template, s->respond->tokenizer, talk, &chat);

	if (rc == 0)
		continuation_init_ids(text, s->respond->tokenizer, chat.tokens,
		    chat.n);
	text->stops = s->respond->stops;
	if (rc == 0 && end >= 0)
		rc = config_add_eos(c, (uint32_t)end);
	chat_release(&chat);
	return rc;
}

/* The prompt as a user's turn, or as it is. */
static int
begin_text(const struct speech *s, const char *prompt,
    struct continuation *text, struct config *c)
{
	const struct turn turn = { .speaker = SPEAKER_USER,
		.text = prompt,
		.n = strlen(prompt) };
	int rc;

	if (s->template != NULL)
		return speech_begin(s,
		    &(struct talk){ .turn = &turn,
			.turns = 1,
			.prompts = true },
		    text, c);
	rc = continuation_init(text, s->respond->tokenizer, prompt);
	text->stops = s->respond->stops;
	return rc;
}

int
speak(struct speech *speech, const char *prompt)
{
	struct config c = speech->policy->config;
	struct speaking s = { .speech = speech };
	int rc = begin_text(speech, prompt, &s.text, &c);

	if (rc == 0)
		rc = respond_add(&s.r, "text", 0, s.text.prompt, s.text.n, &c,
		    speech->respond);
	if (rc == 0)
		rc = draw_responses(&s.r, &c, &speech->policy->params,
		    speech->how, speech->respond, say_more, &s);
	for (; rc == 0 && speech->samples < s.r.jobs; speech->samples++)
		rc = say_sample(&s, speech->samples, true);
	respond_release(&s.r);
	continuation_release(&s.text);
	return rc;
}
