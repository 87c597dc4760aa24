/* SPDX-License-Identifier: MIT */
/*
 * ema: the average that a trainer keeps, against its definition; runs that go
 * on, begin, end or change one; and taking it out.
 */
#include "optim/ema.h"

#include <math.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/scratch.h"
#include "tests/tap.h"
#include "tests/trainsteps.h"

static void
open_trainer(struct trainer *t, struct ckpt *c, const char *dir,
    enum optimizer o)
{
	const struct saving saving = { COMMIT_STEPS, .every = 1 };

	need(ckpt_open(c, dir));
	need(trainer_open(t, c, o, &saving));
}

/* n steps of the policy in dir; what trainer_average had to tell, or "". */
static const char *
run(const char *dir, size_t n, enum optimizer o, double decay, size_t keep)
{
	static char said[200];
	struct trainer t;
	struct ckpt c;

	open_trainer(&t, &c, dir, o);
	said[0] = '\0';
	if (trainer_average(&t, decay))
		(void)snprintf(said, sizeof said, "%s", err_last());
	while (n-- > 0)
		need(step(&t, 2, keep));
	trainer_release(&t);
	ckpt_close(&c);
	return said;
}

/* The largest difference of two tables. */
static double
apart(const struct params *p, const struct params *q)
{
	double most = 0;
	float *x, *y;
	size_t i, k;

	for (i = 0; i < p->tensors; i++) {
		x = mem_floats(p->tensor[i].n);
		y = mem_floats(p->tensor[i].n);
		params_widen(p, i, x);
		params_widen(q, i, y);
		for (k = 0; k < p->tensor[i].n; k++)
			most = fmax(most, fabs((double)x[k] - (double)y[k]));
		free(x);
		free(y);
	}
	return most;
}

/* The average is that of the definition, in double, and what ema_open opens. */
static void
test_definition(const char *dir, enum optimizer o, const char *what)
{
	const double D = 0.8;
	struct trainer t;
	struct ckpt c, d;
	double *want, worst = 0;
	size_t i, n;

	open_trainer(&t, &c, dir, o);
	ok(!trainer_average(&t, D), "%s: the first step tells nothing", what);
	ok(!(apart(&t.e, t.w) > 0), "%s: it begins as the weights", what);
	want = mem_alloc(t.w->total, sizeof *want);
	for (i = 0; i < t.w->total; i++)
		want[i] = (double)t.w->block[i];
	for (n = 0; n < 5; n++) {
		need(step(&t, 2, 0));
		for (i = 0; i < t.w->total; i++)
			want[i] = D * want[i] + (1 - D) * (double)t.w->block[i];
	}
	for (i = 0; i < t.w->total; i++)
		worst = fmax(worst, fabs(want[i] - (double)t.e.block[i]));
	ok(worst < 1e-6, "%s: e <- D e + (1 - D) w, apart by %.1e", what,
	    worst);
	ok(apart(&t.e, t.w) > 1e-3, "%s: it is not the weights", what);
	need(ema_open(&d, dir));
	ok(!(apart(ckpt_trained(&d), &t.e) > 0) && d.step == 5,
	    "%s: ema_open opens it in the place of the weights", what);
	ckpt_close(&d);
	trainer_release(&t);
	ckpt_close(&c);
	free(want);
}

static void
test_resume(enum optimizer o, enum st_dtype dtype)
{
	make("p", FAMILY_LLAMA, dtype);
	copy("p", "q");
	(void)run("p", 4, o, 0.9, 0);
	(void)run("q", 2, o, 0.9, 0);
	ok(strcmp(run("q", 2, o, 0.9, 0), "") == 0,
	    "%s: the same decay tells nothing", optimizer_names[o]);
	ok(same_file("p/model.safetensors", "q/model.safetensors") &&
		same_file("p/optimizer-4.safetensors",
		    "q/optimizer-4.safetensors"),
	    "%s: two and two steps are four, bit for bit, in dtype %d",
	    optimizer_names[o], (int)dtype);
	drop("p");
	drop("q");
}

static void
says(const char *said, const char *want)
{
	ok(strcmp(said, want) == 0, "said: %s", said[0] ? said : "nothing");
}

