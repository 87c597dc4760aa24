/* SPDX-License-Identifier: MIT */
#include "likelihood/speak.h"

#include <string.h>

#include "text/continuation.h"

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

/* The prompt as a user's turn, and the beginning of the answer. */
static int
begin_answer(struct speaking *s, const char *prompt, struct config *c)
{
	const struct chat_template *t = s->speech->template;
	const struct turn turn = { .speaker = SPEAKER_USER,
		.text = prompt,
		.n = strlen(prompt) };
	struct chat chat = { 0 };
	int rc = chat_render(t, s->speech->tokenizer,
	    &(struct talk){ .turn = &turn, .turns = 1, .prompts = true },
	    &chat);

	if (rc == 0)
		continuation_init_ids(&s->text, s->speech->tokenizer,
		    chat.tokens, chat.n);
	if (rc == 0 && template_end(t) >= 0)
		rc = config_add_eos(c, (uint32_t)template_end(t));
	chat_release(&chat);
	return rc;
}

int
speak(struct speech *speech, const char *prompt)
{
	struct config c = speech->policy->config;
	struct speaking s = { .speech = speech };
	int rc = speech->template != NULL ?
	    begin_answer(&s, prompt, &c) :
	    continuation_init(&s.text, speech->tokenizer, prompt);

	if (rc == 0)
		rc = respond_add(&s.r, "text", 0, s.text.prompt, s.text.n, &c,
		    speech->respond);
	if (rc == 0)
		rc = decode_run(&c, &speech->policy->params, speech->how,
		    s.r.job, s.r.jobs, say_more, &s);
	for (; rc == 0 && speech->samples < s.r.jobs; speech->samples++)
		rc = say_sample(&s, speech->samples, true);
	respond_release(&s.r);
	continuation_release(&s.text);
	return rc;
}
