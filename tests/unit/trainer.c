/* SPDX-License-Identifier: MIT */
/*
 * trainer: steps that go on from what is on disk, bit for bit; what a loss of
 * power leaves; what is refused.
 */
#include "optim/trainer.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/scratch.h"
#include "tests/tap.h"
#include "tests/trainsteps.h"

enum { NEVER_SYNCED = 1000000 }; /* seconds: longer than any test */

/* Every step is committed; syncs are so many seconds apart. */
static const struct saving *
synced_every(double seconds)
{
	static struct saving s;

	s = (struct saving){ COMMIT_STEPS, .every = 1, .sync = seconds };
	return &s;
}

/* n steps of the policy in dir by a trainer of its own; how it started. */
static int
run(const char *dir, size_t n, enum optimizer optimizer, double sync)
{
	struct trainer t;
	struct ckpt c;
	int start;

	need(ckpt_open(&c, dir));
	start = trainer_open(&t, &c, optimizer, synced_every(sync));
	need(start);
	while (n-- > 0)
		need(step(&t, 1, 0));
	trainer_release(&t);
	ckpt_close(&c);
	return start;
}

static void
test_resume(enum optimizer o, enum st_dtype dtype)
{
	make("p", FAMILY_LLAMA, dtype);
	copy("p", "q");
	ok(run("p", 4, o, 0) == TRAINER_FRESH,
	    "%s: a policy without optimizer file starts fresh",
	    optimizer_names[o]);
	(void)run("q", 2, o, 0);
	ok(run("q", 2, o, INFINITY) == TRAINER_RESUMED,
	    "%s: it resumes from its file", optimizer_names[o]);
	ok(same_file("p/model.safetensors", "q/model.safetensors"),
	    "%s: two and two steps are four, bit for bit, in dtype %d",
	    optimizer_names[o], (int)dtype);
	ok(!file_exists("p/optimizer-4.safetensors") ||
		same_file("p/optimizer-4.safetensors",
		    "q/optimizer-4.safetensors"),
	    "%s: the optimizer file is that of four steps, bit for bit",
	    optimizer_names[o]);
	drop("p");
	drop("q");
}

static void
test_other(void)
{
	struct safetensors *s;
	struct trainer t;
	struct ckpt c;

	make("p", FAMILY_LLAMA, ST_BF16);
	(void)run("p", 2, OPTIMIZER_ADAMW, 0);
	need(ckpt_open(&c, "p"));
	s = ckpt_optimizer(&c);
	ok(trainer_open(&t, &c, OPTIMIZER_LION, synced_every(0)) ==
		TRAINER_OTHER,
	    "the state of another optimizer is not taken");
	ok(!(t.m.block[0] > 0) && t.updates == 0,
	    "moments and count start at zero");
	ok(s != NULL &&
		memcmp(st_find(s, "master.model.norm.weight")->data, t.w->norm,
		    8 * sizeof(float)) == 0,
	    "the master weights of another optimizer are taken");
	st_close(s);
	trainer_release(&t);
	ckpt_close(&c);
	drop("p");
}

static void
test_touched(void)
{
	struct trainer t;
	struct ckpt c;
	size_t i;

	make("p", FAMILY_LLAMA, ST_F32);
	need(ckpt_open(&c, "p"));
	need(trainer_open(&t, &c, OPTIMIZER_ADAMW, synced_every(0)));
	trainer_zero(&t);
	for (i = 0; i < t.d.total; i++)
		t.d.block[i] = 1;
	i = params_find(t.w, "model.norm.weight");
	t.touched[i] = true;
	trainer_update(&t, update);
	ok(memcmp(t.w->embed, c.params.embed, 88 * sizeof(float)) == 0 &&
		!(t.m.embed[0] > 0),
	    "a tensor that is not touched keeps its weights and moments");
	ok(t.w->norm[0] < c.params.norm[0] && t.m.norm[0] > 0,
	    "a touched one is updated");
	trainer_forget(&t);
	ok(!t.touched[i] && t.d.norm[0] > 0, "forget leaves the gradient");
	trainer_zero(&t);
	ok(!(t.d.norm[0] > 0), "zero does not");
	trainer_release(&t);
	ckpt_close(&c);
	drop("p");
}

