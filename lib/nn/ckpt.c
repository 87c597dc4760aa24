/* SPDX-License-Identifier: MIT */
#include "nn/ckpt_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/par.h"
#include "io/atomic.h"
#include "io/directory.h"
#include "io/hash.h"
#include "io/identity.h"
#include "io/json.h"
#include "nn/config_json.h"
#include "nn/family.h"
#include "nn/params_names.h"

const char ckpt_live_name[] = "live.safetensors";

enum { INDEX_MAX = 8 << 20, TOKENIZER_MAX = 256 << 20, SHARDS_MAX = 1024 };

char *
ckpt_path(const struct ckpt *c, const char *name)
{
	struct buf b = { 0 };

	buf_addf(&b, "%s/%s", c->dir, name);
	return buf_text(&b);
}

uint64_t
ckpt_identity(const struct ckpt *c, const char *name)
{
	char *path = ckpt_path(c, name);
	uint64_t id = identity_at(path);

	free(path);
	return id;
}

static void
close_files(struct ckpt *c)
{
	size_t i;

	for (i = 0; i < c->files; i++)
		st_close(c->file[i]);
	c->files = 0;
}

static int
open_one(struct ckpt *c, const char *name)
{
	char *path = ckpt_path(c, name);
	struct safetensors *s = st_open(path);

	free(path);
	if (s == NULL)
		return -1;
	c->file = mem_grow(c->file, &c->file_cap, c->files + 1,
	    sizeof(struct safetensors *));
	c->file[c->files++] = s;
	return 0;
}

/* A shard is a plain file name in the directory; each is opened once. */
static int
open_shard(struct ckpt *c, const char *name, const char **seen, size_t *n)
{
	size_t i;

	for (i = 0; i < *n; i++)
		if (strcmp(seen[i], name) == 0)
			return 0;
	if (name[0] == '\0' || name[0] == '.' || strchr(name, '/') != NULL)
		return fail("\"%s\" is no file of this directory", name);
	if (*n == SHARDS_MAX)
		return fail("more than %d shards", SHARDS_MAX);
	seen[(*n)++] = name;
	return open_one(c, name);
}

static int
open_shards(struct ckpt *c, const char *path)
{
	struct json *j = json_read_file(path, INDEX_MAX);
	const struct json *map = json_get(j, "weight_map");
	const char **seen = mem_alloc(SHARDS_MAX, sizeof *seen), *name;
	size_t n = 0;
	void *it;
	int rc = j == NULL ? -1 : 0;

	if (rc == 0 &&
	    (map == NULL || json_kind(map) != JSON_T_OBJECT ||
		json_count(map) == 0))
		rc = fail("%s: key \"weight_map\": expected names of tensors "
			  "and their files",
		    path);
	for (it = rc == 0 ? json_next(map, NULL) : NULL; it != NULL && rc == 0;
	     it = json_next(map, it)) {
		name = json_text(json_value(it), NULL);
		rc = name == NULL ? fail("expected the name of a file") :
				    open_shard(c, name, seen, &n);
		if (rc != 0)
			(void)fail_in("%s: tensor %s", path,
			    json_key(it, NULL));
	}
	free(seen);
	json_free(j);
	return rc;
}

static int
open_files(struct ckpt *c)
{
	const char *name = c->live ? ckpt_live_name : ckpt_weights_name(c);
	char *one = ckpt_path(c, name);
	char *index = ckpt_path(c, "model.safetensors.index.json");
	int rc;

	free(c->weights);
	c->shards = c->adapter == NULL && !c->live && !file_exists(one) &&
	    file_exists(index);
	c->weights = c->shards ? index : one;
	free(c->shards ? one : index);
	if (c->shards)
		rc = open_shards(c, c->weights);
	else
		rc = open_one(c, c->fallback != NULL ? c->fallback : name);
	if (rc == 0)
		c->identity = c->fallback != NULL ? identity_at(c->weights) :
						    st_identity(c->file[0]);
	return rc;
}

struct st_tensor *
ckpt_find_tensor(const struct ckpt *c, const char *name)
{
	struct st_tensor *t = NULL;
	size_t i;

	for (i = 0; i < c->files && t == NULL; i++)
		t = st_find(c->file[i], name);
	return t;
}

static bool
has_tensor(const void *ckpt, const char *name)
{
	return ckpt_find_tensor(ckpt, name) != NULL;
}

static const char *
find_prefix(const struct ckpt *c)
{
	return params_find_prefix(&c->config, has_tensor, c);
}

