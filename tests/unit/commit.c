/* SPDX-License-Identifier: MIT */
#include "tests/policydir.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/scratch.h"
#include "tests/tap.h"

static void
test_commit(enum st_dtype dtype)
{
	char name[] = "m.model.norm.weight";
	float m[8] = { 1, 2, 3 };
	struct st_tensor state = { .name = name,
		.dtype = ST_F32,
		.dims = 1,
		.shape = { 8 },
		.n = 8,
		.bytes = sizeof m,
		.data = m };
	struct safetensors *s;
	struct ckpt c, d;
	struct params w;
	uint64_t step;

	make("p", FAMILY_LLAMA, dtype);
	put("p/tokenizer.json", "{}");
	need(ckpt_open(&c, "p"));
	need(ckpt_open(&d, "p"));
	ok(strlen(d.tokenizer) == 32, "the tokenizer's fingerprint");
	ok(ckpt_optimizer(&c) == NULL, "no optimiser yet");
	params_like(&w, &c.params, &c.config);
	memcpy(w.block, c.params.embed, 88 * 4);
	for (step = 1; step <= 12; step++) {
		w.embed[0] = (float)step;
		need(ckpt_commit(&c, &w, &state, 1, step, step == 7, 3));
	}
	ok(d.params.embed[0] != 12 && d.step == 0, "a reader keeps the old");
	ok(ckpt_refresh(&d) == 1 && d.step == 12 && d.params.embed[0] == 12 &&
		d.dtype == dtype,
	    "until it looks");
	ok(ckpt_refresh(&d) == 0, "no news then");
	ok(count_files("p", "optimizer-") == 1 && count_files("p", "") == 7,
	    "one optimiser's file, three steps kept: %zu files",
	    count_files("p", ""));
	ok(count_files("p/step-000010", "") == 3 &&
		file_exists("p/step-000012/tokenizer.json"),
	    "kept with config and tokenizer");
	s = ckpt_optimizer(&d);
	ok(s != NULL && st_find(s, name) != NULL &&
		memcmp(st_find(s, name)->data, m, sizeof m) == 0,
	    "the optimiser's state");
	st_close(s);
	ok(ckpt_sync(&d) == 0, "sync");
	ckpt_close(&d);
	need(ckpt_open(&d, "p/step-000011"));
	ok(d.step == 11 && d.params.embed[0] == 11, "a kept step is a policy");
	ckpt_close(&d);
	ckpt_close(&c);
	params_release(&w);
	drop("p");
}

/* What a killed run leaves, and what is not ours. */
static void
test_sweep(void)
{
	struct ckpt c;
	pid_t dead = fork();

	if (dead == 0)
		_exit(0);
	(void)waitpid(dead, NULL, 0);
	make("p", FAMILY_LLAMA, ST_F32);
	need(ckpt_open(&c, "p"));
	struct buf b = { 0 };
	buf_addf(&b, "p/model.safetensors.tmp.%ld", (long)dead);
	put(buf_text(&b), "x");
	buf_reset(&b);
	buf_addf(&b, "p/step-000003.tmp.%ld", (long)dead);
	need(mkdir(buf_text(&b), 0777));
	buf_reset(&b);
	buf_addf(&b, "p/notes.tmp.%ld", (long)dead);
	put(buf_text(&b), "x");
	buf_reset(&b);
	buf_addf(&b, "p/model.safetensors.tmp.%ld", (long)getppid());
	put(buf_text(&b), "x");
	put("p/optimizer-1.safetensors", "x");
	put("p/optimizer-x.safetensors", "x");
	need(mkdir("p/step-7", 0777));
	ok(ckpt_optimizer(&c) == NULL && count_files("p", "tmp") == 2,
	    "what a dead process left goes");
	ok(count_files("p", "optimizer") == 1, "and a step that never came");
	need(ckpt_commit(&c, &c.params, NULL, 0, 1, false, 1));
	ok(file_exists("p/step-7") && file_exists("p/step-000001"),
	    "names like ours stay");
	put("p/optimizer-1.safetensors", "x");
	ok(ckpt_optimizer(&c) == NULL &&
		strstr(err_last(), "p/optimizer-1.safetensors: 1 bytes") !=
		    NULL,
	    "a broken one: %s", err_last());
	buf_release(&b);
	ckpt_close(&c);
	drop("p");
}

