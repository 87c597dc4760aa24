/* SPDX-License-Identifier: MIT */
/*
 * journal: a run that is killed before each of its calls in turn, and goes on:
 * a line for each step, once, in order; the rest of a torn line; what is not
 * lines.
 */
#include "tests/faults.h"

#include <math.h>
#include <sys/wait.h>

#include "io/json.h"
#include "optim/training.h"
#include "tests/policydir.h"
#include "tests/scratch.h"
#include "tests/tap.h"

enum { STEPS = 5, EVERY = 2 };

/* The run's steps from where the policy is up to `last`: 0, 1, -1. */
static int
train(const char *dir, const char *out, uint64_t last)
{
	struct training r = { .recipe = { .update = { .lr = 0.1,
					      .beta1 = 0.9,
					      .beta2 = 0.99,
					      .eps = 1e-8 } },
		.saving = { COMMIT_STEPS, .every = EVERY, .sync = HUGE_VAL } };
	int fd = open(out, O_WRONLY | O_APPEND | O_CREAT, 0666), rc, began;
	struct metrics m;
	struct ckpt c;

	need(fd);
	need(ckpt_open(&c, dir));
	need(trainer_open(&r.trainer, &c, OPTIMIZER_SGD, &r.saving));
	began = rc = training_begin(&r, fd);
	while (rc >= 0 && r.trainer.step < last) {
		trainer_zero(&r.trainer);
		rc = training_step(&r, NULL, 0, 0, &m) == 0 ? 0 : -1;
	}
	if (rc >= 0)
		rc = training_finish(&r);
	training_release(&r);
	ckpt_close(&c);
	(void)close(fd);
	return rc < 0 ? -1 : began;
}

/* Whether the file has the lines of these steps and nothing else. */
static bool
has_steps(const char *path, uint64_t from, uint64_t to)
{
	size_t n;
	char *text = read_file(path, 1 << 20, &n), *at = text, *end;
	struct json *j;
	uint64_t step;
	bool good = text != NULL;

	for (; good && from <= to; from++, at = end + 1) {
		end = memchr(at, '\n', n - (size_t)(at - text));
		j = end == NULL ? NULL : json_parse(at, (size_t)(end - at));
		good = json_get_uint(j, "step", &step) == 1 && step == from;
		json_free(j);
	}
	good = good && at == text + n;
	free(text);
	return good;
}

static void
test_killed(void)
{
	size_t wrong = 0;
	unsigned nth = 0;
	int status;
	pid_t child;

	do {
		make("p", FAMILY_LLAMA, ST_F32);
		child = fork();
		if (child == 0) {
			fault_set("any", nth + 1, FAULT_KILL);
			_exit(train("p", "lines", STEPS) != 0);
		}
		(void)waitpid(child, &status, 0);
		nth++;
		if (train("p", "lines", STEPS) != 0 ||
		    !has_steps("lines", 1, STEPS) ||
		    count_files("p", "jsonl") > 0) {
			printf("# killed before call %u\n", nth);
			wrong++;
		}
		(void)unlink("lines");
		drop("p");
	} while (WIFSIGNALED(status));
	ok(wrong == 0 && WEXITSTATUS(status) == 0 && nth > 20,
	    "a run of %d steps, a commit every %d, killed before each of %u "
	    "calls: every line, once",
	    STEPS, EVERY, nth - 1);
}

static void
test_torn(void)
{
	size_t n, m, size, wrong = 0;
	char *half, *whole;

	make("p", FAMILY_LLAMA, ST_F32);
	need(train("p", "lines", EVERY));
	half = read_file("lines", 1 << 20, &m);
	need(train("p", "lines", 2 * EVERY));
	whole = read_file("lines", 1 << 20, &n);
	for (size = m; size <= n; size++) {
		put_bytes("p/optimizer-4.jsonl", whole + m, n - m);
		put_bytes("lines", whole, size);
		wrong += train("p", "lines", 2 * EVERY) != 0 ||
		    !has_steps("lines", 1, 2 * EVERY) ||
		    file_exists("p/optimizer-4.jsonl");
	}
	ok(wrong == 0 && n > m && m > 0,
	    "an output that ends anywhere in these lines gets the rest");
	put_bytes("p/optimizer-4.jsonl", whole + m, n - m);
	(void)unlink("lines");
	ok(train("p", "lines", 2 * EVERY) == 0 &&
		has_steps("lines", EVERY + 1, 2 * EVERY),
	    "a new output gets all of them");
	put_bytes("p/optimizer-3.jsonl", whole + m, n - m);
	put("lines", "");
	ok(train("p", "lines", 2 * EVERY) == 0 && has_steps("lines", 1, 0) &&
		!file_exists("p/optimizer-3.jsonl"),
	    "lines of another step are removed");
	free(half);
	free(whole);
	(void)unlink("lines");
	drop("p");
}

static void
test_damaged(void)
{
	static const struct {
		const char *text, *said;
	} bad[] = {
		{ "", "it is empty" },
		{ "{\"step\":3}", "line 1: it is torn" },
		{ "{\"step\":3}\n[]\n",
		    "line 2: expected an object, found list" },
		{ "\33[2J\n",
		    "line 1: line 1 column 1: invalid token near '?'" },
	};
	struct buf said = { 0 };
	size_t i;

	make("p", FAMILY_LLAMA, ST_F32);
	need(train("p", "lines", 2 * EVERY));
	(void)unlink("lines");
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		put("p/optimizer-4.jsonl", bad[i].text);
		buf_reset(&said);
		buf_addf(&said,
		    "p/optimizer-4.jsonl: %s; lines of metrics are lost up to "
		    "step 4",
		    bad[i].said);
		ok(train("p", "lines", 2 * EVERY) == 1 &&
			strcmp(err_last(), buf_text(&said)) == 0 &&
			has_steps("lines", 1, 0),
		    "%s", err_last());
	}
	ok(train("p", "lines", 3 * EVERY) == 1 &&
		has_steps("lines", 2 * EVERY + 1, 3 * EVERY) &&
		count_files("p", "jsonl") == 0,
	    "the next commit removes what is damaged");
	buf_release(&said);
	(void)unlink("lines");
	drop("p");
}

int
main(void)
{
	scratch_enter();
	test_killed();
	test_torn();
	test_damaged();
	scratch_leave();
	return tap_done();
}
