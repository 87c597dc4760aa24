/* SPDX-License-Identifier: MIT */
/*
 * A file that ggufwrite made is read as it was; files with one thing wrong are
 * refused by name; and files with random changes are read or refused, under
 * sanitizers without a report.
 */
#include "io/gguf.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/rng.h"
#include "io/ggufwrite.h"
#include "tests/scratch.h"
#include "tests/tap.h"

enum { CHANGES = 20000 };

static void
put(const char *path, const void *p, size_t n)
{
	FILE *f = fopen(path, "w");

	if (f == NULL || fwrite(p, 1, n, f) != n || fclose(f) != 0)
		abort();
}

/* One of everything; the first tensor is followed by padding. */
static void
write_all_kinds(const char *path)
{
	static const size_t shape[] = { 32, 2 }, three[] = { 3 };
	static const float x[] = { 1, -2, 0.5f };
	char blocks[68] = { 0 };
	struct ggufwrite w = { 0 };
	struct atomic *a;

	ggufwrite_string(&w, "general.architecture", "llama", 5);
	ggufwrite_uint(&w, "size", 7);
	ggufwrite_real(&w, "epsilon", 1e-5);
	ggufwrite_bool(&w, "yes", true);
	ggufwrite_array(&w, "words", GGUF_STRING, 2);
	ggufwrite_text(&w, "one", 3);
	ggufwrite_text(&w, "", 0);
	ggufwrite_array(&w, "kinds", GGUF_INT32, 3);
	ggufwrite_int(&w, 1);
	ggufwrite_int(&w, -2);
	ggufwrite_int(&w, 3);
	ggufwrite_array(&w, "scores", GGUF_FLOAT32, 1);
	ggufwrite_float(&w, -1.5f);
	ggufwrite_tensor(&w, "vector", BLOCK_F32, 1, three);
	ggufwrite_tensor(&w, "matrix", BLOCK_Q8_0, 2, shape);
	blocks[2] = 5;
	a = ggufwrite_begin(&w, path);
	if (a == NULL || atomic_write(a, x, sizeof x) != 0 ||
	    ggufwrite_pad(a, sizeof x) != 0 ||
	    atomic_write(a, blocks, sizeof blocks) != 0 ||
	    ggufwrite_pad(a, sizeof blocks) != 0 ||
	    atomic_commit(a, false) != 0)
		abort();
	ggufwrite_release(&w);
}

static void
test_values(const struct gguf *g)
{
	struct gguf_values v = { 0 };
	struct gguf_text t = { 0 };
	uint64_t n = 0;
	double x = 0;
	bool yes = false;

	ok(gguf_keys(g) == 7 && gguf_key_at(g, 1)->name.n == 4, "seven keys");
	ok(gguf_string(g, "general.architecture", &t) == 1 && t.n == 5 &&
		memcmp(t.p, "llama", 5) == 0,
	    "a string");
	ok(gguf_uint(g, "size", &n) == 1 && n == 7, "a whole number");
	ok(gguf_real(g, "epsilon", &x) == 1 && x == (double)1e-5f, "a number");
	ok(gguf_bool(g, "yes", &yes) == 1 && yes, "a truth value");
	ok(gguf_array(g, "words", GGUF_STRING, &v) == 1 && v.left == 2,
	    "an array of strings");
	t = gguf_next_text(&v);
	ok(t.n == 3 && memcmp(t.p, "one", 3) == 0, "its first");
	t = gguf_next_text(&v);
	ok(t.n == 0 && v.left == 0, "its last, which is empty");
	ok(gguf_array(g, "kinds", GGUF_INT32, &v) == 1 && v.left == 3 &&
		gguf_next_int(&v) == 1 && gguf_next_int(&v) == -2,
	    "an array of whole numbers");
	ok(gguf_array(g, "scores", GGUF_FLOAT32, &v) == 1 &&
		gguf_next_real(&v) == -1.5,
	    "an array of numbers");
	ok(gguf_uint(g, "none", &n) == 0 && gguf_string(g, "siz", &t) == 0 &&
		gguf_array(g, "none", GGUF_STRING, &v) == 0,
	    "other keys are not there");
	ok(gguf_uint(g, "yes", &n) == -1 && gguf_uint(g, "kinds", &n) == -1 &&
		gguf_real(g, "size", &x) == -1 &&
		gguf_bool(g, "size", &yes) == -1 &&
		gguf_string(g, "words", &t) == -1 &&
		gguf_array(g, "size", GGUF_INT32, &v) == -1 &&
		gguf_array(g, "words", GGUF_INT32, &v) == -1,
	    "another type is refused");
	ok(strcmp(err_last(),
	       "key words: expected an array of int32, found an array of "
	       "string") == 0,
	    "and named: %s", err_last());
}

