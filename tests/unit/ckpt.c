/* SPDX-License-Identifier: MIT */
#include "tests/policydir.h"

#include <math.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/scratch.h"
#include "tests/tap.h"

/* The file again with tensors changed by fn, which gets each and its index. */
static void
rewrite(const char *from, const char *to,
    bool (*fn)(struct st_tensor *, size_t))
{
	struct safetensors *s = st_open(from);
	struct st_tensor *t;
	size_t i, n = 0;

	need(s == NULL ? -1 : 0);
	t = mem_alloc(st_count(s) + 1, sizeof *t);
	for (i = 0; i < st_count(s); i++) {
		t[n] = *st_at(s, i);
		n += fn(&t[n], i);
	}
	need(st_write(to, t, n, NULL, 0, 0));
	free(t);
	st_close(s);
}

static bool
all(struct st_tensor *t, size_t i)
{
	(void)t;
	(void)i;
	return true;
}

static bool
odd(struct st_tensor *t, size_t i)
{
	(void)t;
	return i % 2 == 1;
}

static bool
even(struct st_tensor *t, size_t i)
{
	return !odd(t, i);
}

static bool
but_norm(struct st_tensor *t, size_t i)
{
	(void)i;
	return strcmp(t->name, "model.norm.weight") != 0;
}

static bool
renamed(struct st_tensor *t, size_t i)
{
	static char name[] = "model.stranger";

	if (i == 3)
		t->name = name;
	return true;
}

static bool
reshaped(struct st_tensor *t, size_t i)
{
	if (i == 0) {
		t->shape[0] = 8;
		t->shape[1] = 11;
	}
	return true;
}

static bool
poisoned(struct st_tensor *t, size_t i)
{
	if (i == 5)
		((float *)t->data)[t->n - 1] = NAN;
	return true;
}

/* The first in BF16, the others as they are. */
static bool
mixed(struct st_tensor *t, size_t i)
{
	if (i == 0) {
		stored_narrow(t->data, t->data, STORED_BF16, t->n);
		t->dtype = ST_BF16;
		t->bytes = 2 * t->n;
	}
	return true;
}

static void
test_create(void)
{
	struct ckpt c, d;
	size_t total;
	int f, k;

	for (f = 0; f < FAMILY_COUNT; f++)
		for (k = ST_F32; k <= ST_BF16; k++) {
			make("p", (enum family)f, (enum st_dtype)k);
			ok(ckpt_open(&c, "p") == 0 && c.step == 0 &&
				strlen(c.id) == 32 &&
				c.dtype == (enum st_dtype)k &&
				c.tokenizer[0] == '\0' &&
				ckpt_check_finite(&c) == 0,
			    "%s in dtype %d", family_names[f], k);
			ckpt_close(&c);
			drop("p");
		}
	make("p", FAMILY_QWEN3, ST_F32);
	make("q", FAMILY_QWEN3, ST_F32);
	need(ckpt_open(&c, "p"));
	need(ckpt_open(&d, "q"));
	ok(strcmp(c.id, d.id) != 0, "a copy has another id");
	ok(ckpt_derive("q", &c, false, ST_F32, 1, NULL, NULL, &total) == -1 &&
		strcmp(err_last(), "q: exists already") == 0,
	    "%s", err_last());
	ok(ckpt_derive("no/r", &c, false, ST_F32, 1, NULL, NULL, &total) == -1,
	    "%s", err_last());
	ckpt_close(&d);
	drop("q");
	ok(ckpt_derive("q", &c, true, ST_F32, 1, NULL, NULL, &total) == 0 &&
		total == c.params.total - 88 + 8 && ckpt_open(&d, "q") == 0 &&
		d.config.scored && d.params.score != NULL &&
		d.params.score[0] != 0 &&
		memcmp(d.params.embed, c.params.embed, 88 * 4) == 0,
	    "ckpt_derive makes a classifier of a policy");
	ok(count_files(".", "tmp") == 0, "nothing is left aside");
	ckpt_close(&d);
	ckpt_close(&c);
	drop("p");
	drop("q");
}

static void
test_refusals(void)
{
	static const struct {
		bool (*fn)(struct st_tensor *, size_t);
		const char *said;
	} cases[] = {
		{ but_norm, "tensor model.norm.weight: missing" },
		{ renamed, "tensor " },
		{ reshaped,
		    "tensor model.embed_tokens.weight: expected shape "
		    "[11, 8], found [8, 11]" },
		{ poisoned, "holds a value that is not finite" },
	};
	struct ckpt c;
	size_t i;
	int rc;

	make("p", FAMILY_LLAMA, ST_F32);
	need(rename("p/model.safetensors", "p/good"));
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		rewrite("p/good", "p/model.safetensors", cases[i].fn);
		rc = ckpt_open(&c, "p");
		if (rc == 0) {
			rc = ckpt_check_finite(&c);
			ckpt_close(&c);
		}
		ok(rc == -1 &&
			strncmp(err_last(), "p/model.safetensors: ", 21) == 0 &&
			strstr(err_last(), cases[i].said) != NULL,
		    "%s", err_last());
	}
	need(unlink("p/model.safetensors"));
	ok(ckpt_open(&c, "p") == -1, "%s", err_last());
	ok(ckpt_open(&c, "nowhere") == -1, "%s", err_last());
	ok(ckpt_open(&c, "p/good") == -1, "%s", err_last());
	drop("p");
}

/* Number i of the embedding, however it is stored. */
static float
embedding(const struct ckpt *c, size_t i)
{
	float x;

	stored_widen(&x, &c->params.embed_view, i, 1);
	return x;
}