/* What happens to an average where the decay is another, or not given. */
static void
test_changes(void)
{
	struct ckpt c;
	struct trainer t;

	make("p", FAMILY_LLAMA, ST_F32);
	copy("p", "q");
	(void)run("p", 2, OPTIMIZER_ADAMW, 0.5, 0);
	(void)run("q", 4, OPTIMIZER_ADAMW, 0.5, 0);
	says(run("p", 2, OPTIMIZER_ADAMW, -1, 0),
	    "p: step 2: going on with its average of the weights, whose decay "
	    "is 0.5");
	ok(same_file("p/optimizer-4.safetensors", "q/optimizer-4.safetensors"),
	    "without a decay the average goes on as with it");
	says(run("p", 1, OPTIMIZER_ADAMW, 0.25, 0),
	    "p: step 4: the decay of its average was 0.5, and is 0.25 from now "
	    "on");
	says(run("p", 1, OPTIMIZER_LION, 0.25, 0), "");
	ok(ema_open(&c, "p") == 0, "another optimizer keeps the average");
	ckpt_close(&c);
	says(run("p", 1, OPTIMIZER_SGD, 0, 0),
	    "p: step 6: its average of the weights is dropped");
	ok(ema_open(&c, "p") == -1 && err_last_kind() == ERR_NO_AVERAGE,
	    "a dropped average is not in the optimizer file");
	says(run("p", 0, OPTIMIZER_SGD, -1, 0), "");
	says(run("p", 1, OPTIMIZER_SGD, 0.25, 0),
	    "p: step 7: the average of the weights starts from those of this "
	    "step");
	open_trainer(&t, &c, "p", OPTIMIZER_SGD);
	ok(t.decay > 0 && fabs(t.decay - 0.25) < 1e-12,
	    "the decay is read back: %g", t.decay);
	trainer_release(&t);
	ckpt_close(&c);
	drop("p");
	drop("q");
}

/* The decay is kept to the last bits that two floats hold. */
static void
test_decay(void)
{
	const double all[] = { 0.9, 0.99, 0.999, 0.9999, EMA_DECAY_MAX, 1e-3 };
	double worst = 0;
	float two[2];
	size_t i;

	for (i = 0; i < sizeof all / sizeof *all; i++) {
		ema_store_decay(all[i], two);
		worst = fmax(worst,
		    fabs((double)two[0] + (double)two[1] - all[i]) /
			(1 - all[i]));
	}
	ok(worst < 1e-8, "1 - D is kept within %.1e of itself", worst);
}

static void
test_kept(void)
{
	struct ckpt c, d;

	make("p", FAMILY_LLAMA, ST_BF16);
	(void)run("p", 2, OPTIMIZER_ADAMW, 0.5, 2);
	need(ema_open(&c, "p/step-000001"));
	ok(c.step == 1, "a step that was kept has its average");
	(void)run("p", 1, OPTIMIZER_ADAMW, 0, 2);
	ok(ema_open(&d, "p/step-000003") == -1, "one that has none: %s",
	    err_last());
	ckpt_close(&c);
	drop("p");
}

/* Change the bytes of the state's header. */
static void
forge(const char *from, const char *to)
{
	const size_t k = strlen(from);
	size_t n;
	char *text = read_file("p/optimizer-1.safetensors", 1 << 20, &n), *at;

	need(text == NULL ? -1 : 0);
	at = memmem(text, n, from, k);
	need(at == NULL ? fail("no %s", from) : 0);
	memcpy(at, to, k);
	put_bytes("p/optimizer-1.safetensors", text, n);
	free(text);
}

static void
refused(const char *what)
{
	struct trainer t;
	struct ckpt c;

	ok(ema_open(&c, "p") == -1, "ema_open, %s: %s", what, err_last());
	need(ckpt_open(&c, "p"));
	ok(trainer_open(&t, &c, OPTIMIZER_ADAMW,
	       &(struct saving){ COMMIT_STEPS, .every = 1 }) == -1,
	    "trainer_open, %s: %s", what, err_last());
	ckpt_close(&c);
}

static void
test_hostile(void)
{
	static const char decay[] = "\"ema\":{\"dtype\":\"F32\",\"shape\":[2]";
	struct ckpt c;

	make("p", FAMILY_LLAMA, ST_F32);
	ok(ema_open(&c, "p") == -1, "a new policy: %s", err_last());
	(void)run("p", 1, OPTIMIZER_ADAMW, 0.5, 0);
	forge("ema.model.norm.weight", "emb.model.norm.weight");
	refused("a tensor is missing");
	forge("emb.model.norm.weight", "ema.model.norm.weight");
	forge(decay, "\"ema\":{\"dtype\":\"I32\",\"shape\":[2]");
	refused("the decay is no float");
	need(truncate("p/optimizer-1.safetensors", 100));
	ok(ema_open(&c, "p") == -1, "a damaged state: %s", err_last());
	drop("p");
}

int
main(void)
{
	struct ckpt base;
	size_t trained, total;
	int o;

	scratch_enter();
	for (o = OPTIMIZER_ADAMW; o <= OPTIMIZER_LION; o++) {
		make("p", FAMILY_LLAMA, o == OPTIMIZER_SGD ? ST_F16 : ST_F32);
		test_definition("p", (enum optimizer)o, optimizer_names[o]);
		drop("p");
		test_resume((enum optimizer)o, ST_F32);
		test_resume((enum optimizer)o, ST_BF16);
	}
	make("p", FAMILY_GPT2, ST_F32);
	need(ckpt_open(&base, "p"));
	need(ckpt_adapt("a", &base, &(struct adapter_spec){ .rank = 2 }, 1,
	    NULL, &trained, &total));
	ckpt_close(&base);
	test_definition("a", OPTIMIZER_ADAMW, "adapters");
	drop("a");
	drop("p");
	test_changes();
	test_decay();
	test_kept();
	test_hostile();
	scratch_leave();
	return tap_done();
}
