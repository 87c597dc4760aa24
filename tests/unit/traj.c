/* SPDX-License-Identifier: MIT */
/* traj: a record's fields, checked and written; selections and batches. */
#include "traj/traj.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../scratch.h"
#include "../tap.h"
#include "base/mem.h"
#include "traj/batch.h"
#include "traj/provenance.h"
#include "traj/select.h"

static char path[] = "read", made[] = "made";
static char *names[] = { path }, *made_names[] = { made };

#define HEAD "{\"apprentice\":{\"kind\":\"traj\",\"version\":1%s}}\n"

/* A stream of one segment with one record, with these further fields. */
static void
store(const char *header, const char *fields)
{
	FILE *f = fopen(path, "w");

	if (f == NULL)
		exit(1);
	(void)fprintf(f,
	    HEAD "{\"id\":\"a#0\"%s}\n{\"end\":{\"count\":1,"
		 "\"more\":false}}\n",
	    header, fields);
	(void)fclose(f);
}

static int
take(struct traj_segment *s)
{
	struct stream_in *in = stream_open(names, 1, STREAM_TRAJ, false);
	int r = in != NULL ? traj_read(in, s) : -1;
	size_t i;

	stream_close(in);
	s->at.file = path; /* the stream's copy is gone */
	for (i = 0; i < s->n; i++)
		s->t[i].at.file = path;
	return r;
}

#define T "\"tokens\":[3,4,5,6,7]"
#define TA "," T ",\"actions\":[1,3,4,5]"

static void
test_decode(void)
{
	struct traj_segment s = { 0 };
	struct traj *t, copy = { 0 };

	store(",\"ratio\":\"prompt\",\"vocab\":9,\"tokenizer\":\"ff\","
	      "\"policy\":{\"id\":\"p\",\"step\":4}",
	    TA
	    ",\"role\":\"policy\",\"stop\":\"turn\",\"pass\":2,\"weight\":0.5,"
	    "\"group\":\"a\",\"logp\":[-1,-2,0],\"logq\":[-1,-2,-3],"
	    "\"score\":[0.5],\"meta\":{},\"text\":{},\"other\":[1]");
	ok(take(&s) == 1 && s.n == 1 && !s.more,
	    "a segment of one record is read");
	ok(s.ratio == RATIO_PROMPT && s.vocab == 9 && s.policy_step == 4 &&
		strcmp(s.tokenizer, "ff") == 0 && strcmp(s.policy, "p") == 0,
	    "the header is decoded");
	t = &s.t[0];
	ok(strcmp(t->id, "a#0") == 0 && strcmp(t->group, "a") == 0 &&
		t->role == ROLE_POLICY && t->stop == STOP_TURN &&
		t->pass == 2 && t->weight == 0.5,
	    "texts, names and numbers are decoded");
	ok(t->n == 5 && t->spans == 2 && t->actions == 3 &&
		t->span[1].start == 4 && t->span[1].end == 5,
	    "spans of actions are decoded");
	ok(t->logps == 3 && t->logqs == 3 && t->scores == 1 &&
		t->logp[1] == -2 && t->score[0] == 0.5f,
	    "arrays of floats are decoded");
	traj_copy(&copy, t);
	traj_encode(&copy);
	ok(copy.rec.bytes.n == t->rec.bytes.n && traj_decode(&copy) == 0 &&
		copy.actions == 3 && copy.logp[1] == -2,
	    "a copy is encoded and decoded again");
	store("", TA);
	ok(take(&s) == 1 && strcmp(s.t[0].group, "a#0") == 0 &&
		s.t[0].weight == 1 && s.t[0].pass == 0 && s.t[0].logps == 0 &&
		s.t[0].role == ROLE_NONE && s.ratio == RATIO_NONE,
	    "absent fields have their defaults in reused memory");
	traj_release(&copy);
	traj_segment_release(&s);
}

