/* SPDX-License-Identifier: MIT */
#include "serve/answer.h"

#include <inttypes.h>
#include <string.h>

#include "io/json.h"
#include "serve/logprobs.h"
#include "text/readable.h"

static void
put_text(struct buf *out, const struct buf *raw)
{
	struct buf text = { 0 };

	readable_utf8(&text, raw->p, raw->n);
	json_put_string(out, text.p, text.n);
	buf_release(&text);
}

static void
put_head(struct buf *out, const struct answer_head *h, const char *object)
{
	const struct ckpt *p = &h->served->policy;
	struct buf print = { 0 };

	buf_addf(out, "{\"id\":\"%s-%" PRIu64 "\",\"object\":\"%s\"",
	    h->request->chat ? "chatcmpl" : "cmpl", h->number, object);
	buf_addf(out, ",\"created\":%ld,\"model\":", h->created);
	json_put_string(out, h->served->name.p, h->served->name.n);
	buf_addf(&print, "%s@%" PRIu64, p->id, p->step);
	buf_adds(out, ",\"system_fingerprint\":");
	put_text(out, &print);
	buf_adds(out, ",\"choices\":[");
	buf_release(&print);
}

static void
put_usage(struct buf *out, const struct request *r)
{
	const size_t prompts = request_prompt_tokens(r);
	const size_t drawn = request_drawn(r);

	buf_addf(out,
	    ",\"usage\":{\"prompt_tokens\":%zu,\"completion_tokens\":%zu,"
	    "\"total_tokens\":%zu}",
	    prompts, drawn, prompts + drawn);
}

static void
put_reason(struct buf *out, const struct choice *c)
{
	buf_addf(out, ",\"finish_reason\":\"%s\"",
	    c->job.ended || c->job.stopped ? "stop" : "length");
}

static void
put_choice(struct buf *out, const struct request *r, const struct choice *c,
    const struct tokenizer *t)
{
	struct buf text = { 0 };

	if (r->echo)
		tokenizer_decode(t, c->prompt->tokens, c->prompt->n, false,
		    &text);
	buf_add(&text, c->said.p, c->said.n);
	if (r->chat) {
		buf_adds(out,
		    ",\"message\":{\"role\":\"assistant\","
		    "\"content\":");
		put_text(out, &text);
		buf_adds(out, "},\"logprobs\":");
		logprobs_put_chat(out, r, c, t);
	} else {
		buf_adds(out, ",\"text\":");
		put_text(out, &text);
		buf_adds(out, ",\"logprobs\":");
		logprobs_put(out, r, c, t);
	}
	buf_release(&text);
}

void
answer_put(struct buf *out, const struct answer_head *h)
{
	const struct request *r = h->request;
	size_t i;

	put_head(out, h, r->chat ? "chat.completion" : "text_completion");
	for (i = 0; i < r->choices; i++) {
		buf_addf(out, i > 0 ? ",{\"index\":%zu" : "{\"index\":%zu", i);
		put_choice(out, r, &r->choice[i], h->served->tokenizer);
		put_reason(out, &r->choice[i]);
		buf_addc(out, '}');
	}
	buf_addc(out, ']');
	put_usage(out, r);
	buf_addc(out, '}');
}

static void
begin_event(struct buf *out, const struct answer_head *h)
{
	buf_adds(out, "data: ");
	put_head(out, h,
	    h->request->chat ? "chat.completion.chunk" : "text_completion");
}

static void
end_event(struct buf *out, const struct answer_head *h)
{
	buf_adds(out, h->request->usage ? "],\"usage\":null}\n\n" : "]}\n\n");
}

void
answer_event(struct buf *out, const struct answer_head *h, size_t i,
    const struct buf *text)
{
	begin_event(out, h);
	buf_addf(out, "{\"index\":%zu,", i);
	buf_adds(out,
	    !h->request->chat ? "\"text\":" :
		text->n == 0  ? "\"delta\":{\"role\":\"assistant\","
				"\"content\":" :
				"\"delta\":{\"content\":");
	put_text(out, text);
	buf_adds(out, h->request->chat ? "}" : "");
	buf_adds(out, ",\"logprobs\":null,\"finish_reason\":null}");
	end_event(out, h);
}

void
answer_closing(struct buf *out, const struct answer_head *h, size_t i)
{
	begin_event(out, h);
	buf_addf(out, "{\"index\":%zu,%s,\"logprobs\":null", i,
	    h->request->chat ? "\"delta\":{}" : "\"text\":\"\"");
	put_reason(out, &h->request->choice[i]);
	buf_addc(out, '}');
	end_event(out, h);
}

void
answer_end(struct buf *out, const struct answer_head *h)
{
	if (h->request->usage) {
		begin_event(out, h);
		buf_addc(out, ']');
		put_usage(out, h->request);
		buf_adds(out, "}\n\n");
	}
	buf_adds(out, "data: [DONE]\n\n");
}

void
answer_error(struct buf *out, int status, const char *message)
{
	const struct buf words = { (char *)message, strlen(message), 0 };
	const char *kind = status == 401 ? "authentication_error" :
	    status >= 500                ? "server_error" :
					   "invalid_request_error";

	buf_adds(out, "{\"error\":{\"message\":");
	put_text(out, &words);
	buf_addf(out, ",\"type\":\"%s\",\"param\":null,\"code\":", kind);
	buf_adds(out, status == 401 ? "\"invalid_api_key\"}}" : "null}}");
}