/* A step that cannot be stored is not made, whatever the type. */
static void
test_overflow(enum st_dtype dtype, double lr, const char *said)
{
	struct update u = update;
	struct trainer t;
	struct ckpt c, d;

	make("p", FAMILY_LLAMA, dtype);
	(void)run("p", 1, OPTIMIZER_SGD, 0);
	need(ckpt_open(&c, "p"));
	need(trainer_open(&t, &c, OPTIMIZER_SGD, synced_every(0)));
	trainer_zero(&t);
	t.d.norm[3] = -10;
	t.touched[params_find(t.w, "model.norm.weight")] = true;
	u.lr = lr;
	trainer_update(&t, u);
	ok(trainer_commit(&t, 0) == -1 && strcmp(err_last(), said) == 0, "%s",
	    err_last());
	ok(ckpt_open(&d, "p") == 0 && d.step == 1 && c.step == 1 &&
		ckpt_check_finite(&d) == 0 && count_files("p", "tmp") == 0,
	    "the directory holds the step before");
	ckpt_close(&d);
	trainer_release(&t);
	ckpt_close(&c);
	drop("p");
}

/* All tensors are in one shard. */
static void
put_index(void)
{
	struct safetensors *s = st_open("p/shard");
	struct buf b = { 0 };
	size_t i;

	need(s == NULL ? -1 : 0);
	buf_adds(&b, "{\"weight_map\":{");
	for (i = 0; i < st_count(s); i++)
		buf_addf(&b, "%s\"%s\":\"shard\"", i > 0 ? "," : "",
		    st_at(s, i)->name);
	buf_adds(&b, "}}");
	put("p/model.safetensors.index.json", buf_text(&b));
	buf_release(&b);
	st_close(s);
}

static void
test_links(void)
{
	struct trainer t;
	struct ckpt c, k;

	make("p", FAMILY_LLAMA, ST_F32);
	need(rename("p/model.safetensors", "blob"));
	need(symlink("../blob", "p/model.safetensors"));
	need(ckpt_open(&c, "p"));
	ok(trainer_open(&t, &c, OPTIMIZER_SGD, synced_every(0)) == -1 &&
		err_last_kind() == ERR_LINKED_WEIGHTS &&
		strcmp(err_about(), "p") == 0,
	    "linked weights: %s", err_last());
	ckpt_close(&c);
	need(rename("p/model.safetensors", "p/shard"));
	put_index();
	need(ckpt_open(&c, "p"));
	ok(trainer_open(&t, &c, OPTIMIZER_SGD, synced_every(0)) == -1 &&
		err_last_kind() == ERR_LINKED_WEIGHTS,
	    "a linked shard: %s", err_last());
	ckpt_close(&c);
	need(unlink("p/model.safetensors.index.json"));
	need(unlink("p/shard"));
	need(rename("blob", "p/model.safetensors"));
	need(rename("p/config.json", "blob"));
	need(symlink("../blob", "p/config.json"));
	need(ckpt_open(&c, "p"));
	ok(trainer_open(&t, &c, OPTIMIZER_SGD, synced_every(0)) ==
		TRAINER_FRESH,
	    "a linked config does no harm");
	ok(trainer_commit(&t, 1) == 0 && ckpt_open(&k, "p/step-000001") == 0 &&
		!is_link("p/step-000001/config.json"),
	    "a kept step has the file, not a link that leads elsewhere");
	trainer_release(&t);
	ckpt_close(&k);
	ckpt_close(&c);
	need(unlink("blob"));
	drop("p");
}

/* Steps 1 and 2 are synced, then two are not. */
static void
leave_unsynced(void)
{
	make("p", FAMILY_LLAMA, ST_F32);
	copy("p", "q");
	(void)run("p", 2, OPTIMIZER_ADAMW, 0);
	(void)run("p", 2, OPTIMIZER_ADAMW, NEVER_SYNCED);
}