static void
test_fits(void)
{
	struct traj_segment s = { 0 };

	store(",\"vocab\":9,\"tokenizer\":\"ff\"", TA);
	ok(take(&s) == 1 && traj_check(&s, 9, 5) == 0,
	    "a segment fits its vocabulary and context");
	ok(traj_check(&s, 7, 5) == -1 &&
		strstr(err_last(),
		    ": segment 1, record 1 (\"a#0\"): field \"tokens\": "
		    "token 7 is outside a vocabulary of 7") != NULL,
	    "a token outside the vocabulary is refused");
	ok(traj_check(&s, 9, 4) == -1 &&
		strstr(err_last(),
		    ": segment 1, record 1 (\"a#0\"): field \"tokens\": "
		    "5 are longer than the context of 4") != NULL,
	    "a trajectory longer than the context is refused");
	ok(traj_same_tokenizer(&s, "ff", 9) == 0 &&
		traj_same_tokenizer(&s, "fe", 9) == -1 &&
		traj_same_tokenizer(&s, "ff", 8) == -1,
	    "another fingerprint or vocabulary is another tokenizer");
	ok(strstr(err_last(), "vocabulary 9, but the policy's is 8") != NULL,
	    "the sizes of two vocabularies are named");
	store(",\"tokenizer\":\"ff\",\"by\":[{\"tool\":\"demo2traj\","
	      "\"argv\":[\"demo2traj\",\"-m\",\"qwen\"]}]",
	    TA);
	ok(take(&s) == 1 && traj_same_tokenizer(&s, "fe", 9) == -1 &&
		strcmp(err_last(),
		    "read: segment 1: made for qwen, but the policy has "
		    "another tokenizer") == 0 &&
		err_last_kind() == ERR_TOKENIZER,
	    "the policy that the trajectories were made for is named");
	traj_segment_release(&s);
}

static const struct {
	const char *fields, *why;
} refused[] = {
	{ "," T, "field \"actions\": missing" },
	{ ",\"actions\":[]", "field \"tokens\": missing" },
	{ "," T ",\"actions\":[1]",
	    "field \"actions\": 1 bounds are no pairs" },
	{ "," T ",\"actions\":[0,1]",
	    "field \"actions\": span [0, 1) after token 0 of 5" },
	{ "," T ",\"actions\":[2,2]",
	    "field \"actions\": span [2, 2) after token 0 of 5" },
	{ "," T ",\"actions\":[1,3,2,4]",
	    "field \"actions\": span [2, 4) after token 2 of 5" },
	{ "," T ",\"actions\":[4,6]",
	    "field \"actions\": span [4, 6) after token 0 of 5" },
	{ TA ",\"role\":\"king\"", "field \"role\": king is not known" },
	{ TA ",\"stop\":5", "field \"stop\": expected text, found an integer" },
	{ TA ",\"pass\":-1",
	    "field \"pass\": expected an integer from 0, found a negative "
	    "integer" },
	{ TA ",\"weight\":\"1\"",
	    "field \"weight\": expected a number, found text" },
	{ TA ",\"logp\":[-1]", "field \"logp\": 1 values for 3 actions" },
	{ TA ",\"logp\":[-1,-1,0.1]",
	    "field \"logp\": element 2 is 0.1, above 0" },
	{ TA ",\"score\":[]", "field \"score\": 0 values for 3 actions" },
	{ TA ",\"score\":[1,2]", "field \"score\": 2 values for 3 actions" },
	{ TA ",\"group\":\"\"",
	    "field \"group\": expected a text without NUL, not empty" },
	{ TA ",\"meta\":\"42\"", "field \"meta\": expected a map" },
	{ TA ",\"text\":[]", "field \"text\": expected a map" },
};

static void
test_refused(void)
{
	struct traj_segment s = { 0 };
	char want[256];
	size_t i;

	for (i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		store("", refused[i].fields);
		(void)snprintf(want, sizeof want,
		    "%s: segment 1, record 1 "
		    "(\"a#0\"): %s",
		    path, refused[i].why);
		ok(take(&s) == -1 && strcmp(err_last(), want) == 0,
		    "refused: %s", refused[i].why);
	}
	store(",\"ratio\":\"luck\"", TA);
	ok(take(&s) == -1 &&
		strstr(err_last(),
		    "header: field \"ratio\": luck "
		    "is not known") != NULL,
	    "an unknown ratio is refused");
	traj_segment_release(&s);
}

