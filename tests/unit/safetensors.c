/* SPDX-License-Identifier: MIT */
#include "io/safetensors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "io/atomic.h"
#include "io/identity.h"
#include "tensor/stored.h"
#include "tests/scratch.h"
#include "tests/tap.h"

static void
widen(float *out, const void *in, enum st_dtype dtype, size_t n)
{
	stored_widen(out, &(struct stored){ in, (enum stored_type)dtype }, 0,
	    n);
}

static void
narrow(void *out, const float *in, enum st_dtype dtype, size_t n)
{
	stored_narrow(out, in, (enum stored_type)dtype, n);
}

static void
put(const char *path, const void *p, size_t n)
{
	struct atomic *a = atomic_open(path);

	if (a == NULL || atomic_write(a, p, n) != 0 ||
	    atomic_commit(a, false) != 0)
		abort();
}

/* A file with this header and n bytes of data, each its number. */
static void
put_file(const char *path, const char *header, size_t n)
{
	struct buf b = { 0 };
	size_t i, h = strlen(header);

	for (i = 0; i < 8; i++)
		buf_addc(&b, (char)((uint64_t)h >> 8 * i & 255));
	buf_add(&b, header, h);
	for (i = 0; i < n; i++)
		buf_addc(&b, (char)i);
	put(path, b.p, b.n);
	buf_release(&b);
}

static void
test_round_trip(void)
{
	float x[6] = { 1, -2, 3.5f, 4, 5, 6 };
	uint16_t h[3] = { 0x3f80, 0xc000, 0x7fc0 };
	char name[] = "a \"quoted\" one", other[] = "b";
	const struct st_tensor t[] = { { .name = name,
					   .dtype = ST_F32,
					   .dims = 2,
					   .shape = { 2, 3 },
					   .n = 6,
					   .bytes = sizeof x,
					   .data = x },
		{ .name = other,
		    .dtype = ST_BF16,
		    .dims = 1,
		    .shape = { 3 },
		    .n = 3,
		    .bytes = sizeof h,
		    .data = h } };
	const char *const meta[][2] = { { "key", "va\"lue" } };
	struct safetensors *s;
	const struct st_tensor *f;
	float y[3];
	size_t n;

	ok(st_write("t", t, 2, meta, 1, 0) == 0, "writes");
	s = st_open("t");
	if (!ok(s != NULL, "the file is opened again: %s", err_last()))
		return;
	ok(st_count(s) == 2 && strcmp(st_at(s, 0)->name, name) == 0,
	    "two, in order");
	f = st_find(s, name);
	ok(f == st_at(s, 0) && f->dims == 2 && f->shape[0] == 2 &&
		f->shape[1] == 3 && f->n == 6 && f->dtype == ST_F32 &&
		memcmp(f->data, x, sizeof x) == 0,
	    "found by name, as it was");
	f = st_find(s, "b");
	widen(y, f->data, f->dtype, 3);
	ok(y[0] == 1 && y[1] == -2 && isnan(y[2]), "bfloat16 widened");
	ok(st_find(s, "c") == NULL && st_find(s, "") == NULL, "no others");
	ok(strcmp(st_meta(s, "key"), "va\"lue") == 0 &&
		strcmp(st_meta(s, "format"), "pt") == 0 &&
		st_meta(s, "none") == NULL,
	    "metadata");
	(void)st_header(s, &n);
	ok(n % 8 == 0 && st_size(s) == 8 + n + 24 + 6, "padded to eights");
	((float *)st_find(s, name)->data)[0] = 7;
	ok(st_identity(s) == identity_at("t") && st_identity(s) != 0,
	    "identity of the path");
	ok(st_write("t", t, 1, NULL, 0, 1) == 0 &&
		st_identity(s) != identity_at("t"),
	    "another once replaced");
	ok(memcmp((float *)st_find(s, name)->data + 1, x + 1, 20) == 0,
	    "the map stays");
	st_close(s);
	s = st_open("t");
	ok(s != NULL && *(float *)st_at(s, 0)->data == 1,
	    "what was changed in memory did not reach the file");
	st_close(s);
}

