/* SPDX-License-Identifier: MIT */
/*
 * A row of the table is a key after "ARCHITECTURE.": the member of struct
 * config that it gives, its largest value, and which configs have it.  A key
 * may repeat a member, which must then have the same value.
 */
#include "gguf/ggufkeys.h"

#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "base/num.h"
#include "io/json.h"
#include "nn/family.h"

enum { TOKENS_MAX = 1 << 30, HEAD_WIDTH_MAX = 1 << 16 };

struct row {
	const char *key;
	bool real;  /* a double; else a size_t */
	size_t at;  /* of the member */
	size_t max; /* of a size */
	bool needed;
	bool (*has)(const struct config *);
};

static bool
always(const struct config *c)
{
	(void)c;
	return true;
}

static bool
rotates(const struct config *c)
{
	return !c->learned_positions;
}

static bool
layer_norm(const struct config *c)
{
	return c->layer_norm;
}

static bool
rms_norm(const struct config *c)
{
	return !c->layer_norm;
}

static bool
apart(const struct config *c)
{
	return !c->fused_qkv;
}

static bool
linear(const struct config *c)
{
	return c->rope == ROPE_LINEAR;
}

#define SIZE(member) false, offsetof(struct config, member)
#define REAL(member) true, offsetof(struct config, member), 0

static const struct row rows[] = {
	{ "context_length", SIZE(context), TOKENS_MAX, true, always },
	{ "embedding_length", SIZE(D), CONFIG_WIDTH_MAX, true, always },
	{ "block_count", SIZE(L), CONFIG_LAYERS_MAX, true, always },
	{ "feed_forward_length", SIZE(F), CONFIG_WIDTH_MAX, true, always },
	{ "attention.head_count", SIZE(H), CONFIG_WIDTH_MAX, true, always },
	{ "attention.head_count_kv", SIZE(K), CONFIG_WIDTH_MAX, false, apart },
	{ "attention.key_length", SIZE(E), HEAD_WIDTH_MAX, false, rotates },
	{ "attention.value_length", SIZE(E), HEAD_WIDTH_MAX, false, rotates },
	{ "rope.dimension_count", SIZE(E), HEAD_WIDTH_MAX, false, rotates },
	{ "rope.freq_base", REAL(rope_theta), false, rotates },
	{ "rope.scaling.factor", REAL(rope_factor), false, linear },
	{ "attention.layer_norm_rms_epsilon", REAL(norm_eps), true, rms_norm },
	{ "attention.layer_norm_epsilon", REAL(norm_eps), true, layer_norm },
	{ "vocab_size", SIZE(V), CONFIG_VOCAB_MAX, false, always },
};

enum { ROWS = sizeof rows / sizeof rows[0] };

/* Keys that change nothing, or are read elsewhere. */
static const char *const others[] = { "rope.scaling.type",
	"rope.scaling.finetuned", "tensor_data_layout" };

static const char *
full(struct buf *b, const struct ggufarch *arch, const char *key)
{
	buf_reset(b);
	buf_addf(b, "%s.%s", arch->name, key);
	return buf_text(b);
}

static int
read_size(const struct gguf *g, const char *key, const struct row *r,
    size_t *member)
{
	uint64_t x = 0;
	int found = gguf_uint(g, key, &x);

	if (found < 0)
		return -1;
	if (found == 0)
		return !r->needed ? 0 : fail("key %s: missing", key);
	if (x < 1 || x > r->max)
		return fail("key %s: %llu is not between 1 and %zu", key,
		    (unsigned long long)x, r->max);
	if (*member != 0 && *member != x)
		return fail("key %s: %llu, where %zu is expected", key,
		    (unsigned long long)x, *member);
	*member = (size_t)x;
	return 0;
}

/* The decimal number that was meant: 1e-5, not that of float32 nearest to it.
 */
static int
shorten(double *x)
{
	struct buf b = { 0 };
	int rc = 0;

	if ((double)(float)*x == *x) {
		json_put_float(&b, (float)*x);
		rc = num_f64(buf_text(&b), 0, INFINITY, x);
	}
	buf_release(&b);
	return rc;
}

static int
read_real(const struct gguf *g, const char *key, const struct row *r,
    double *member)
{
	int found = gguf_real(g, key, member);

	if (found < 0)
		return -1;
	if (found == 0)
		return !r->needed ? 0 : fail("key %s: missing", key);
	if (!(*member > 0) || !isfinite(*member))
		return fail("key %s: %g is not above 0", key, *member);
	return shorten(member);
}

int
ggufkeys_read_rows(struct config *c, const struct gguf *g,
    const struct ggufarch *arch)
{
	struct buf key = { 0 };
	int rc = 0;
	size_t i;

	for (i = 0; i < ROWS && rc == 0; i++) {
		const struct row *r = &rows[i];
		void *member = (char *)c + r->at;

		if (!r->has(c))
			continue;
		(void)full(&key, arch, r->key);
		rc = r->real ? read_real(g, key.p, r, member) :
			       read_size(g, key.p, r, member);
	}
	buf_release(&key);
	return rc;
}

bool
ggufkeys_known(const struct config *c, const char *key, size_t n)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		if (rows[i].has(c) && strlen(rows[i].key) == n &&
		    memcmp(rows[i].key, key, n) == 0)
			return true;
	for (i = 0; i < sizeof others / sizeof others[0]; i++)
		if (strlen(others[i]) == n && memcmp(others[i], key, n) == 0)
			return true;
	return false;
}

static int
check_written(const struct config *c, const struct ggufarch *arch)
{
	const struct config *row = &family_row(c->family)->mechanisms;

	if (c->scored)
		return fail("a scalar head has no form in GGUF");
	if (c->out_bias != row->out_bias && !arch->out_bias)
		return fail("biases of attention have no form in GGUF for %s",
		    arch->name);
	if (c->rope == ROPE_LLAMA3 && !arch->rope_factors)
		return fail("rotations of llama3 have no form in GGUF for %s",
		    arch->name);
	return 0;
}

int
ggufkeys_write(const struct config *c, const struct ggufarch *arch,
    struct ggufwrite *w)
{
	struct buf key = { 0 };
	const char *member;
	double x;
	size_t i, n;

	if (check_written(c, arch) != 0)
		return -1;
	for (i = 0; i < ROWS; i++) {
		member = (const char *)c + rows[i].at;
		(void)full(&key, arch, rows[i].key);
		if (!rows[i].has(c))
			continue;
		if (rows[i].real) {
			memcpy(&x, member, sizeof x);
			ggufwrite_real(w, key.p, x);
		} else {
			memcpy(&n, member, sizeof n);
			ggufwrite_uint(w, key.p, (uint32_t)n);
		}
	}
	if (c->rope == ROPE_LINEAR)
		ggufwrite_string(w, full(&key, arch, "rope.scaling.type"),
		    "linear", 6);
	buf_release(&key);
	return 0;
}