static void
test_tensors(const struct gguf *g)
{
	const struct gguf_tensor *t = gguf_find_tensor(g, "vector");
	float x[3];

	ok(gguf_tensors(g) == 2 && t == gguf_tensor_at(g, 0), "two tensors");
	memcpy(x, t->data, sizeof x);
	ok(t->type == BLOCK_F32 && t->dims == 1 && t->n == 3 &&
		t->bytes == 12 && x[1] == -2,
	    "a vector");
	t = gguf_find_tensor(g, "matrix");
	ok(t->type == BLOCK_Q8_0 && t->dims == 2 && t->shape[0] == 32 &&
		t->shape[1] == 2 && t->n == 64 && t->bytes == 68 &&
		((const char *)t->data)[2] == 5,
	    "a matrix of blocks");
	ok(gguf_find_tensor(g, "matri") == NULL, "no others");
}

/* A file from the words of a test: see below. */
static void
put_words(struct buf *b, const char *words)
{
	size_t n, i;
	char kind;
	unsigned long long x;

	for (; *words != '\0'; words += n + (words[n] == ' ')) {
		n = strcspn(words, " ");
		kind = *words;
		if (kind == '"') {
			x = n - 1;
			buf_add(b,
			    (const char[]){ (char)x, 0, 0, 0, 0, 0, 0, 0 }, 8);
			buf_add(b, words + 1, n - 1);
			continue;
		}
		x = strtoull(words + 1, NULL, 0);
		for (i = 0; i < (kind == 'b'        ? 1 :
					kind == 'i' ? 4 :
						      8);
		     i++, x >>= 8)
			buf_addc(b, (char)(x & 255));
	}
}

/* b, i and l are numbers of 1, 4 and 8 bytes; " begins a text. */
static const struct {
	const char *words, *said;
} files[] = {
	{ "l0x46464646", "not a GGUF file" },
	{ "i0x46554747", "not a GGUF file" },
	{ "i0x46554747 i1 l0 l0", "version 1 of GGUF, not 2 or 3" },
	{ "i0x46554747 i0x03000000 l0 l0", "a big-endian GGUF file" },
	{ "i0x46554747 i3 l0", "the file ends here" },
	{ "i0x46554747 i3 l0 l0xffffffffffff", "281474976710655 keys do not" },
	{ "i0x46554747 i3 l0xfffffffffffff l0", "tensors do not fit" },
	{ "i0x46554747 i3 l0 l1 l0xffffffffffffffff i4 i7",
	    "key 1: 18446744073709551615 bytes, but the file has only 8 more" },
	{ "i0x46554747 i3 l0 l1 \" i4 i7 i0", "key 1: a name of 0 bytes" },
	{ "i0x46554747 i3 l0 l1 \"a i4", "key a: 1 values do not fit" },
	{ "i0x46554747 i3 l0 l1 \"a i77 i7", "key a: type 77 of a value" },
	{ "i0x46554747 i3 l0 l1 \"a i9 i9 l1 i4 l1",
	    "key a: type 9 of a value is not known in an array" },
	{ "i0x46554747 i3 l0 l1 \"a i9 i4 l0x4000000000000001 i5",
	    "key a: 4611686018427387905 values do not fit" },
	{ "i0x46554747 i3 l0 l1 \"a i9 i8 l0x2000000000000001 \"x",
	    "key a: 2305843009213693953 texts do not fit" },
	{ "i0x46554747 i3 l0 l1 \"a i7 b2", "key a: 2 is not a truth value" },
	{ "i0x46554747 i3 l0 l2 \"a i4 i7 \"a i4 i7", "key a: is there twice" },
	{ "i0x46554747 i3 l0 l1 \"general.alignment i4 i24",
	    "key general.alignment: 24 is not a power of two" },
	{ "i0x46554747 i3 l0 l1 \"general.alignment i4 i0",
	    "key general.alignment: 0 is not" },
	{ "i0x46554747 i3 l0 l1 \"general.alignment i8 \"x",
	    "key general.alignment: expected a whole number, found string" },
	{ "i0x46554747 i3 l1 l0 \"t i0 l1 l1", "tensor t: 0 dimensions" },
	{ "i0x46554747 i3 l1 l0 \"t i5 l1 l1 l1 l1 l1 i0 l0",
	    "tensor t: 5 dimensions, not 1 to 4" },
	{ "i0x46554747 i3 l1 l0 \"t i1 l0 i0 l0", "tensor t: a size of 0" },
	{ "i0x46554747 i3 l1 l0 \"t i2 l0x100000000 l0x100000000 i0 l0",
	    "tensor t: a size of 4294967296" },
	{ "i0x46554747 i3 l1 l0 \"t i1 l1 i10 l0",
	    "tensor t: its type, Q2_K (10), is not known here" },
	{ "i0x46554747 i3 l1 l0 \"t i1 l33 i8 l0",
	    "tensor t: rows of 33 numbers are not whole blocks of 32, as "
	    "Q8_0" },
	{ "i0x46554747 i3 l1 l0 \"t i1 l1 i0 l0 l0",
	    "tensor t: its 4 bytes do not fit the file" },
	{ "i0x46554747 i3 l1 l0 \"t i1 l1 i0 l32 l0 l0 l0 l0 l0 l0 l0 l0",
	    "tensor t: its data are at 32, not at 0" },
	{ "i0x46554747 i3 l2 l1 \"general.alignment i4 i1 \"t i1 l1 i0 l0 \"t "
	  "i1 l1 i0 l4 i0 i0",
	    "tensor t: is there twice" },
	{ "i0x46554747 i3 l1 l1 \"general.alignment i4 i1 \"t i1 l1 i0 l0 i0 "
	  "b0",
	    "1 bytes after the last tensor" },
};