static void
test_foreign(void)
{
	struct ckpt c, d;

	make("p", FAMILY_GPT2, ST_F32);
	need(rename("p/model.safetensors", "p/ours"));
	need(ckpt_open(&c, "p") == -1 ? 0 : -1);
	rewrite("p/ours", "p/model.safetensors", all);
	need(ckpt_open(&c, "p"));
	ok(strncmp(c.id, "hf-", 3) == 0 && strlen(c.id) == 35 && c.step == 0,
	    "weights without an id get a hash of their header: %s", c.id);
	need(ckpt_open(&d, "p"));
	ok(strcmp(c.id, d.id) == 0,
	    "the hashed id is the same when opened again");
	need(ckpt_commit(&d, &d.params, NULL, 0, 1, CKPT_SYNC_NEVER, 0));
	ok(ckpt_refresh(&c) == 1 && c.step == 1 && strcmp(c.id, d.id) == 0,
	    "a commit keeps the hashed id");
	ckpt_close(&d);
	ckpt_close(&c);
	drop("p");

	make("p", FAMILY_LLAMA, ST_F32);
	need(ckpt_open(&c, "p"));
	rewrite("p/model.safetensors", "p/model.safetensors", mixed);
	need(ckpt_open(&d, "p"));
	ok(d.dtype == ST_F32 &&
		fabsf(embedding(&d, 5) - c.params.embed[5]) < 1e-3f &&
		memcmp(d.params.head, c.params.head, 88 * 4) == 0,
	    "mixed types are read, and written as float32");
	ok(ckpt_refresh(&c) == -1, "ckpt_refresh refuses another policy: %s",
	    err_last());
	ckpt_close(&c);
	ckpt_close(&d);
	drop("p");
}

/* A space more in the header: no float is aligned then. */
static void
test_unaligned(void)
{
	const char *path = "p/model.safetensors";
	struct buf b = { 0 };
	struct ckpt c, d;
	size_t n, header;
	char *text;

	make("p", FAMILY_LLAMA, ST_F32);
	need(ckpt_open(&c, "p"));
	text = read_file(path, 1 << 20, &n);
	need(text == NULL ? -1 : 0);
	header = (unsigned char)text[0] + 256u * (unsigned char)text[1];
	buf_add(&b, text, 8 + header);
	buf_addc(&b, ' ');
	buf_add(&b, text + 8 + header, n - 8 - header);
	b.p[0] = (char)(header + 1);
	need(unlink(path));
	put_bytes(path, b.p, b.n);
	ok(ckpt_open(&d, "p") == 0 && d.dtype == ST_F32 && d.wide != NULL &&
		memcmp(d.wide, d.params.embed, 88 * 4) == 0 &&
		memcmp(c.params.embed, d.params.embed, 88 * 4) == 0 &&
		memcmp(c.params.head, d.params.head, 88 * 4) == 0,
	    "weights that are not aligned are widened: %s", err_last());
	ckpt_close(&d);
	ckpt_close(&c);
	buf_release(&b);
	free(text);
	drop("p");
}

/* An index that says where tensors are: by turns in two files. */
static void
put_index(const char *path, const char *one, const char *two)
{
	struct safetensors *s = st_open("p/good");
	struct buf b = { 0 };
	size_t i;

	need(s == NULL ? -1 : 0);
	buf_adds(&b, "{\"metadata\":{},\"weight_map\":{");
	for (i = 0; i < st_count(s); i++)
		buf_addf(&b, "%s\"%s\":\"%s\"", i > 0 ? "," : "",
		    st_at(s, i)->name, i % 2 == 0 ? one : two);
	buf_adds(&b, "}}");
	put(path, buf_text(&b));
	buf_release(&b);
	st_close(s);
}

static void
test_shards(void)
{
	static const char *const names[] = { "../p/a.st", "/etc/passwd", "",
		"nowhere.st", "..", "." };
	const char *index = "p/model.safetensors.index.json";
	struct ckpt c, d;
	size_t i;

	make("p", FAMILY_LLAMA, ST_F32);
	need(ckpt_open(&d, "p"));
	need(rename("p/model.safetensors", "p/good"));
	rewrite("p/good", "p/a.st", even);
	rewrite("p/good", "p/b.st", odd);
	put_index(index, "a.st", "b.st");
	ok(ckpt_open(&c, "p") == 0 && c.files == 2 &&
		memcmp(c.params.head, d.params.head, 88 * 4) == 0,
	    "two shards are opened: %s", err_last());
	ok(ckpt_refresh(&c) == 0, "ckpt_refresh finds shards unchanged");
	need(ckpt_commit(&c, &d.params, NULL, 0, 1, CKPT_SYNC_NOW, 0));
	ok(count_files("p", "") == 3 && !file_exists(index),
	    "a commit replaces shards by one file, and leaves other files");
	ok(ckpt_refresh(&c) == 1 && c.files == 1 && c.step == 1,
	    "ckpt_refresh reads the file in place of the shards");
	ckpt_close(&c);
	ckpt_close(&d);
	need(unlink("p/model.safetensors"));
	rewrite("p/good", "p/a.st", even);
	for (i = 0; i < sizeof names / sizeof names[0]; i++) {
		put_index(index, "a.st", names[i]);
		ok(ckpt_open(&c, "p") == -1 &&
			strncmp(err_last(), index, strlen(index)) == 0,
		    "%s", err_last());
	}
	put(index, "{\"weight_map\":[1]}");
	ok(ckpt_open(&c, "p") == -1, "%s", err_last());
	put(index, "{\"weight_map\":{\"a\":5}}");
	ok(ckpt_open(&c, "p") == -1, "%s", err_last());
	drop("p");
}

int
main(void)
{
	scratch_enter();
	test_create();
	test_refusals();
	test_foreign();
	test_unaligned();
	test_shards();
	scratch_leave();
	return tap_done();
}
