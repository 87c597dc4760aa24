/* SPDX-License-Identifier: MIT */
/*
 * mkpolicy: make a policy or a discriminator.
 *
 * --like FAMILY makes one from sizes, with random weights; --from BASE copies
 * one, a file of llama.cpp too, or with --lora makes adapters for it.  --head
 * score makes a discriminator.  A tokenizer is trained or copied.  --gguf
 * writes a file for llama.cpp.  See mkpolicy(1).
 */
#include <sys/stat.h>

#include "io/atomic.h"
#include "io/directory.h"
#include "nn/average.h"
#include "nn/create.h"
#include "nn/family.h"
#include "nn/newid.h"
#include "likelihood/adopt.h"
#include "likelihood/newpolicy.h"
#include "optim/ema.h"
#include "gguf/gguffile.h"
#include "gguf/ggufimport.h"
#include "cli/cli.h"

enum { NONE = -1 };

static struct args {
	struct common common;
	int like, head, dtype;
	uint64_t dim, layers, heads, kv_heads, ff, vocab, context, rank;
	struct adapter_spec lora;
	bool tied, vocab_given, gguf, adapters, ema;
	struct average average;
	const char *from, *tokenizer, *id;
	struct adopt adopt;
} a = { .common.seed = 1,
	.like = NONE,
	.head = NONE,
	.dtype = NONE,
	.dim = 64,
	.layers = 2,
	.vocab = 512,
	.context = 256 };

static const char *const heads[] = { "score", NULL };

static const struct opt opts[] = {
	OPT_GROUP("What to make"),
	OPT_NAME(0, "like", &a.like, "FAMILY", family_names,
	    "a new policy, with random weights: %s"),
	OPT_TEXT(0, "from", &a.from, "BASE",
	    "a copy of BASE, a policy or a GGUF file", .excludes = "like"),
	OPT_CUSTOM(0, "average", &a.average, "A,B,...", average_parse,
	    "the mean of the weights of these policies",
	    .excludes = "like|from|head"),
	OPT_FLAG(0, "ema", &a.ema,
	    "of the average of BASE's weights that apply-update --ema keeps",
	    .needs = "from", .excludes = "lora"),
	OPT_NAME(0, "head", &a.head, "NAME", heads,
	    "%s: a scalar head in place of the language model's"),
	OPT_NAME(0, "dtype", &a.dtype, "TYPE", gguffile_types,
	    "type of the stored weights: %s (BASE's, or f32); q8_0 needs "
	    "--gguf"),
	OPT_FLAG(0, "gguf", &a.gguf,
	    "make a GGUF file for llama.cpp in place of a directory",
	    .needs = "from", .excludes = "head|lora"),
	OPT_FLAG(0, "adapters", &a.adapters,
	    "of the adapters of BASE alone, which are not merged",
	    .needs = "from", .excludes = "head|lora"),
	OPT_TEXT(0, "template", &a.adopt.template, "T",
	    "chat template of the new policy, by name or a file of Jinja "
	    "(BASE's)",
	    .excludes = "gguf|head"),
	OPT_GROUP("Adapters of a policy BASE"),
	OPT_UINT(0, "lora", &a.rank, "RANK", 1, 1 << 20,
	    "make low-rank adapters for BASE, to be trained", .needs = "from",
	    .excludes = "head|dtype"),
	OPT_REAL(0, "lora-alpha", &a.lora.alpha, "A", 1e-6, 1e9,
	    "adapters are scaled by A/RANK (twice RANK)", .needs = "lora"),
	OPT_FLAG(0, "rslora", &a.lora.rslora,
	    "scale them by A/sqrt(RANK) instead", .needs = "lora"),
	OPT_TEXT(0, "lora-save", &a.lora.saved, "LIST",
	    "modules to train whole beside them", .needs = "lora"),
	OPT_TEXT(0, "lora-targets", &a.lora.targets, "LIST",
	    "modules that have adapters (all-linear)", .needs = "lora"),
	OPT_GROUP("Size of a new policy", .needs = "like"),
	OPT_TEXT(0, "tokenizer-from", &a.tokenizer, "TEXT",
	    "train a byte-level BPE on the file TEXT, or copy the tokenizer of "
	    "the policy TEXT"),
	OPT_UINT(0, "vocab", &a.vocab, "N", 2, 1 << 24, "tokens (512)",
	    .given = &a.vocab_given),
	OPT_UINT(0, "dim", &a.dim, "N", 1, 1000000, "model width (64)"),
	OPT_UINT(0, "layers", &a.layers, "N", 1, 4096, "layers (2)"),
	OPT_UINT(0, "heads", &a.heads, "N", 1, 1000000,
	    "query heads (as many as are at least 64 wide)"),
	OPT_UINT(0, "kv-heads", &a.kv_heads, "N", 1, 1000000,
	    "key and value heads (as --heads)"),
	OPT_UINT(0, "ff", &a.ff, "N", 1, 1 << 20,
	    "feed-forward width (8/3 of --dim; 4 times without a gate)"),
	OPT_UINT(0, "context", &a.context, "N", 2, 1 << 24,
	    "longest sequence, in tokens (256)"),
	OPT_FLAG(0, "tied", &a.tied, "use the embedding as output head"),
	OPT_GROUP("Common"),
	OPT_SEED(&a.common, "seed of the random weights (1)"),
	OPT_CUSTOM(0, "id", &a.id, "ID", newid_parse,
	    "id of the new policy (random)", .excludes = "gguf"),
	OPT_THREADS(&a.common),
	OPT_BASIC(&a.common),
	OPT_LAST,
};

