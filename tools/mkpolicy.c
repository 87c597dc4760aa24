/* SPDX-License-Identifier: MIT */
/*
 * mkpolicy: make a policy or a discriminator.
 *
 * --like FAMILY makes one from sizes, with random weights; --from BASE copies
 * a policy, or with --lora makes adapters for it.  --head score makes a
 * discriminator, --dtype says how weights are stored.  A tokenizer is trained
 * on a text or copied from a policy.  See mkpolicy(1).
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "io/directory.h"
#include "text/bpetrain.h"
#include "text/tokenizer.h"
#include "nn/create.h"
#include "nn/config_new.h"
#include "nn/family.h"
#include "cli/cli.h"

enum { NONE = -1 };

static struct args {
	struct common common;
	int like, head, dtype;
	uint64_t dim, layers, heads, kv_heads, ff, vocab, context, rank;
	double alpha;
	bool tied, vocab_given, sized;
	const char *from, *tokenizer;
} a = { .common.seed = 1,
	.like = NONE,
	.head = NONE,
	.dtype = NONE,
	.dim = 64,
	.layers = 2,
	.vocab = 512,
	.context = 256 };

static const char *const heads[] = { "score", NULL };
static const char *const
    dtypes[] = { [ST_F32] = "f32", [ST_F16] = "f16", [ST_BF16] = "bf16", NULL };

static const struct opt opts[] = {
	{ 0, "like", OPT_NAME, &a.like, "FAMILY",
	    "a new one: llama, qwen2, qwen3 or gpt2", .names = family_names },
	{ 0, "from", OPT_TEXT, &a.from, "BASE",
	    "the weights of the policy BASE" },
	{ 0, "head", OPT_NAME, &a.head, "NAME",
	    "score: a scalar head instead of that of a language model",
	    .names = heads },
	{ 0, "dtype", OPT_NAME, &a.dtype, "TYPE",
	    "store weights as f32, f16 or bf16 (as BASE, or f32)",
	    .names = dtypes },
	{ 0, "lora", OPT_UINT, &a.rank, "RANK",
	    "adapters of that rank, to be trained beside BASE", 1, 1 << 20 },
	{ 0, "lora-alpha", OPT_REAL, &a.alpha, "A",
	    "adapters count A/RANK times (twice the rank)", 1e-6, 1e9 },
	{ 0, "tokenizer-from", OPT_TEXT, &a.tokenizer, "TEXT",
	    "train a byte-level BPE on the file TEXT, or take that of the "
	    "policy TEXT",
	    .given = &a.sized },
	{ 0, "vocab", OPT_UINT, &a.vocab, "N", "tokens (512)", 2, 1 << 24,
	    .given = &a.vocab_given },
	{ 0, "dim", OPT_UINT, &a.dim, "N", "model width (64)", 1, 1000000,
	    .given = &a.sized },
	{ 0, "layers", OPT_UINT, &a.layers, "N", "layers (2)", 1, 4096,
	    .given = &a.sized },
	{ 0, "heads", OPT_UINT, &a.heads, "N",
	    "query heads (as many as can be at least 64 wide)", 1, 1000000,
	    .given = &a.sized },
	{ 0, "kv-heads", OPT_UINT, &a.kv_heads, "N",
	    "key and value heads (as heads)", 1, 1000000, .given = &a.sized },
	{ 0, "ff", OPT_UINT, &a.ff, "N",
	    "feed-forward width (8/3 of dim; gpt2: 4 times)", 1, 1 << 20,
	    .given = &a.sized },
	{ 0, "context", OPT_UINT, &a.context, "N", "longest sequence (256)", 2,
	    1 << 24, .given = &a.sized },
	{ 0, "tied", OPT_FLAG, &a.tied, NULL, "the embedding is the head too",
	    .given = &a.sized },
	OPT_SEED(&a.common),
	OPT_THREADS(&a.common),
	OPT_BASIC(&a.common),
	OPT_LAST,
};

static const char synopsis[] =
    "--like FAMILY [options] DIR\n--from BASE [options] DIR";

/* Take vocabulary size and special tokens from an existing tokenizer. */
static void
adopt_tokenizer(struct config *c)
{
	struct tokenizer *tokenizer = tokenizer_open(a.tokenizer);
	size_t n;

	if (tokenizer == NULL)
		die();
	n = tokenizer_vocab(tokenizer);
	if (a.vocab_given && c->V < n)
		die_with("--vocab %zu: %s has %zu tokens", c->V, a.tokenizer,
		    n);
	c->V = a.vocab_given ? c->V : n;
	c->bos = tokenizer_bos(tokenizer);
	c->eos_count = tokenizer_eos(tokenizer) >= 0;
	c->eos[0] = c->eos_count > 0 ? (uint32_t)tokenizer_eos(tokenizer) : 0;
	tokenizer_close(tokenizer);
}

