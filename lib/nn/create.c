/* SPDX-License-Identifier: MIT */
/*
 * A new policy is written into DIR.tmp.PID, which is then renamed: DIR is a
 * whole policy, or it does not exist.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "io/atomic.h"
#include "nn/ckpt_parts.h"
#include "nn/config_json.h"
#include "nn/create.h"
#include "nn/params_names.h"
#include "tensor/gemm.h"

enum { BESIDE_MAX = 256 << 20 };

const char *const *
ckpt_extra_files(void)
{
	static const char *const names[] = { "generation_config.json",
		"tokenizer.json", "tokenizer_config.json",
		"special_tokens_map.json", "added_tokens.json", "vocab.json",
		"merges.txt", "tokenizer.model", "chat_template.jinja", NULL };

	return names;
}

void
ckpt_new_id(char id[CKPT_ID])
{
	unsigned char bytes[16];
	size_t i;

	/* Once the system has random bytes, so few come in one piece. */
	while (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
		continue;
	for (i = 0; i < sizeof bytes; i++)
		(void)snprintf(id + 2 * i, 3, "%02x", bytes[i]);
}

static int
write_text(const char *dir, const char *name, const void *p, size_t n)
{
	struct buf path = { 0 };
	struct atomic *a;
	int rc;

	buf_addf(&path, "%s/%s", dir, name);
	a = atomic_open(buf_text(&path));
	rc = a == NULL ? -1 : atomic_write(a, p, n);
	if (rc == 0)
		rc = atomic_commit(a, true);
	else
		atomic_abort(a);
	buf_release(&path);
	return rc;
}

int
ckpt_copy_file(const char *to, const char *from, const char *name)
{
	struct buf path = { 0 };
	char *text;
	size_t n;
	int rc = 0;

	buf_addf(&path, "%s/%s", from, name);
	if (file_exists(buf_text(&path))) {
		text = read_file(path.p, BESIDE_MAX, &n);
		rc = text == NULL ? -1 : write_text(to, name, text, n);
		free(text);
	}
	buf_release(&path);
	return rc;
}

static int
write_config(const char *dir, const struct ckpt_new *w)
{
	struct buf json = { 0 };
	int rc = 0;

	if (w->base != NULL)
		rc = config_derive(w->config, w->dtype, w->base, &json);
	else
		config_write(w->config, w->dtype, &json);
	if (rc == 0)
		rc = write_text(dir, "config.json", json.p, json.n);
	buf_release(&json);
	return rc;
}

/* All its files, into an empty folder `dir`; `to` is for messages. */
static int
fill(const char *dir, const char *to, const struct ckpt_new *w)
{
	const char *const *name = ckpt_extra_files();
	struct atomic *weights;
	char id[CKPT_ID];
	struct buf b = { 0 };
	size_t i;
	int rc = w->adapted == NULL ? write_config(dir, w) : 0;

	for (; rc == 0 && w->extras != NULL && *name != NULL; name++)
		rc = ckpt_copy_file(dir, w->extras, *name);
	for (i = 0; i < w->texts && rc == 0; i++)
		rc = write_text(dir, w->text[i].name, w->text[i].text->p,
		    w->text[i].text->n);
	if (rc == 0 && w->finish != NULL)
		rc = w->finish->run(w->finish->arg, dir);
	if (rc != 0)
		return -1;
	ckpt_new_id(id);
	buf_addf(&b,
	    w->adapted == NULL ? "%s/model.safetensors" :
				 "%s/adapter_model.safetensors",
	    dir);
	weights = ckpt_weights_aside(
	    &(struct ckpt_weights){ to, buf_text(&b), w->params, w->dtype, id,
		0, w->adapted, w->config, w->seed, w->source });
	buf_release(&b);
	return weights == NULL ? -1 : atomic_commit(weights, true);
}

/* rename(2) that fails if `to` exists, even as an empty folder. */
static int
rename_new(const char *from, const char *to)
{
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	return rename(from, to); /* this file system has no such flag */
}