#define A "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}"
#define T(dtype, shape, offsets) \
	"{\"a\":{\"dtype\":" dtype ",\"shape\":" shape \
	",\"data_offsets\":" offsets "}}"

static const struct {
	const char *header;
	size_t data;
	const char *said; /* after "t: ", or NULL where it is fine */
} files[] = {
	{ "{" A "}", 8, NULL },
	{ "{" A ",\"b\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":"
	  "[8,16]}}",
	    16, NULL },
	{ "{}", 0, NULL },
	{ "[]", 0, "header: expected an object" },
	{ "{" A "}", 7,
	    "tensor a: data_offsets do not lie in 7 bytes of data" },
	{ "{" A "}", 9, "1 bytes after the last tensor" },
	{ "{" A
	  ",\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[4,8]}}",
	    8, "tensor b: overlaps another" },
	{ "{" A
	  ",\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[9,13]}}",
	    13, "tensor b: a gap before it" },
	{ "{" A "," A "}", 8, "duplicate" },
	{ "{\"a\":5}", 0, "tensor a: expected an object, found whole number" },
	{ T("\"F999\"", "[1]", "[0,4]"), 4,
	    "tensor a: dtype F999 is not known" },
	{ T("7", "[1]", "[0,4]"), 4, "tensor a: key \"dtype\"" },
	{ T("\"F32\"", "[0]", "[0,0]"), 0,
	    "tensor a: shape: expected sizes above 0" },
	{ T("\"F32\"", "[-1]", "[0,4]"), 4, "tensor a: shape: expected sizes" },
	{ T("\"F32\"", "[1.5]", "[0,4]"), 4,
	    "tensor a: shape: expected sizes" },
	{ T("\"F32\"", "\"1\"", "[0,4]"), 4,
	    "tensor a: shape: expected a list" },
	{ T("\"F32\"", "[1,1,1,1,1,1,1,1,1]", "[0,4]"), 4,
	    "tensor a: shape of 9 dimensions, more than 8" },
	{ T("\"F32\"", "[4294967296,4294967296]", "[0,4]"), 4,
	    "tensor a: shape is too large" },
	{ T("\"F32\"", "[4611686018427387904]", "[0,0]"), 0,
	    "tensor a: 0 bytes do not make its shape" },
	{ T("\"F32\"", "[1]", "[4,0]"), 4, "tensor a: data_offsets" },
	{ T("\"F32\"", "[1]", "[-4,0]"), 4, "tensor a: data_offsets" },
	{ T("\"F32\"", "[1]", "[0]"), 4, "tensor a: data_offsets" },
	{ T("\"F32\"", "[1]", "{\"0\":0,\"1\":4}"), 4,
	    "tensor a: data_offsets" },
	{ T("\"F32\"", "[1]", "[\"0\",\"4\"]"), 4, "tensor a: data_offsets" },
	{ T("\"F32\"", "[2]", "[0,4]"), 4,
	    "tensor a: 4 bytes do not make its shape" },
};

static void
test_headers(void)
{
	struct safetensors *s;
	const char *said;
	size_t i;

	for (i = 0; i < sizeof files / sizeof files[0]; i++) {
		put_file("t", files[i].header, files[i].data);
		s = st_open("t");
		said = s == NULL ? err_last() : "opened";
		ok(files[i].said == NULL ?
			s != NULL :
			s == NULL && strncmp(said, "t: ", 3) == 0 &&
			    strstr(said, files[i].said) != NULL,
		    "%.40s: %s", files[i].header, said);
		st_close(s);
	}
}