static void
test_synced(void)
{
	struct trainer t;
	struct ckpt c;
	uint64_t at = 0;

	leave_unsynced();
	need(ckpt_open(&c, "p"));
	ok(c.step == 4 && ckpt_synced(&c, &at) && at == 2 &&
		count_files("p", "synced-") == 1 &&
		file_exists("p/synced-000002/optimizer-2.safetensors"),
	    "while newer steps are not synced, the last synced pair is held");
	need(trainer_open(&t, &c, OPTIMIZER_ADAMW, synced_every(NEVER_SYNCED)));
	ok(step(&t, 1, 0) == 0 && !ckpt_synced(&c, NULL),
	    "the first step after a run that was killed is synced");
	ok(step(&t, 1, 0) == 0 && ckpt_synced(&c, &at) && at == 5,
	    "the next holds that one");
	ok(trainer_finish(&t, 0) == 0 && !ckpt_synced(&c, NULL),
	    "a sync at the end holds none");
	trainer_release(&t);
	need(trainer_open(&t, &c, OPTIMIZER_ADAMW, synced_every(INFINITY)));
	ok(step(&t, 1, 0) == 0 && !ckpt_synced(&c, NULL),
	    "a run that never syncs holds no synced step");
	trainer_release(&t);
	ckpt_close(&c);
	drop("p");
	drop("q");
}

/* A loss of power leaves a file that is empty or torn. */
static void
test_power_loss(const char *torn, off_t left, int opened, int started)
{
	struct ckpt c, d;
	struct trainer t;
	int rc;

	leave_unsynced();
	need(truncate(torn, left));
	rc = ckpt_open(&c, "p");
	ok(rc == opened && c.step == (opened > 0 ? 2u : 4u),
	    "%s has %d bytes: step %d is open: %s", torn, (int)left,
	    (int)c.step, err_last());
	need(ckpt_open(&d, "p"));
	ok(ckpt_refresh(&d) == 0, "a reader finds no change");
	ok(trainer_open(&t, &c, OPTIMIZER_ADAMW, synced_every(0)) == started &&
		c.step == 2 && t.updates == 2,
	    "the trainer goes on from step 2");
	ok(ckpt_refresh(&d) == 1 && d.step == 2 && d.fallback == NULL,
	    "a reader then finds step 2 in its place");
	need(step(&t, 1, 0));
	need(step(&t, 1, 0));
	(void)run("q", 4, OPTIMIZER_ADAMW, 0);
	ok(same_file("p/model.safetensors", "q/model.safetensors") &&
		same_file("p/optimizer-4.safetensors",
		    "q/optimizer-4.safetensors"),
	    "the run ends as without the loss of power");
	trainer_release(&t);
	ckpt_close(&c);
	ckpt_close(&d);
	drop("p");
	drop("q");
}

static void
test_damage(void)
{
	struct trainer t;
	struct ckpt c;

	make("p", FAMILY_LLAMA, ST_F32);
	(void)run("p", 2, OPTIMIZER_ADAMW, 0);
	need(truncate("p/optimizer-2.safetensors", 0));
	need(ckpt_open(&c, "p"));
	ok(trainer_open(&t, &c, OPTIMIZER_ADAMW, synced_every(0)) == -1 &&
		strcmp(err_last(),
		    "p/optimizer-2.safetensors: 0 bytes are no safetensors "
		    "file") == 0,
	    "a damaged file and no synced step: %s", err_last());
	ckpt_close(&c);
	need(truncate("p/model.safetensors", 20));
	ok(ckpt_open(&c, "p") == -1 &&
		strncmp(err_last(), "p/model.safetensors: ", 21) == 0,
	    "damaged weights and no synced step: %s", err_last());
	drop("p");
}

int
main(void)
{
	int o;

	scratch_enter();
	for (o = OPTIMIZER_ADAMW; o <= OPTIMIZER_LION; o++) {
		test_resume((enum optimizer)o, ST_F32);
		test_resume((enum optimizer)o, ST_BF16);
	}
	test_other();
	test_touched();
	test_overflow(ST_F16, 1e5,
	    "p: tensor model.norm.weight: 1e+06 does not fit F16");
	test_overflow(ST_F32, 1e38,
	    "p: tensor model.norm.weight: inf does not fit F32");
	test_overflow(ST_BF16, 3.4e37,
	    "p: tensor model.norm.weight: 3.4e+38 does not fit BF16");
	test_links();
	test_synced();
	test_power_loss("p/model.safetensors", 0, 1, TRAINER_RESUMED);
	test_power_loss("p/model.safetensors", 1000, 1, TRAINER_RESUMED);
	test_power_loss("p/optimizer-4.safetensors", 0, 0, TRAINER_WENT_BACK);
	test_damage();
	scratch_leave();
	return tap_done();
}
