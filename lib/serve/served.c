/* SPDX-License-Identifier: MIT */
#include "serve/served.h"

#include <string.h>

#include "base/clock.h"
#include "text/readable.h"

enum { MICRO = 4096 }; /* tokens of a micro-batch */

static void
put_token(struct buf *out, const char *key, const struct tokenizer *t,
    int64_t id)
{
	const uint32_t token = (uint32_t)id;
	struct buf raw = { 0 }, text = { 0 };

	buf_addf(out, "\"%s\":", key);
	if (id >= 0) {
		tokenizer_decode(t, &token, 1, true, &raw);
		readable_utf8(&text, raw.p, raw.n);
		json_put_string(out, text.p, text.n);
	} else {
		buf_adds(out, "null");
	}
	buf_addf(out, ",\"%s_id\":", key);
	if (id >= 0)
		buf_addf(out, "%lld", (long long)id);
	else
		buf_adds(out, "null");
	buf_release(&raw);
	buf_release(&text);
}

/* The end and beginning tokens, and the template's source. */
static void
describe(struct served *s)
{
	struct buf *b = &s->about;
	const char *source =
	    s->template != NULL ? template_text(s->template) : NULL;

	buf_addc(b, '{');
	put_token(b, "bos_token", s->tokenizer, tokenizer_bos(s->tokenizer));
	buf_addc(b, ',');
	put_token(b, "eos_token", s->tokenizer, tokenizer_eos(s->tokenizer));
	buf_addf(b, ",\"vocab_size\":%zu,\"max_model_len\":%zu",
	    tokenizer_vocab(s->tokenizer), s->policy.config.context);
	buf_addf(b, ",\"fingerprint\":\"%s\",\"chat_template\":",
	    tokenizer_fingerprint(s->tokenizer));
	if (source != NULL)
		json_put_string(b, source, strlen(source));
	else
		buf_adds(b, "null");
	buf_addc(b, '}');
}

int
served_open(struct served *s, const char *dir)
{
	size_t n = strlen(dir);

	if (s->policy.config.scored)
		return fail("%s: a sequence classifier, which has no responses",
		    dir);
	while (n > 1 && dir[n - 1] == '/')
		n--;
	readable_utf8(&s->name, dir, n);
	s->created = (long)clock_date();
	if ((s->tokenizer = tokenizer_open(dir)) == NULL ||
	    (s->template = template_find(dir, NULL)) == NULL)
		return -1;
	if (template_is_plain(s->template)) {
		template_free(s->template);
		s->template = NULL;
	} else if (template_fit(s->template, s->tokenizer) != 0) {
		return -1;
	}
	s->likelihood = likelihood_new(&s->policy.config, MICRO);
	describe(s);
	return 0;
}

void
served_close(struct served *s)
{
	likelihood_free(s->likelihood);
	template_free(s->template);
	tokenizer_close(s->tokenizer);
	buf_release(&s->name);
	buf_release(&s->about);
	ckpt_close(&s->policy);
}

int
served_refresh(struct served *s)
{
	int rc;

	if (!s->follow)
		return 0;
	rc = ckpt_refresh(&s->policy);
	if (rc > 0 && ckpt_check_finite(&s->policy) != 0)
		rc = -1;
	if (rc == 0 && s->lost)
		return fail("%s: the newest step cannot be read",
		    s->policy.dir);
	s->lost = rc < 0;
	return rc < 0 ? -1 : 0;
}

bool
served_outdated(const struct served *s)
{
	return s->follow && ckpt_outdated(&s->policy);
}