static void
test_lengths(void)
{
	static const char header[] = "\2\0\0\0\0\0\0\0{}";
	char bytes[10];
	size_t i;

	memcpy(bytes, header, sizeof bytes);
	for (i = 0; i < sizeof bytes; i++) {
		put("t", bytes, i);
		ok(st_open("t") == NULL, "%zu bytes: %s", i, err_last());
	}
	for (i = 0; i < 8; i++) {
		memcpy(bytes, header, sizeof bytes);
		bytes[i] = (char)255;
		put("t", bytes, sizeof bytes);
		ok(st_open("t") == NULL, "byte %zu is 255: %s", i, err_last());
	}
	ok(st_open("nowhere") == NULL && st_open("/") == NULL &&
		identity_at("nowhere") == 0,
	    "a missing file is refused: %s", err_last());
}

/* A header that is no multiple of the elements' size, as old files have. */
static void
test_unaligned(void)
{
	struct safetensors *s;
	float x;

	put_file("t", T("\"F32\"", "[1]", "[0,4]") " ", 4);
	s = st_open("t");
	if (!ok(s != NULL, "unaligned data: %s", err_last()))
		return;
	widen(&x, st_at(s, 0)->data, ST_F32, 1);
	ok(memcmp(&x, "\0\1\2\3", 4) == 0, "is read by its bytes");
	st_close(s);
}

/* The nearest of all 2^16 halves to x, by value; ties to the even one. */
static uint16_t
nearest(enum st_dtype dtype, float x)
{
	double best = HUGE_VAL, d, top = dtype == ST_F16 ? 65536 : 0x1p128;
	uint16_t h, found = 0;
	unsigned i;
	float y;

	for (i = 0; i < 65536; i++) {
		h = (uint16_t)i;
		widen(&y, &h, dtype, 1);
		if (isnan(y) || signbit(y) != signbit(x))
			continue;
		/* infinity stands where the next finite one would */
		d = fabs((isinf(y) ? copysign(top, (double)y) : (double)y) -
		    (double)x);
		if (d < best || (d == best && h % 2 == 0)) {
			best = d;
			found = h;
		}
	}
	return found;
}

static void
test_halves(void)
{
	static const float xs[] = { 0, -0.0f, 1, -1, 0.1f, 3.14159f, 65504,
		65519.996f, 65520, 1e6f, 3.4e38f, 0x1p-14f, 0x1.ffep-15f,
		0x1p-24f, 0x1p-25f, 0x1.8p-25f, 0x1p-26f, 0x1.004p0f,
		0x1.00cp0f, 0x1.01p0f, 0x1.03p0f, -0x1.018p0f, 1e-40f,
		-1e-42f };
	static const enum st_dtype dtypes[] = { ST_F16, ST_BF16 };
	size_t i, k, wrong = 0, bad = 0;
	uint16_t h, back;
	unsigned b;
	float x;

	for (k = 0; k < 2; k++) {
		for (b = 0; b < 65536; b++) {
			h = (uint16_t)b;
			widen(&x, &h, dtypes[k], 1);
			narrow(&back, &x, dtypes[k], 1);
			wrong += isnan(x) ?
			    (widen(&x, &back, dtypes[k], 1), !isnan(x)) :
			    back != h;
		}
		for (i = 0; i < sizeof xs / sizeof xs[0]; i++) {
			narrow(&h, &xs[i], dtypes[k], 1);
			bad += h != nearest(dtypes[k], xs[i]);
		}
	}
	ok(wrong == 0, "every half comes back from float32: %zu do not", wrong);
	ok(bad == 0, "rounded to nearest even: %zu are not", bad);
	h = 0x3c01;
	widen(&x, &h, ST_F16, 1);
	ok(x == 1 + 0x1p-10f, "1 + 2^-10");
	h = 0x0001;
	widen(&x, &h, ST_F16, 1);
	ok(x == 0x1p-24f, "2^-24, subnormal");
	h = 0xfc00;
	widen(&x, &h, ST_F16, 1);
	ok(isinf(x) && x < 0, "-infinity");
}

int
main(void)
{
	scratch_enter();
	test_round_trip();
	test_headers();
	test_lengths();
	test_unaligned();
	test_halves();
	(void)unlink("t");
	scratch_leave();
	return tap_done();
}