static void
test_refused(void)
{
	struct buf b = { 0 };
	struct gguf *g;
	size_t i;

	for (i = 0; i < sizeof files / sizeof files[0]; i++) {
		buf_reset(&b);
		put_words(&b, files[i].words);
		put("f", b.p, b.n);
		g = gguf_open("f");
		ok(g == NULL && strncmp(err_last(), "f: ", 3) == 0 &&
			strstr(err_last(), files[i].said) != NULL,
		    "refused: %s (%s)", files[i].said, err_last());
		gguf_close(g);
	}
	buf_release(&b);
	ok(gguf_open("none") == NULL && gguf_open(".") == NULL,
	    "no file, and no regular one");
	(void)unlink("f");
}

/* Touch everything that a reader can. */
static unsigned
read_everything(const struct gguf *g)
{
	struct gguf_values v;
	struct gguf_text t;
	const struct gguf_key *k;
	const struct gguf_tensor *tensor;
	unsigned sum = 0;
	size_t i;

	for (i = 0; i < gguf_keys(g); i++) {
		k = gguf_key_at(g, i);
		v = (struct gguf_values){ k->type, k->count, k->at };
		while (v.left > 0 && k->type == GGUF_STRING) {
			t = gguf_next_text(&v);
			sum += t.n > 0 ? (unsigned)t.p[t.n - 1] : 0;
		}
		while (v.left > 0 && k->type != GGUF_STRING)
			sum +=
			    k->type == GGUF_FLOAT32 || k->type == GGUF_FLOAT64 ?
			    gguf_next_real(&v) > 0 :
			    (unsigned)gguf_next_int(&v);
	}
	for (i = 0; i < gguf_tensors(g); i++) {
		tensor = gguf_tensor_at(g, i);
		sum += ((const unsigned char *)tensor->data)[0];
		sum += ((const unsigned char *)tensor->data)[tensor->bytes - 1];
	}
	return sum;
}

/* Change a few bytes, sometimes to what a length may be, or cut the end off. */
static size_t
change(char *p, size_t n, struct rng *r)
{
	static const uint64_t lengths[] = { 0, 1, 0x7fffffff, 0xffffffff,
		0x7fffffffffffffff, 0xffffffffffffffff };
	size_t i, at, times = 1 + rng_below(r, 4);

	for (i = 0; i < times; i++) {
		at = rng_below(r, n - 8);
		switch (rng_below(r, 4)) {
		case 0:
			p[at] = (char)rng_u64(r);
			break;
		case 1:
			p[at] = (char)(p[at] ^ 1 << rng_below(r, 8));
			break;
		case 2:
			memcpy(p + at, &lengths[rng_below(r, 6)],
			    4 + 4 * rng_below(r, 2));
			break;
		default:
			p[at] = (char)(p[at] + (rng_below(r, 2) ? 1 : -1));
		}
	}
	return rng_below(r, 8) == 0 ? rng_below(r, n) + 1 : n;
}

/* The files lie in memory. */
static void
test_changed(void)
{
	struct rng r = rng_at(1, 0, 0, "gguf", 0);
	size_t n, i, opened = 0;
	char *p = read_file("g", 1 << 20, &n), *q = malloc(n), path[32];
	int fd = memfd_create("g", 0);
	struct gguf *g;
	unsigned sum = 0;

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	for (i = 0; i < CHANGES; i++) {
		memcpy(q, p, n);
		put(path, q, change(q, n, &r));
		g = gguf_open(path);
		opened += g != NULL;
		if (g != NULL)
			sum += read_everything(g);
		gguf_close(g);
	}
	ok(opened > 0 && opened < CHANGES,
	    "of %d changed files %zu are read, others refused", CHANGES,
	    opened);
	ok(sum != 0, "and whatever is read lies in the file");
	free(p);
	free(q);
	(void)close(fd);
}

int
main(void)
{
	struct gguf *g;

	scratch_enter();
	write_all_kinds("g");
	g = gguf_open("g");
	if (!ok(g != NULL, "a file is read again: %s", err_last()))
		return tap_done();
	test_values(g);
	test_tensors(g);
	gguf_close(g);
	test_refused();
	test_changed();
	(void)unlink("g");
	scratch_leave();
	return tap_done();
}
