/* SPDX-License-Identifier: MIT */
/*
 * topk: distributions of k tokens and a tail, from logits into a record and
 * back, and what is refused.
 */
#include "traj/topk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../naive.h"
#include "../tap.h"
#include "likelihood/export.h"
#include "traj/field.h"

enum { V = 7, A = 2 };

static void
record(struct traj *t, const char *fields)
{
	char line[1024];

	(void)snprintf(line, sizeof line,
	    "{\"id\":\"a\",\"tokens\":[1,2,3,4],\"actions\":[1,3]%s}", fields);
	if (traj_from_json(t, line, strlen(line)) != 0) {
		printf("Bail out! %s\n", err_last());
		exit(1);
	}
}

static void
test_round_trip(size_t k)
{
	float z[A][V], copy[V];
	double p[V], rest;
	struct topk c = { 0 }, back = { 0 };
	struct traj t = { 0 };
	struct msg_build b;
	size_t j, i, v, n, bad = 0;

	record(&t, "");
	topk_fit(&c, A, k, V);
	for (j = 0; j < A; j++) {
		naive_fill(z[j], V, k + j);
		z[j][5] = z[j][2]; /* alike */
		memcpy(copy, z[j], sizeof copy);
		export_topk_take(&c, j, copy, V);
	}
	for (j = 0; j < A; j++)
		for (i = 1; i < k && i < V; i++)
			bad += c.logp[j * c.k + i] > c.logp[j * c.k + i - 1];
	ok(bad == 0, "%zu tokens are taken, the likeliest first", c.k);
	topk_write(&c, &t.rec);
	ok(topk_read(&back, &t, V) == 1 && back.k == c.k &&
		back.tails == (k < V ? A : 0),
	    "a record carries %zu tokens and %zu tails", back.k, back.tails);
	for (j = 0, bad = 0; j < A; j++) {
		for (v = 0; v < V; v++)
			p[v] = (double)z[j][v];
		naive_softmax(p, p, V);
		for (i = 0, rest = 1; i < back.k; i++) {
			uint32_t token = back.token[j * back.k + i];

			for (v = n = 0; v < V; v++)
				n += p[v] > p[token] ||
				    (p[v] >= p[token] && v < token);
			bad += n >= k ||
			    (i > 0 && token <= back.token[j * back.k + i - 1]);
			bad += !(fabs((double)back.logp[j * back.k + i] -
				     log(p[token])) < 1e-6);
			rest -= p[token];
		}
		bad +=
		    k < V && !(fabs((double)back.tail[j] - log(rest)) < 1e-5);
	}
	ok(bad == 0,
	    "a record has the top of each distribution, by token, and the "
	    "tail");
	msg_build(&b, &t.rec);
	field_drop(&b, FIELD_RESPONSE);
	msg_build_end(&b, &t.rec);
	ok(topk_read(&back, &t, V) == 0, "the fields go with the response");
	topk_release(&c);
	topk_release(&back);
	traj_release(&t);
}

#define HALF "-0.6931472"
#define FINE \
	"\"teacher_token\":[3,1,0,2],\"teacher_logp\":[" HALF \
	",-1.3862944," HALF ",-1.3862944]"
#define TAILS ",\"teacher_tail\":[-1.3862944,-1.3862944]"

static void
test_taken(void)
{
	struct topk c = { 0 };
	struct traj t = { 0 };

	record(&t, "," FINE TAILS);
	ok(topk_read(&c, &t, V) == 1 && c.token[0] == 1 && c.token[1] == 3 &&
		fabs(exp((double)c.logp[1]) - 0.5) < 1e-6,
	    "tokens are accepted in any order");
	record(&t,
	    ",\"teacher_token\":[0,1,0,1],\"teacher_logp\":[" HALF "," HALF
	    ",-0.7,-0.7]");
	ok(topk_read(&c, &t, 2) == 1 && c.tails == 0 &&
		fabs(exp((double)c.logp[2]) - 0.5) < 1e-6,
	    "no tail is needed for the whole vocabulary; sums are scaled to 1");
	topk_release(&c);
	traj_release(&t);
}

