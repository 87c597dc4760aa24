/* SPDX-License-Identifier: MIT */
/* gradsum: gradients in memory, read, added, multiplied and written. */
#include "gradient/gradsum.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "../gradtext.h"
#include "../scratch.h"
#include "../tap.h"

/* Read a segment of the given records, as text: 0 or -1. */
static int
read_records(struct gradsum *s, const char *records, size_t count)
{
	FILE *f = fopen("file", "w");
	struct gradient_head h = { 0 };
	struct gradient_in *in;
	bool empty;
	int rc = -1;

	if (f == NULL)
		exit(1);
	fprintf(f,
	    "{\"apprentice\":{\"kind\":\"grad\",\"version\":1," GRAD_FKL
	    ",\"units\":1}}\n%s{\"end\":{\"count\":%zu,\"more\":false}}\n",
	    records, count);
	(void)fclose(f);
	in = gradient_open(grad_open("file"));
	if (gradient_next(in, &h, &empty) == 1)
		rc = gradsum_read(s, in);
	gradient_close(in);
	gradient_head_release(&h);
	(void)unlink("file");
	return rc;
}

static void
need(int rc)
{
	if (rc != 0)
		exit(1);
}

#define REC(name, offset, of, data) \
	"{\"name\":\"" name "\",\"offset\":" #offset ",\"of\":" #of \
	",\"data\":[" data "]}\n"

static bool
holds(const struct gradsum *s, const char *name, size_t n, const float *x)
{
	const struct gradsum_tensor *t;

	for (t = s->tensor; t < s->tensor + s->tensors; t++)
		if (strcmp(t->name, name) == 0)
			return t->total == n &&
			    memcmp(t->data, x, n * sizeof *x) == 0;
	return false;
}

static void
test_read(void)
{
	struct gradsum s = { 0 };

	ok(read_records(&s,
	       REC("a", 3, 5, "4,5") REC("b", 0, 1, "7") REC("a", 2, 5, "3")
		   REC("a", 0, 5, "1,2"),
	       4) == 0 &&
		s.tensors == 2 &&
		holds(&s, "a", 5, (float[]){ 1, 2, 3, 4, 5 }) &&
		holds(&s, "b", 1, (float[]){ 7 }),
	    "pieces of a tensor may come in any order: %s", err_last());
	gradsum_release(&s);
	ok(s.tensors == 0, "a released sum is empty");
}

static void
test_refusals(void)
{
	static const struct {
		const char *records;
		size_t count;
		const char *says;
	} bad[] = {
		{ REC("a", 0, 3, "1,2"), 1,
		    "tensor \"a\": elements from 2 on are missing" },
		{ REC("a", 1, 3, "2,3"), 1,
		    "tensor \"a\": elements from 0 on are missing" },
		{ REC("a", 0, 3, "1,2") REC("a", 1, 3, "9"), 2,
		    "record 2: tensor \"a\": elements from 1 on are given "
		    "twice" },
		{ REC("a", 0, 3, "1") REC("a", 1, 4, "2"), 2,
		    "record 2: tensor \"a\" has 4 elements, 3 in a record "
		    "before" },
		{ REC("a", 0, 1152921504606846976, "1"), 1,
		    "elements from 1 on are missing" },
	};
	struct gradsum s = { 0 };
	size_t i;

	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		ok(read_records(&s, bad[i].records, bad[i].count) == -1 &&
			strstr(err_last(), bad[i].says) != NULL,
		    "refused: %s", err_last());
		gradsum_release(&s);
	}
}

static void
test_add(void)
{
	struct gradsum sum = { 0 }, s = { 0 };
	double dot;

	need(read_records(&s, REC("a", 0, 2, "1,2") REC("b", 0, 1, "3"), 2));
	ok(gradsum_add(&sum, &s) == 0 && s.tensors == 0 && sum.tensors == 2,
	    "an empty sum takes over the memory of the first");
	need(read_records(&s, REC("b", 0, 1, "4") REC("c", 0, 1, "5"), 2));
	ok(gradsum_dot(&sum, &s, &dot) == 0 && fabs(dot - 12) < 1e-9 &&
		gradsum_dot(&s, &sum, &dot) == 0 && fabs(dot - 12) < 1e-9,
	    "a product is over the tensors that both have");
	ok(gradsum_add(&sum, &s) == 0 &&
		holds(&sum, "a", 2, (float[]){ 1, 2 }) &&
		holds(&sum, "b", 1, (float[]){ 7 }) &&
		holds(&sum, "c", 1, (float[]){ 5 }),
	    "tensors add by name, new ones are appended");
	ok(fabs(gradsum_square(&sum.tensor[0]) - 5) < 1e-9,
	    "the square of a tensor");
	gradsum_release(&s);
	need(read_records(&s, REC("b", 0, 2, "4,5"), 1));
	ok(gradsum_add(&sum, &s) == -1 &&
		strstr(err_last(), "tensor \"b\" has 2 elements, 1") != NULL &&
		gradsum_dot(&sum, &s, &dot) == -1,
	    "two sizes of a tensor are refused: %s", err_last());
	gradsum_release(&s);
	gradsum_release(&sum);
}

int
main(void)
{
	scratch_enter();
	test_read();
	test_refusals();
	test_add();
	scratch_leave();
	return tap_done();
}