static void
put_shape(struct buf *b, const size_t *shape, size_t dims)
{
	size_t i;

	buf_addc(b, '[');
	for (i = 0; i < dims; i++)
		buf_addf(b, i > 0 ? ", %zu" : "%zu", shape[i]);
	buf_addc(b, ']');
}

static int
check_tensor(const struct tensor *want, const struct st_tensor *t)
{
	const size_t shape[ST_DIMS] = { want->rows, want->cols };
	struct buf b = { 0 };

	if (t == NULL)
		return fail("tensor %s: missing", want->name);
	if (t->dtype == ST_OTHER)
		return fail("tensor %s: its dtype is not F32, F16 or BF16",
		    want->name);
	if (t->dims == want->dims &&
	    memcmp(t->shape, shape, t->dims * sizeof *shape) == 0)
		return 0;
	buf_addf(&b, "tensor %s: expected shape ", want->name);
	put_shape(&b, shape, want->dims);
	buf_adds(&b, ", found ");
	put_shape(&b, t->shape, t->dims);
	(void)fail("%s", buf_text(&b));
	buf_release(&b);
	return -1;
}

/* Aligned F32 is used in the map. */
static bool
mapped(const struct st_tensor *t)
{
	return t->dtype == ST_F32 && (uintptr_t)t->data % sizeof(float) == 0;
}

struct widening {
	float *to;
	const struct st_tensor *from;
};

static void
widen(size_t i, void *arg)
{
	const struct widening *w = (const struct widening *)arg + i;

	if (w->to != NULL)
		stored_widen(w->to,
		    &(struct stored){ w->from->data,
			(enum stored_type)w->from->dtype },
		    0, w->from->n);
}

/* Matrices of the forward pass are read as they are stored. */
static bool
viewed(const struct ckpt *c, const struct tensor *to, const struct st_tensor *t)
{
	return c->adapter == NULL && to->dims == 2 && t->dtype != ST_F32;
}

/* Point the parameters into the maps; widen the others into memory. */
static void
bind(struct ckpt *c, struct params *p, const struct st_tensor **t, size_t wide)
{
	struct widening *w = mem_alloc(p->tensors, sizeof *w);
	size_t i, at = 0;

	if (wide > c->wide_cap) {
		mem_block_free(c->wide);
		c->wide = mem_block(wide);
		c->wide_cap = wide;
	}
	for (i = 0; i < p->tensors; i++) {
		if (mapped(t[i]))
			params_point(p, i, t[i]->data);
		else if (viewed(c, &p->tensor[i], t[i]))
			params_view(p, i,
			    &(struct stored){ t[i]->data,
				(enum stored_type)t[i]->dtype });
		if (mapped(t[i]) || viewed(c, &p->tensor[i], t[i])) {
			p->tensor[i].mapped = true;
			continue;
		}
		w[i] = (struct widening){ c->wide + at, t[i] };
		params_point(p, i, c->wide + at);
		at += t[i]->n;
	}
	par_for(p->tensors, widen, w);
	free(w);
}

static int
find_all(struct ckpt *c)
{
	struct params *p = ckpt_trained(c);
	const struct st_tensor **t =
	    mem_alloc(p->tensors, sizeof(struct st_tensor *));
	struct tensor *want;
	size_t i, wide = 0;
	int rc = 0;

	for (i = 0; i < p->tensors && rc == 0; i++) {
		want = &p->tensor[i];
		t[i] = ckpt_find_tensor(c, want->name);
		rc = check_tensor(want, t[i]);
		if (rc != 0)
			break;
		if (i == 0 || c->dtype != t[i]->dtype) /* mixed: F32 */
			c->dtype = i == 0 ? t[i]->dtype : ST_F32;
		if (!mapped(t[i]) && !viewed(c, want, t[i]))
			wide += want->n;
	}
	if (rc == 0)
		rc = ckpt_check_strangers(c, p);
	if (rc == 0)
		bind(c, p, t, wide);
	free(t);
	return rc;
}

