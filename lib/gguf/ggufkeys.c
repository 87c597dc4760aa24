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
#include "gguf/ggufcheck.h"
#include "io/json.h"
#include "nn/family.h"

enum { TOKENS_MAX = 1 << 30, HEAD_WIDTH_MAX = 1 << 16 };

enum kind { SIZE, REAL, BOOL };

struct row {
	const char *key;
	enum kind kind; /* of the member: size_t, double or bool */
	size_t at;      /* of the member */
	size_t max;     /* of a size */
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
	return family_row(c->family)->keys->K != NULL;
}

static bool
by_factor(const struct config *c)
{
	return c->rope.kind == ROPE_LINEAR || c->rope.kind == ROPE_YARN;
}

static bool
yarn(const struct config *c)
{
	return c->rope.kind == ROPE_YARN;
}

/* Some families have it whatever their rotation. */
static bool
has_original(const struct config *c)
{
	return yarn(c) || family_row(c->family)->absent.original > 0;
}

static bool
has_scale(const struct config *c)
{
	return yarn(c) || c->rope.kind == ROPE_LONG;
}

static bool
scalars(const struct config *c)
{
	return family_row(c->family)->keys->embedding_scale != NULL;
}

static bool
local_theta(const struct config *c)
{
	return family_row(c->family)->keys->rope_local != NULL;
}

static bool
windows(const struct config *c)
{
	const struct ggufarch *arch = ggufarch_of(c);

	return arch != NULL && arch->window;
}

static bool
parallel(const struct config *c)
{
	return family_row(c->family)->keys->parallel != NULL;
}

#define AT(kind, member) kind, offsetof(struct config, member)

static const struct row rows[] = {
	{ "context_length", AT(SIZE, context), TOKENS_MAX, true, always },
	{ "embedding_length", AT(SIZE, D), CONFIG_WIDTH_MAX, true, always },
	{ "block_count", AT(SIZE, L), CONFIG_LAYERS_MAX, true, always },
	{ "feed_forward_length", AT(SIZE, F), CONFIG_WIDTH_MAX, true, always },
	{ "attention.head_count", AT(SIZE, H), CONFIG_WIDTH_MAX, true, always },
	{ "attention.head_count_kv", AT(SIZE, K), CONFIG_WIDTH_MAX, false,
	    apart },
	{ "attention.key_length", AT(SIZE, E), HEAD_WIDTH_MAX, false, rotates },
	{ "attention.value_length", AT(SIZE, E), HEAD_WIDTH_MAX, false,
	    rotates },
	{ "rope.freq_base", AT(REAL, rope.theta), 0, false, rotates },
	{ "rope.scaling.factor", AT(REAL, rope.factor), 0, false, by_factor },
	{ "rope.scaling.original_context_length", AT(SIZE, rope.original),
	    TOKENS_MAX, false, has_original },
	{ "rope.scaling.attn_factor", AT(REAL, rope.scale), 0, false,
	    has_scale },
	{ "rope.freq_base_swa", AT(REAL, local.theta), 0, false, local_theta },
	{ "attention.sliding_window", AT(SIZE, window), TOKENS_MAX, false,
	    windows },
	{ "attention.scale", AT(REAL, attention_scale), 0, false, scalars },
	{ "embedding_scale", AT(REAL, embedding_scale), 0, false, scalars },
	{ "residual_scale", AT(REAL, residual_scale), 0, false, scalars },
	{ "logit_scale", AT(REAL, logit_divisor), 0, false, scalars },
	{ "use_parallel_residual", AT(BOOL, parallel), 0, true, parallel },
	{ "attention.layer_norm_rms_epsilon", AT(REAL, norm_eps), 0, true,
	    rms_norm },
	{ "attention.layer_norm_epsilon", AT(REAL, norm_eps), 0, true,
	    layer_norm },
	{ "vocab_size", AT(SIZE, V), CONFIG_VOCAB_MAX, false, always },
};

enum { ROWS = sizeof rows / sizeof rows[0] };

/* Keys that change nothing, or are read elsewhere. */
static const char *const others[] = { "rope.scaling.type",
	"rope.scaling.finetuned", "rope.dimension_count",
	"tensor_data_layout" };

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
	if (x == 0 && r->has == windows) /* none */
		return 0;
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

static int
read_bool(const struct gguf *g, const char *key, const struct row *r,
    bool *member)
{
	int found = gguf_bool(g, key, member);

	if (found < 0)
		return -1;
	return found == 0 && r->needed ? fail("key %s: missing", key) : 0;
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
		rc = r->kind == REAL ? read_real(g, key.p, r, member) :
		    r->kind == SIZE  ? read_size(g, key.p, r, member) :
				       read_bool(g, key.p, r, member);
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

static void
write_row(struct ggufwrite *w, const char *key, const struct row *r,
    const struct config *c)
{
	const char *member = (const char *)c + r->at;
	double x;
	size_t n;

	if (r->kind == BOOL) {
		ggufwrite_bool(w, key, *(const bool *)member);
	} else if (r->kind == REAL) {
		memcpy(&x, member, sizeof x);
		ggufwrite_real(w, key, x);
	} else {
		memcpy(&n, member, sizeof n);
		if (n > 0)
			ggufwrite_uint(w, key, (uint32_t)n);
	}
}

static const char *const scalings[ROPE_COUNT] = {
	[ROPE_LINEAR] = "linear",
	[ROPE_YARN] = "yarn",
	[ROPE_LONG] = "longrope",
};

int
ggufkeys_write(const struct config *c, const struct ggufarch *arch,
    struct ggufwrite *w)
{
	struct config written = *c;
	const char *scaling = scalings[c->rope.kind];
	struct buf key = { 0 };
	size_t i;

	if (ggufcheck(c, arch) != 0)
		return -1;
	if (yarn(c)) /* llama.cpp has the usual scale itself */
		written.rope.scale /= ggufkeys_yarn_scale(c);
	for (i = 0; i < ROWS; i++)
		if (rows[i].has(c))
			write_row(w, full(&key, arch, rows[i].key), &rows[i],
			    &written);
	if (rotates(c))
		ggufwrite_uint(w, full(&key, arch, "rope.dimension_count"),
		    (uint32_t)config_rotated(c));
	if (scaling != NULL)
		ggufwrite_string(w, full(&key, arch, "rope.scaling.type"),
		    scaling, strlen(scaling));
	buf_release(&key);
	return 0;
}