static const struct usage usage = {
	"--like FAMILY [options] DIR\n--from BASE [options] DIR\n"
	"--from BASE --gguf [options] FILE\n--average A,B,... [options] DIR",
	"A new policy or discriminator out, or a GGUF file.",
	"mkpolicy --like llama --dim 128 --tokenizer-from text.txt P",
	"DIR, the directory to make, or FILE",
};

static void
report(const char *dir, const struct config *c, size_t total, int dtype)
{
	warn("%s: %s, %zu tokens, %zu parameters as %s", dir,
	    family_architecture(c), c->V, total, gguffile_types[dtype]);
	note("%zu layers of width %zu, %zu heads of width %zu, feed-forward "
	     "width %zu, context %zu",
	    c->L, c->D, c->H, c->E, c->F, c->context);
}

static void
make_new(const char *dir)
{
	const struct newpolicy new = {
		{ (enum family)a.like, a.dim, a.layers, a.vocab, a.context,
		    a.heads, a.kv_heads, a.ff, a.tied, a.head != NONE },
		a.vocab_given, a.tokenizer,
		a.dtype == NONE ? ST_F32 : (enum st_dtype)a.dtype,
		a.common.seed, adopt_finish(&a.adopt)
	};
	struct config c;
	size_t total;
	int rc = newpolicy_make(dir, &new, &c, &total);

	if (rc < 0)
		die();
	if (rc > 0)
		warn("%s", err_last());
	report(dir, &c, total, new.dtype);
}

/* BASE is a policy. */
static void
make_from(const char *to)
{
	const struct ckpt_finish *finish = adopt_finish(&a.adopt);
	size_t own = 0, total = 0;
	struct ckpt base;
	int type = a.dtype, rc;

	rc = a.ema ? ema_open(&base, a.from) : ckpt_open(&base, a.from);
	if (rc != 0)
		die();
	base.config.scored |= a.head != NONE;
	type = type == NONE ? (int)base.dtype : type;
	a.lora.rank = a.rank;
	if (a.gguf)
		rc = gguffile_write(to, &base, a.adapters, type,
		    a.adapters ? &own : &total);
	else if (a.rank > 0)
		rc = ckpt_adapt(to, &base, &a.lora, a.common.seed, finish, &own,
		    &total);
	else if (a.adapters)
		rc = ckpt_copy_adapters(to, &base, (enum st_dtype)type, finish,
		    &own);
	else
		rc = ckpt_derive(to, &base, base.config.scored,
		    (enum st_dtype)type, a.common.seed, finish, NULL, &total);
	if (rc != 0)
		die();
	if (total == 0)
		warn("%s: adapters, %zu parameters as %s", to, own,
		    gguffile_types[type]);
	else if (own > 0)
		warn("%s: %s, %zu parameters in adapters, %zu in the base", to,
		    family_architecture(&base.config), own, total);
	else
		report(to, &base.config, total, type);
	if (base.others > 0 && !a.gguf && own == 0)
		warn("%s: %zu tensors of other parts of the model are left out",
		    a.from, base.others);
	ckpt_close(&base);
}

/* BASE is a file of llama.cpp, or the weights are a mean. */
static void
make_from_others(const char *dir)
{
	const struct ckpt_finish *finish = adopt_finish(&a.adopt);
	const struct ggufimport how = { a.head != NONE, a.dtype, a.common.seed,
		finish };
	enum st_dtype dtype;
	struct config c;
	size_t total;

	if ((a.from != NULL ?
		    ggufimport(dir, a.from, &how, &c, &total, &dtype) :
		    average_make(dir, &a.average, a.dtype, finish, &c, &total,
			&dtype)) != 0)
		die();
	report(dir, &c, total, dtype);
}

int
main(int argc, char **argv)
{
	struct stat st;
	int first;

	cli_begin(argc, argv);
	first = opt_parse(opts, &usage, argc, argv);
	if (argc - first > 1)
		die_usage("%s: one directory is made, not more",
		    argv[first + 1]);
	if (a.like == NONE && a.from == NULL && a.average.n == 0)
		opt_missing(&usage, "option: --like, --from or --average");
	if (a.dtype == GGUFFILE_Q8_0 && !a.gguf)
		die_usage("--dtype q8_0: only with --gguf");
	if (a.adopt.template != NULL && adopt_check(a.adopt.template) != 0)
		die_usage("%s", err_last());
	cli_ready(&a.common);
	/* fail before the work; the rename at the end checks again */
	if (lstat(argv[first], &st) == 0)
		die_with("%s: exists already", argv[first]);
	if (a.average.n > 0 ||
	    (a.from != NULL && file_exists(a.from) && !is_directory(a.from) &&
		!(a.gguf || a.ema || a.adapters || a.rank > 0)))
		make_from_others(argv[first]);
	else if (a.from != NULL)
		make_from(argv[first]);
	else
		make_new(argv[first]);
	if (a.adopt.template != NULL)
		warn("%s: %s", argv[first], adopt_words(&a.adopt));
	adopt_release(&a.adopt);
	average_release(&a.average);
	opened(newid_write(argv[first], a.id));
	return cli_end(&a.common, NULL, true, NULL);
}