/* The folder of the new policy, locked (io/atomic.h); -1 on failure. */
static int
make_aside(const char *aside, const char *to)
{
	int fd;

	remove_path(aside);
	if (mkdir(aside, 0777) != 0)
		return fail_sys("%s", to);
	fd = open(aside, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fail_sys("%s", to);
	(void)flock(fd, LOCK_EX | LOCK_NB);
	return fd;
}

int
ckpt_create(const char *dir, const struct ckpt_new *w)
{
	size_t n = strlen(dir);
	struct buf aside = { 0 };
	struct stat st;
	char *to;
	int fd, rc;

	while (n > 1 && dir[n - 1] == '/')
		n--;
	to = mem_dup(dir, n);
	buf_addf(&aside, "%s.tmp.%ld", to, (long)getpid());
	atomic_sweep(to);
	if (lstat(to, &st) == 0)
		rc = fail("%s: exists already", to);
	else if ((fd = make_aside(buf_text(&aside), to)) < 0)
		rc = -1;
	else {
		rc = fill(aside.p, to, w);
		if (rc == 0 && rename_new(aside.p, to) != 0)
			rc = fail_sys("%s", to);
		if (rc != 0)
			remove_path(aside.p);
		(void)close(fd);
	}
	buf_release(&aside);
	free(to);
	return rc;
}

int
ckpt_derive(const char *dir, const struct ckpt *base, bool scored,
    enum st_dtype dtype, uint64_t seed, const struct ckpt_finish *finish,
    const struct ckpt_source *source, size_t *total)
{
	struct config c = base->config;
	struct params p;
	const char *home = base->base != NULL ? base->base->dir : base->dir;
	struct ckpt_new w = { &c, &p, dtype, home, base->dir, .seed = seed,
		.source = source, .finish = finish };
	char *prefix = params_prefix(&base->params, &base->config);
	size_t i, k;
	int rc;

	c.scored |= scored;
	params_init(&p, &c, prefix);
	for (i = 0; source == NULL && i < p.tensors; i++) {
		k = params_find(&base->params, p.tensor[i].name);
		if (k != (size_t)-1)
			params_share(&p, i, &base->params, k);
	}
	/* The language model inside a larger one becomes one of its own. */
	if (c.inside)
		params_rename(&p, &c, NULL);
	/* Adapters are multiplied out. */
	rc = base->adapter != NULL ? gemm_ready() : 0;
	if (rc == 0)
		rc = ckpt_create(dir, &w);
	*total = p.total;
	params_release(&p);
	free(prefix);
	return rc;
}

/*
 * Write BOS and EOS in the form of generation_config.json, if the base has them
 * in config.json only: some readers of tokenizers look only into the former.
 */
static bool
put_ends(struct buf *b, const struct ckpt *base)
{
	char *path = ckpt_path(base, "generation_config.json");
	const struct config *c = &base->config;
	bool needed = !file_exists(path) && c->eos_count > 0;
	size_t i;

	free(path);
	if (!needed)
		return false;
	buf_adds(b, "{");
	if (c->bos >= 0)
		buf_addf(b, "\n  \"bos_token_id\": %lld,", (long long)c->bos);
	buf_adds(b, "\n  \"eos_token_id\": [");
	for (i = 0; i < c->eos_count; i++)
		buf_addf(b, i > 0 ? ", %u" : "%u", c->eos[i]);
	buf_adds(b, "]\n}\n");
	return true;
}

int
ckpt_adapt(const char *dir, const struct ckpt *base,
    const struct adapter_spec *spec, uint64_t seed,
    const struct ckpt_finish *finish, size_t *trained, size_t *total)
{
	struct adapter a;
	struct buf json = { 0 }, ends = { 0 };
	const struct ckpt_text text[] = { { "adapter_config.json", &json },
		{ "generation_config.json", &ends } };
	struct ckpt_new w = { &base->config, &a.table, ST_F32, NULL, base->dir,
		text, 1, base, .finish = finish };
	int rc = adapter_init(&a, spec, &base->params);

	a.base = realpath(base->dir, NULL);
	if (rc != 0)
		(void)fail_in("%s", base->dir);
	else if (base->adapter != NULL)
		rc = fail_kind(ERR_ADAPTERS, base->dir,
		    "%s: has adapters itself", base->dir);
	else if (spec->rank > base->config.D)
		rc = fail("a rank of %zu is more than the width of %s, %zu",
		    spec->rank, base->dir, base->config.D);
	else
		rc = a.base == NULL ?
		    fail_sys("%s", base->dir) :
		    adapter_bind(&a, &base->params, &base->config);
	if (rc == 0) {
		params_alloc(&a.table);
		adapter_random(&a, &base->params, seed);
		adapter_write(&a, &base->config, &json);
		w.texts += put_ends(&ends, base);
		rc = ckpt_create(dir, &w);
	}
	*trained = a.table.total;
	*total = base->params.total;
	adapter_release(&a);
	buf_release(&json);
	buf_release(&ends);
	return rc;
}

int
ckpt_copy_adapters(const char *dir, const struct ckpt *c, enum st_dtype dtype,
    const struct ckpt_finish *finish, size_t *own)
{
	struct buf json = { 0 };
	const struct ckpt_text text = { "adapter_config.json", &json };
	struct ckpt_new w = { &c->config, NULL, dtype, NULL, c->dir, &text, 1,
		c->base, .finish = finish };
	struct adapter a;
	int rc;

	if (c->adapter == NULL)
		return fail("%s: has no adapters", c->dir);
	w.params = &c->adapter->table;
	a = *c->adapter;
	a.base = realpath(c->base->dir, NULL);
	if (a.base == NULL)
		return fail_sys("%s", c->base->dir);
	adapter_write(&a, &c->config, &json);
	rc = ckpt_create(dir, &w);
	*own = w.params->total;
	free(a.base);
	buf_release(&json);
	return rc;
}