/* Files of others have no id: a hash of headers and sizes is it. */
static int
read_identity(struct ckpt *c)
{
	const char *id = st_meta(c->file[0], "apprentice.id");
	const char *step = st_meta(c->file[0], "apprentice.step"), *text;
	char hex[HASH_HEX];
	struct buf b = { 0 };
	size_t i, n;

	c->step = 0;
	if (step != NULL && num_u64(step, 0, INT64_MAX, &c->step) != 0)
		return fail_in("apprentice.step");
	if (id != NULL) {
		if (strlen(id) >= CKPT_ID)
			return fail("apprentice.id is longer than %d",
			    CKPT_ID - 1);
		memcpy(c->id, id, strlen(id) + 1);
		return 0;
	}
	for (i = 0; i < c->files; i++) {
		text = st_header(c->file[i], &n);
		buf_add(&b, text, n);
		buf_addf(&b, "%zu", st_size(c->file[i]));
	}
	hash_hex(hex, b.p, b.n);
	(void)snprintf(c->id, sizeof c->id, "hf-%s", hex);
	buf_release(&b);
	return 0;
}

static int
read_tokenizer(struct ckpt *c)
{
	char *path = ckpt_path(c, "tokenizer.json"), *text;
	size_t n;
	int rc = 0;

	if (file_exists(path)) {
		text = read_file(path, TOKENIZER_MAX, &n);
		rc = text == NULL ? -1 : 0;
		if (rc == 0)
			hash_hex(c->tokenizer, text, n);
		free(text);
	}
	free(path);
	return rc;
}

/* Find the last layer in the file before a table of all is allocated. */
static int
check_layers(const struct ckpt *c)
{
	char *name = params_last_layer(&c->config, find_prefix(c));
	int rc = ckpt_find_tensor(c, name) != NULL ?
	    0 :
	    fail("tensor %s: missing", name);

	free(name);
	return rc;
}

static int
make_table(struct ckpt *c)
{
	if (c->adapter != NULL)
		return ckpt_bind_adapter(c);
	if (check_layers(c) != 0)
		return fail_in("%s", c->weights);
	params_init(&c->params, &c->config, find_prefix(c));
	return 0;
}

int
ckpt_load(struct ckpt *c)
{
	close_files(c);
	if (open_files(c) != 0 ||
	    (c->params.tensor == NULL && make_table(c) != 0))
		return -1;
	if (find_all(c) != 0 || read_identity(c) != 0 ||
	    ckpt_check_base(c) != 0)
		return fail_in("%s", c->weights);
	if (c->adapter != NULL)
		adapter_attach(c->adapter, &c->params, &c->adapter->table);
	return 0;
}

/* A policy with adapters has the config of its base, and end tokens too. */
static int
read_config(struct ckpt *c)
{
	if (c->base == NULL)
		return config_read(&c->config, c->dir);
	c->config = c->base->config;
	return config_read_ends(&c->config, c->dir);
}

int
ckpt_config(struct config *c, const char *dir)
{
	struct adapter a;
	int rc;

	if (!adapter_there(dir))
		return config_read(c, dir);
	if (adapter_read(&a, dir) != 0)
		return -1;
	rc = config_read(c, a.base);
	adapter_release(&a);
	return rc == 0 ? config_read_ends(c, dir) : -1;
}

static bool
has_file(const char *dir, const char *name)
{
	struct buf path = { 0 };
	bool there;

	buf_addf(&path, "%s/%s", dir, name);
	there = file_exists(buf_text(&path));
	buf_release(&path);
	return there;
}

/* What stands in the place of a policy. */
static int
check_directory(const char *dir)
{
	if (directory_check(dir) != 0)
		return -1;
	if (!has_file(dir, "run.json") || has_file(dir, "config.json") ||
	    has_file(dir, "adapter_config.json"))
		return 0;
	return fail_kind(ERR_RUN, dir, "%s: the folder of a run, not a policy",
	    dir);
}

int
ckpt_open(struct ckpt *c, const char *dir)
{
	int rc = -1;

	*c = (struct ckpt){ .dir = mem_dup(dir, strlen(dir)) };
	c->left = ckpt_identity(c, ckpt_live_name);
	if (check_directory(dir) == 0 && ckpt_open_base(c) == 0 &&
	    read_config(c) == 0 && read_tokenizer(c) == 0)
		rc = ckpt_load(c) == 0 ? 0 : ckpt_fall_back(c);
	if (rc < 0)
		ckpt_close(c);
	return rc;
}

void
ckpt_close(struct ckpt *c)
{
	close_files(c);
	params_release(&c->params);
	if (c->adapter != NULL)
		adapter_release(c->adapter);
	free(c->adapter);
	if (c->base != NULL)
		ckpt_close(c->base);
	free(c->base);
	free(c->file);
	mem_block_free(c->wide);
	free(c->fallback);
	free(c->weights);
	free(c->dir);
	*c = (struct ckpt){ 0 };
}