/* Binary: what JSON cannot say. */
static void
test_binary(void)
{
	static const float nan_logp[] = { -1, -1, NAN };
	struct traj_segment s = { 0 };
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	struct stream_out *out = stream_new(fd, "out", false);
	struct traj *t = traj_add(&s);
	int rc;

	t->id = strdup("n");
	t->n = 5;
	t->tokens = calloc(5, sizeof *t->tokens);
	t->spans = 1;
	t->span = calloc(1, sizeof *t->span);
	t->span[0] = (struct span){ 1, 4 };
	t->weight = 1;
	traj_encode(t);
	msg_set_f32(&t->rec, "logp", nan_logp, 3);
	rc = traj_write(out, &s);
	ok(rc == 0 && take(&s) == -1 &&
		strstr(err_last(),
		    "(\"n\"): field "
		    "\"logp\": element 2 is not finite") != NULL,
	    "a NaN in logp is refused");
	stream_free(out);
	(void)close(fd);
	traj_segment_release(&s);
}

/* ---- selections */

/* Segments of trajectories with these ids; a '.' ends one. */
static void
store_ids(const char *ids)
{
	FILE *f = fopen(path, "w");
	const char *p;
	int n;

	for (p = ids; f != NULL && *p != '\0'; p++) {
		(void)fprintf(f, HEAD, "");
		for (n = 0; *p != '.'; p++, n++)
			(void)fprintf(f, "{\"id\":\"%c\"%s}\n", *p, TA);
		(void)fprintf(f, "{\"end\":{\"count\":%d,\"more\":%s}}\n", n,
		    p[1] != '\0' ? "true" : "false");
	}
	if (f == NULL || fclose(f) != 0)
		exit(1);
}

/* Cut the selected trajectories of the stored segments; the ids in the same
 * form. */
static void
cut(const struct selection *how, uint64_t size, char *ids)
{
	struct select *x =
	    select_new(stream_open(names, 1, STREAM_TRAJ, false), how);
	int fd = open(made, O_WRONLY | O_CREAT | O_TRUNC, 0600), rc = 0;
	struct stream_out *out = stream_new(fd, "out", false);
	struct batch *b = batch_new(out, size, 0);
	struct traj_segment s = { 0 };
	struct stream_in *in;
	struct selected t;
	size_t i;

	while (rc == 0 && select_next(x, &t) > 0) {
		rc = batch_add(b, &t);
		if (batch_full(b) && select_coming(x) != SELECT_UNKNOWN)
			rc |= batch_end(b, select_coming(x) == SELECT_MORE);
	}
	rc |= batch_finish(b, select_unfinished(x));
	batch_free(b);
	select_free(x);
	stream_free(out);
	(void)close(fd);
	in = stream_open(made_names, 1, STREAM_TRAJ, false);
	while ((rc = traj_read(in, &s)) > 0) {
		for (i = 0; i < s.n; i++)
			*ids++ = s.t[i].id[0];
		*ids++ = '.';
	}
	if (rc < 0)
		printf("# %s\n", err_last());
	*ids++ = rc < 0 ? '!' : '\0';
	*ids = '\0';
	stream_close(in);
	traj_segment_release(&s);
}

static void
check_cut(const char *what, struct selection how, uint64_t size,
    const char *want)
{
	char ids[256];

	if (how.head == 0)
		how.head = UINT64_MAX;
	cut(&how, size, ids);
	if (!ok(strcmp(ids, want) == 0, "%s: %s", what, want))
		printf("# %s\n", ids);
}