/* Commits steps until it is killed. */
static void
commit_for_ever(void)
{
	char name[] = "v.x";
	float v[5000] = { 0 };
	struct st_tensor state = { .name = name,
		.dtype = ST_F32,
		.dims = 1,
		.shape = { 5000 },
		.n = 5000,
		.bytes = sizeof v,
		.data = v };
	struct ckpt c;
	struct params w;
	size_t i;

	need(ckpt_open(&c, "p"));
	st_close(ckpt_optimizer(&c));
	params_like(&w, &c.params, &c.config);
	for (;;) {
		for (i = 0; i < w.total; i++)
			w.block[i] = (float)(c.step + 1);
		v[0] = v[4999] = (float)(c.step + 1);
		need(ckpt_commit(&c, &w, &state, 1, c.step + 1, false, 2));
	}
}

static bool
whole(const struct ckpt *c, struct safetensors *s)
{
	const float *v = s == NULL ? NULL : st_at(s, 0)->data;
	const struct tensor *last = &c->params.tensor[c->params.tensors - 1];

	return c->params.embed[0] == (float)c->step &&
	    last->p[last->n - 1] == (float)c->step && v != NULL &&
	    v[0] == (float)c->step && v[4999] == (float)c->step;
}

static void
test_kill(void)
{
	struct safetensors *s;
	struct ckpt c;
	uint64_t before = 0;
	size_t wrong = 0, back = 0;
	pid_t child;
	int i;

	make("p", FAMILY_LLAMA, ST_F32);
	for (i = 0; i < 40; i++) {
		child = fork();
		if (child == 0)
			commit_for_ever();
		(void)usleep(4000 + 431 * (unsigned)i);
		(void)kill(child, SIGKILL);
		(void)waitpid(child, NULL, 0);
		need(ckpt_open(&c, "p"));
		s = ckpt_optimizer(&c);
		wrong += c.step > 0 && !whole(&c, s);
		back += c.step < before;
		before = c.step;
		st_close(s);
		ckpt_close(&c);
	}
	ok(wrong == 0, "killed 40 times, always a whole step");
	ok(back == 0 && before > 0, "that goes on from the last: %llu",
	    (unsigned long long)before);
	ok(count_files("p", "tmp") == 0, "and is clean");
	drop("p");
}

static void
test_follow(void)
{
	struct ckpt c, w;
	pid_t child;
	int status;

	make("p", FAMILY_LLAMA, ST_F32);
	need(ckpt_open(&c, "p"));
	child = fork();
	if (child == 0) {
		alarm(20);
		_exit(ckpt_follow(&c, 3) == 1 && c.step == 3 &&
			    ckpt_follow(&c, 2) == 0 ?
			0 :
			1);
	}
	need(ckpt_open(&w, "p"));
	for (int i = 1; i <= 3; i++) {
		(void)usleep(20000);
		need(
		    ckpt_commit(&w, &w.params, NULL, 0, (uint64_t)i, false, 0));
	}
	(void)waitpid(child, &status, 0);
	ok(status == 0, "a follower wakes at the step it waits for");
	ckpt_close(&w);

	/* Nobody reads what it would write. */
	int fd[2];
	need(pipe(fd));
	child = fork();
	if (child == 0) {
		alarm(20);
		(void)close(fd[0]);
		(void)dup2(fd[1], STDOUT_FILENO);
		(void)close(fd[1]);
		_exit(ckpt_follow(&c, 9) == -1 && err_is_pipe() ? 0 : 1);
	}
	(void)close(fd[1]);
	(void)usleep(20000);
	(void)close(fd[0]);
	(void)waitpid(child, &status, 0);
	ok(status == 0, "and ends when its output is closed");
	ckpt_close(&c);
	drop("p");
}

int
main(void)
{
	scratch_enter();
	test_commit(ST_F32);
	test_commit(ST_BF16);
	test_sweep();
	test_kill();
	test_follow();
	scratch_leave();
	return tap_done();
}