static const struct {
	const char *fields, *words;
} bad[] = {
	{ ",\"teacher_token\":[1,2]", "field \"teacher_logp\": missing" },
	{ ",\"teacher_token\":\"all\"",
	    "field \"teacher_token\": expected a uint32 array, found "
	    "text" },
	{ ",\"teacher_token\":[1,2,3],\"teacher_logp\":[-1,-1,-1]",
	    "field \"teacher_token\": 3 values for 2 actions, expected "
	    "as many for each" },
	{ ",\"teacher_token\":[],\"teacher_logp\":[]",
	    "field \"teacher_token\": 0 values for 2 actions, expected "
	    "as many for each" },
	{ ",\"teacher_token\":[1,2],\"teacher_logp\":[-1]",
	    "field \"teacher_logp\": 1 values for 2 tokens" },
	{ "," FINE,
	    "field \"teacher_tail\": missing, but 2 tokens are "
	    "not the vocabulary of 7" },
	{ "," FINE ",\"teacher_tail\":[-1]",
	    "field \"teacher_tail\": 1 values for 2 actions" },
	{ ",\"teacher_token\":[1,2],\"teacher_logp\":[0.5,-1]"
	  ",\"teacher_tail\":[-1,-1]",
	    "field \"teacher_logp\": element 0 is 0.5, expected a "
	    "log-probability" },
	{ ",\"teacher_token\":[1,2],\"teacher_logp\":[-1,-1]"
	  ",\"teacher_tail\":[-1,1]",
	    "field \"teacher_tail\": element 1 is 1, expected a "
	    "log-probability" },
	{ ",\"teacher_token\":[1,2],\"teacher_logp\":[-1,-1]"
	  ",\"teacher_tail\":[-1,-1]",
	    "field \"teacher_logp\": the distribution of action 0 sums to "
	    "0.735759, expected 1" },
	{ ",\"teacher_token\":[1,7],\"teacher_logp\":[" HALF "," HALF
	  "],\"teacher_tail\":[" HALF "," HALF "]",
	    "field \"teacher_token\": token 7 is outside a vocabulary "
	    "of 7" },
	{ ",\"teacher_token\":[1,2,3,3],\"teacher_logp\":[" HALF
	  ",-1.3862944," HALF ",-1.3862944]" TAILS,
	    "field \"teacher_token\": token 3 comes twice at action "
	    "1" },
	{ ",\"teacher_token\":[0,1,2,3,4,5,6,0,0,1,2,3,4,5,6,0],"
	  "\"teacher_logp\":[]",
	    "field \"teacher_token\": 8 for an action, the vocabulary "
	    "has 7" },
};

static void
test_refused(void)
{
	struct topk c = { 0 };
	struct traj t = { 0 };
	size_t i;
	int rc;

	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		record(&t, bad[i].fields);
		rc = topk_read(&c, &t, V);
		ok(rc == -1 && strcmp(err_last(), bad[i].words) == 0, "%s",
		    rc == -1 ? err_last() : bad[i].words);
	}
	record(&t,
	    ",\"teacher_token\":[0,1,0,1],\"teacher_logp\":[" HALF "," HALF
	    "," HALF "," HALF "],\"teacher_tail\":[-40,-40]");
	ok(topk_read(&c, &t, 2) == -1, "%s", err_last());
	topk_fit(&c, A, 1, V);
	memcpy(c.token, ((uint32_t[A]){ 1, 1 }), sizeof(uint32_t[A]));
	memcpy(c.logp, ((float[A]){ -1, NAN }), sizeof(float[A]));
	memcpy(c.tail, ((float[A]){ -0.4586751f, -1 }), sizeof(float[A]));
	topk_write(&c, &t.rec);
	ok(topk_read(&c, &t, V) == -1 &&
		strstr(err_last(), "element 1 is ") != NULL,
	    "%s", err_last());
	topk_fit(&c, A, 1, V);
	memcpy(c.logp, ((float[A]){ -1, -1 }), sizeof(float[A]));
	memcpy(c.tail, ((float[A]){ -INFINITY, -1 }), sizeof(float[A]));
	topk_write(&c, &t.rec);
	ok(topk_read(&c, &t, V) == -1 &&
		strcmp(err_last(),
		    "field \"teacher_tail\": element 0 is -inf, "
		    "expected a log-probability") == 0,
	    "%s", err_last());
	topk_release(&c);
	traj_release(&t);
}

int
main(void)
{
	size_t k;

	for (k = 1; k <= V + 1; k++)
		test_round_trip(k);
	test_taken();
	test_refused();
	return tap_done();
}