/* Linux grants memory that does not exist, and then ends programs. */
static void
check_size(const struct params *p)
{
	size_t have =
	    (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);

	if (p->total > have / sizeof(float))
		die_with("%zu parameters do not fit %zu MiB of memory",
		    p->total, have >> 20);
}

static void
report(const char *dir, const struct config *c, size_t total,
    enum st_dtype dtype)
{
	warn("%s: %s, %zu tokens, %zu parameters as %s", dir,
	    family_architecture(c), c->V, total, dtypes[dtype]);
}

static void
make_random(const char *dir, const struct ckpt_new *how, const struct config *c)
{
	struct ckpt_new w = *how;
	struct params p;

	params_init(&p, c, NULL);
	check_size(&p);
	params_alloc(&p);
	params_random(&p, c, a.common.seed);
	w.config = c;
	w.params = &p;
	w.dtype = a.dtype == NONE ? ST_F32 : (enum st_dtype)a.dtype;
	if (ckpt_create(dir, &w) != 0)
		die();
	report(dir, c, p.total, w.dtype);
	params_release(&p);
}

static void
make_new(const char *dir)
{
	const struct config_sizes d = { (enum family)a.like, a.dim, a.layers,
		a.vocab, a.context, a.heads, a.kv_heads, a.ff, a.tied,
		a.head != NONE };
	struct buf json = { 0 }, about = { 0 }, ends = { 0 };
	const struct ckpt_text text[] = { { "generation_config.json", &ends },
		{ "tokenizer.json", &json },
		{ "tokenizer_config.json", &about } };
	struct ckpt_new how = { .text = text, .texts = 1 };
	struct config c;

	if (config_new(&c, &d) != 0)
		die();
	if (a.tokenizer != NULL && is_directory(a.tokenizer)) {
		adopt_tokenizer(&c);
		how.beside = a.tokenizer;
		how.texts = 0;
	} else if (a.tokenizer != NULL) {
		if (bpe_train_file(a.tokenizer, c.V, c.context, &json,
			&about) != 0)
			die();
		how.texts = 3;
	}
	buf_adds(&ends,
	    "{\n  \"bos_token_id\": 0,\n  \"eos_token_id\": 1\n}\n");
	make_random(dir, &how, &c);
	buf_release(&json);
	buf_release(&about);
	buf_release(&ends);
}

static void
make_from(const char *dir)
{
	struct ckpt base;
	enum st_dtype dtype;
	size_t total;

	if (ckpt_open(&base, a.from) != 0)
		die();
	base.config.scored |= a.head != NONE;
	dtype = a.dtype == NONE ? base.dtype : (enum st_dtype)a.dtype;
	if (ckpt_derive(dir, &base, base.config.scored, dtype, a.common.seed,
		&total) != 0)
		die();
	report(dir, &base.config, total, dtype);
	ckpt_close(&base);
}

static void
make_adapters(const char *dir)
{
	size_t trained, total;
	struct ckpt base;

	if (ckpt_open(&base, a.from) != 0)
		die();
	if (!(a.alpha > 0))
		a.alpha = 2 * (double)a.rank;
	if (ckpt_adapt(dir, &base, a.rank, a.alpha, a.common.seed, &trained,
		&total) != 0)
		die();
	warn("%s: %s, %zu parameters in adapters beside %zu", dir,
	    family_architecture(&base.config), trained, total);
	ckpt_close(&base);
}

int
main(int argc, char **argv)
{
	struct stat st;
	int first;

	cli_begin(argc, argv);
	first = opt_parse(opts, synopsis, argc, argv);
	if (argc - first != 1)
		die_usage("expected one directory to make");
	if ((a.like == NONE) == (a.from == NULL))
		die_usage("expected either --like or --from");
	if (a.rank == 0 && a.alpha > 0)
		die_usage("--lora-alpha wants --lora RANK");
	if (a.rank > 0 && (a.from == NULL || a.head >= 0 || a.dtype >= 0))
		die_usage("--lora is of --from BASE, with its head, and f32");
	if (a.from != NULL && (a.sized || a.vocab_given))
		die_usage("with --from, sizes and tokenizer are those of BASE");
	cli_ready(&a.common);
	/* fail before the work; the rename at the end checks again */
	if (lstat(argv[first], &st) == 0)
		die_with("%s: exists already", argv[first]);
	if (a.rank > 0)
		make_adapters(argv[first]);
	else if (a.from != NULL)
		make_from(argv[first]);
	else
		make_new(argv[first]);
	return cli_end(&a.common, NULL, true, NULL);
}
