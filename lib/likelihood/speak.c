/* SPDX-License-Identifier: MIT */
#include "likelihood/speak.h"

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

int
speak(struct speech *speech, const char *prompt)
{
	const struct ckpt *p = speech->policy;
	struct speaking s = { .speech = speech };
	int rc = continuation_init(&s.text, speech->tokenizer, prompt);

	if (rc == 0)
		rc = respond_add(&s.r, "text", 0, s.text.prompt, s.text.n,
		    &p->config, speech->respond);
	if (rc == 0)
		rc = decode_run(&p->config, &p->params, speech->how, s.r.job,
		    s.r.jobs, say_more, &s);
	for (; rc == 0 && speech->samples < s.r.jobs; speech->samples++)
		rc = say_sample(&s, speech->samples, true);
	respond_release(&s.r);
	continuation_release(&s.text);
	return rc;
}
