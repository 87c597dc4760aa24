/* SPDX-License-Identifier: MIT */
#include "likelihood/newpolicy.h"

#include <unistd.h>

#include "base/buf.h"
#include "io/directory.h"
#include "text/bpetrain.h"
#include "text/chat.h"
#include "text/tokenizer.h"

/*
 * Take vocabulary size and special tokens from an existing tokenizer; why:
 * the end of answers by its chat template is not known.
 */
static int
adopt_tokenizer(const struct newpolicy *new, struct config *c, struct buf *why)
{
	struct tokenizer *tokenizer = tokenizer_open(new->tokenizer);
	int64_t end;
	size_t n;
	int rc = 0;

	if (tokenizer == NULL)
		return -1;
	n = tokenizer_vocab(tokenizer);
	if (new->vocab_given && c->V < n)
		rc = fail("a vocabulary of %zu: %s has %zu tokens", c->V,
		    new->tokenizer, n);
	c->V = new->vocab_given ? c->V : n;
	c->bos = tokenizer_bos(tokenizer);
	c->eos_count = tokenizer_eos(tokenizer) >= 0;
	c->eos[0] = c->eos_count > 0 ? (uint32_t)tokenizer_eos(tokenizer) : 0;
	/* answers by the chat template may end with another token */
	if (rc == 0 &&
	    (template_end_of(new->tokenizer, tokenizer, &end) != 0 ||
		(end >= 0 && config_add_eos(c, (uint32_t)end) != 0)))
		buf_adds(why, err_last());
	tokenizer_close(tokenizer);
	return rc;
}

/* Other tools read weights where they lie, so the stored bytes must fit. */
static int
check_size(const struct params *p, enum st_dtype dtype)
{
	size_t have =
	    (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);

	if (p->total > have / st_dtype_size(dtype))
		return fail("%zu parameters do not fit %zu MiB of memory",
		    p->total, have >> 20);
	return 0;
}

static int
make_random(const char *dir, const struct newpolicy *new,
    const struct ckpt_new *files, const struct config *c, size_t *total)
{
	struct ckpt_new how = *files;
	struct params p;
	int rc;

	params_init(&p, c, NULL);
	how.config = c;
	how.params = &p;
	how.seed = new->seed;
	how.dtype = new->dtype;
	how.finish = new->finish;
	*total = p.total;
	rc = check_size(&p, new->dtype);
	if (rc == 0)
		rc = ckpt_create(dir, &how);
	params_release(&p);
	return rc;
}

int
newpolicy_make(const char *dir, const struct newpolicy *new, struct config *c,
    size_t *total)
{
	struct buf json = { 0 }, about = { 0 }, ends = { 0 }, why = { 0 };
	const struct ckpt_text text[] = { { "generation_config.json", &ends },
		{ "tokenizer.json", &json },
		{ "tokenizer_config.json", &about } };
	struct ckpt_new files = { .text = text, .texts = 1 };
	int rc = config_new(c, &new->sizes);

	if (rc == 0 && new->tokenizer != NULL && is_directory(new->tokenizer)) {
		rc = adopt_tokenizer(new, c, &why);
		files.extras = new->tokenizer;
		files.texts = 0;
	} else if (rc == 0 && new->tokenizer != NULL) {
		rc = bpe_train_file(new->tokenizer, c->V, c->context, &json,
		    &about);
		files.texts = 3;
	}
	buf_adds(&ends,
	    "{\n  \"bos_token_id\": 0,\n  \"eos_token_id\": 1\n}\n");
	if (rc == 0)
		rc = make_random(dir, new, &files, c, total);
	if (rc == 0 && why.n > 0) {
		(void)fail("%s: %s; the end of its answers is not known",
		    new->tokenizer, buf_text(&why));
		rc = 1;
	}
	buf_release(&json);
	buf_release(&about);
	buf_release(&ends);
	buf_release(&why);
	return rc;
}