static void
test_cut(void)
{
	const struct selection all = { 0 };
	struct traj_segment s = { 0 };
	struct stream_in *in;

	store_ids("abcde.fg.");
	check_cut("batch 3", all, 3, "abc.def.g.");
	check_cut("batch 7", all, 7, "abcdefg.");
	check_cut("two passes in threes", (struct selection){ .repeat = 2 }, 3,
	    "abc.def.g.abc.def.g.");
	check_cut("two passes", (struct selection){ .repeat = 2 }, 0,
	    "abcdefg.abcdefg.");
	check_cut("head", (struct selection){ .head = 4 }, 2, "ab.cd.");
	check_cut("skip", (struct selection){ .skip = 5 }, 1, "f.g.");
	check_cut("skip and head of passes",
	    (struct selection){ .repeat = 3, .skip = 6, .head = 3 }, 0,
	    "g.ab.");
	check_cut("where", (struct selection){ .key = "id", .value = "c" }, 1,
	    "c..");
	check_cut("pass where absent",
	    (struct selection){ .key = "pass", .value = "0" }, 4, "abcd.efg.");
	store_ids("abc.abd.");
	check_cut("a segment ends before an id that it has", all, 5,
	    "abc.abd.");
	check_cut("it does so too where all are held",
	    (struct selection){ .repeat = 1 }, 0, "abc.abd.");
	store_ids("aba.");
	in = stream_open(names, 1, STREAM_TRAJ, false);
	ok(traj_read(in, &s) == -1 &&
		strstr(err_last(),
		    ": segment 1: field "
		    "\"id\": \"a\" comes twice") != NULL,
	    "an id that comes twice in a segment is refused");
	stream_close(in);
	traj_segment_release(&s);
	store_ids("ab..");
	check_cut("an empty segment ends a stream that promised more", all, 2,
	    "ab..");
}

static void
test_shuffle(void)
{
	struct selection how = { .shuffle = true,
		.repeat = 2,
		.seed = 1,
		.head = UINT64_MAX };
	char a[256], b[256], c[256];

	store_ids("abcdefghijklmnop.");
	cut(&how, 0, a);
	cut(&how, 0, b);
	how.seed = 2;
	cut(&how, 0, c);
	ok(strcmp(a, b) == 0,
	    "shuffling by the same seed gives the same order");
	ok(strcmp(a, c) != 0, "shuffling by another seed gives another order");
	ok(strncmp(a, a + 17, 16) != 0, "each pass has another order");
	ok(strspn(a, "abcdefghijklmnop") == 16 && strlen(a) == 34,
	    "each trajectory comes once a pass");
}

static void
test_segments(void)
{
	const struct selection how = { .key = "id",
		.value = "c",
		.head = UINT64_MAX };
	struct select *x;
	struct traj_segment *s;

	store_ids("abcde.fg.");
	x = select_new(stream_open(names, 1, STREAM_TRAJ, false), &how);
	ok(select_segment(x, &s) == 1 && s->n == 1 && s->more &&
		strcmp(s->t[0].id, "c") == 0,
	    "a filter keeps the segments of its input");
	ok(select_segment(x, &s) == 1 && s->n == 0 && !s->more,
	    "an empty segment keeps what the input says of more");
	ok(select_segment(x, &s) == 0, "a filter ends with its input");
	select_free(x);
}

static void
check_option(const char *argv, const char *want)
{
	char header[512];
	struct msg m = { 0 };
	char *found;
	int n = snprintf(header, sizeof header,
	    "{\"by\":[{\"tool\":\"other\","
	    "\"argv\":[\"-m\",\"no\"]},5,{\"tool\":\"t\",\"argv\":%s}]}",
	    argv);

	if (msg_from_json(&m, header, (size_t)n, NULL) != 0)
		exit(1);
	found = provenance_option(&m, "t", 'm', "model");
	ok(want == NULL ? found == NULL :
			  found != NULL && strcmp(found, want) == 0,
	    "provenance: %s", argv);
	free(found);
	msg_release(&m);
}

int
main(void)
{
	scratch_enter();
	test_decode();
	test_fits();
	test_refused();
	test_binary();
	test_cut();
	test_shuffle();
	test_segments();
	check_option("[\"t\",\"-m\",\"dir\",\"-o\",\"x\"]", "dir");
	check_option("[\"t\",\"-qm\",\"dir\"]", "dir");
	check_option("[\"t\",\"-mdir\"]", "dir");
	check_option("[\"t\",\"-mllm\",\"x\"]", "llm");
	check_option("[\"t\",\"-mm\",\"x\"]", "m");
	check_option("[\"t\",\"--model=dir\"]", "dir");
	check_option("[\"t\",\"--model\",\"dir\",7]", "dir");
	check_option("[\"t\",\"-o\",\"m\",\"--models\",\"x\"]", NULL);
	check_option("[\"t\",\"-m\"]", NULL);
	check_option("7", NULL);
	(void)unlink(path);
	(void)unlink(made);
	scratch_leave();
	return tap_done();
}
