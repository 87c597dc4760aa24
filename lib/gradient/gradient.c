/* SPDX-License-Identifier: MIT */
#include "gradient/gradient.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gradient/coverage.h"
#include "tensor/stored.h"
#include "tensor/vector.h"

enum { NAME_MAX_BYTES = 256 };

const char gradient_of_teacher[] = "teacher:";
const char gradient_of_onehot[] = "onehot:";

struct gradient_in {
	struct stream_in *in;
	struct msg rec;
	bool pending; /* rec is the first record, which nobody has asked for yet
		       */
	unsigned long long segment, record; /* from 1; record 0: the header */
	char name[NAME_MAX_BYTES];
	float *data;
	size_t cap;
};

void
gradient_head_release(struct gradient_head *h)
{
	msg_release(&h->header);
	memset(h, 0, sizeof *h);
}

int
gradient_begin(struct stream_out *out, const struct gradient_head *h)
{
	struct msg header = { 0 }, policy = { 0 };
	int rc;

	msg_clear(&header);
	if (h->header.bytes.n > 0)
		msg_copy(&header, &h->header);
	if (h->policy[0] != '\0') {
		msg_clear(&policy);
		msg_set_str(&policy, "id", h->policy);
		msg_set_uint(&policy, "step", h->step);
		msg_set_map(&header, "policy", &policy);
	}
	msg_set_str(&header, "objective", h->objective);
	msg_set_str(&header, "unit", h->unit);
	msg_set_float(&header, "units", h->units);
	msg_set_float(&header, "weight", h->weight);
	rc = stream_begin(out, STREAM_GRAD, &header);
	msg_release(&policy);
	msg_release(&header);
	return rc;
}

typedef float gradient_float __attribute__((aligned(1)));

/* All finite, with bf16 after rounding: the largest bfloat16 is 3.39e38. */
VECTOR_CLONES static bool
is_finite(const float *x, size_t n, bool bf16)
{
	const float most = bf16 ? 3.3961e38f : 3.40282347e38f;
	size_t i;
	int bad = 0;

	for (i = 0; i < n; i++)
		bad |= !(fabsf(x[i]) <= most);
	return !bad;
}

int
gradient_put(struct stream_out *out, const char *name, const float *x, size_t n,
    bool bf16)
{
	struct msg rec = { 0 };
	uint16_t *half = bf16 ? mem_alloc(GRADIENT_PIECE, sizeof *half) : NULL;
	const size_t size = bf16 ? sizeof *half : sizeof *x;
	const void *data;
	size_t at, k;
	int rc = 0;

	for (at = 0; rc == 0 && at < n; at += k) {
		k = n - at < GRADIENT_PIECE ? n - at : GRADIENT_PIECE;
		data = x + at;
		if (!is_finite(x + at, k, bf16)) {
			rc = fail("tensor \"%s\": the gradient is not finite",
			    name);
			break;
		}
		msg_clear(&rec);
		msg_set_str(&rec, "name", name);
		msg_set_uint(&rec, "offset", at);
		msg_set_uint(&rec, "of", n);
		if (bf16) {
			stored_narrow(half, x + at, STORED_BF16, k);
			data = half;
		}
		rc = stream_put_array(out, &rec, "data",
		    bf16 ? MSG_BF16 : MSG_F32, data, k * size);
	}
	free(half);
	msg_release(&rec);
	return rc;
}

int
gradient_write(struct stream_out *out, const struct gradient_head *h,
    const struct params *d, bool bf16)
{
	size_t i;

	if (gradient_begin(out, h) != 0)
		return -1;
	for (i = 0; d != NULL && i < d->tensors; i++)
		if (d->tensor[i].p != NULL &&
		    gradient_put(out, d->tensor[i].name, d->tensor[i].p,
			d->tensor[i].n, bf16) != 0)
			return -1;
	return stream_end(out, h->more);
}

struct gradient_in *
gradient_open(struct stream_in *in)
{
	struct gradient_in *g = mem_alloc(1, sizeof *g);

	g->in = in;
	return g;
}

void
gradient_close(struct gradient_in *g)
{
	if (g == NULL)
		return;
	stream_close(g->in);
	msg_release(&g->rec);
	free(g->data);
	free(g);
}

const char *
gradient_name(const struct gradient_in *g)
{
	return stream_where(g->in).file;
}

bool
gradient_more(const struct gradient_in *g)
{
	return stream_more(g->in);
}

int
gradient_fail(const struct gradient_in *g)
{
	struct where w = stream_where(g->in);

	w.segment = g->segment;
	w.record = g->record;
	return fail_where(&w, NULL, 0);
}

static int
bad_header(const struct gradient_in *g)
{
	(void)fail_in("header");
	return gradient_fail(g);
}

/* Copy a text of at most size - 1 bytes, without NULs; "" where absent. */
static int
read_text(const struct msg *m, const char *key, char *out, size_t size)
{
	struct msg_view v;
	int rc = msg_str(m, key, &v);

	out[0] = '\0';
	if (rc <= 0)
		return rc;
	if (v.n >= size || memchr(v.p, '\0', v.n) != NULL)
		return fail("field \"%s\": expected a text of at most %zu "
			    "bytes, found %zu",
		    key, size - 1, v.n);
	memcpy(out, v.p, v.n);
	out[v.n] = '\0';
	return 1;
}

static int
required(int rc, const char *key)
{
	return rc == 0 ? fail("field \"%s\" is missing", key) : rc;
}

static int
read_policy(struct gradient_head *h)
{
	struct msg policy = { 0 };
	int rc = msg_map(&h->header, "policy", &policy);

	if (rc == 1) {
		rc = required(read_text(&policy, "id", h->policy,
				  sizeof h->policy),
		    "id");
		if (rc == 1)
			rc = required(msg_uint(&policy, "step", &h->step),
			    "step");
		if (rc == -1)
			rc = fail_in("field \"policy\"");
	} else
		h->policy[0] = '\0';
	msg_release(&policy);
	return rc < 0 ? -1 : 0;
}

static int
read_batch(struct gradient_head *h)
{
	int rc = msg_uint(&h->header, "batch", &h->batch);

	h->has_batch = rc == 1;
	return rc < 0 ? -1 : msg_uint(&h->header, "batch_size", &h->batch_size);
}

static int
read_head(struct gradient_head *h)
{
	h->weight = 1;
	h->step = h->batch = h->batch_size = 0;
	if (required(read_text(&h->header, "objective", h->objective,
			 sizeof h->objective),
		"objective") < 0 ||
	    required(read_text(&h->header, "unit", h->unit, sizeof h->unit),
		"unit") < 0 ||
	    required(msg_float(&h->header, "units", &h->units), "units") < 0 ||
	    msg_float(&h->header, "weight", &h->weight) < 0 ||
	    read_batch(h) < 0 || read_policy(h) < 0)
		return -1;
	if (strcmp(h->unit, "token") != 0 &&
	    strcmp(h->unit, "trajectory") != 0 &&
	    strcmp(h->unit, "pair") != 0 && strcmp(h->unit, "single") != 0)
		return fail("field \"unit\": expected token, trajectory, "
			    "pair or single, found \"%s\"",
		    h->unit);
	return 0;
}

/* The sums are multiplied by weight and divided by units. */
static int
check_factors(const struct gradient_head *h)
{
	if (!isfinite(h->units) || h->units <= 0)
		return fail("field \"units\": expected a number above 0, "
			    "found %g",
		    h->units);
	if (!isfinite(h->weight))
		return fail("field \"weight\": expected a finite number, "
			    "found %g",
		    h->weight);
	return 0;
}

int
gradient_next(struct gradient_in *g, struct gradient_head *h, bool *empty)
{
	int rc;

	g->pending = false;
	rc = stream_segment(g->in, &h->header);
	if (rc <= 0)
		return rc;
	g->segment++;
	g->record = 0;
	if (read_head(h) != 0)
		return bad_header(g);
	rc = stream_lend(g->in, &g->rec);
	if (rc < 0)
		return -1;
	*empty = rc == 0;
	g->pending = rc == 1;
	if (rc == 1 && check_factors(h) != 0)
		return bad_header(g);
	return 1;
}

/* View the floats in the record, or widen them from bfloat16. */
static int
read_data(struct gradient_in *g, struct gradient_piece *p)
{
	const void *at = NULL;
	int rc = msg_f32_view(&g->rec, "data", &at, &p->n);

	if (rc == 0) {
		rc = msg_f32(&g->rec, "data", &g->data, &p->n, &g->cap);
		at = g->data;
	}
	p->data = at;
	return required(rc, "data");
}

static int
read_piece(struct gradient_in *g, struct gradient_piece *p)
{
	uint64_t offset, of;

	*p = (struct gradient_piece){ .name = g->name };
	if (required(read_text(&g->rec, "name", g->name, sizeof g->name),
		"name") < 0)
		return -1;
	if (g->name[0] == '\0')
		return fail("field \"name\" is empty");
	if (required(msg_uint(&g->rec, "offset", &offset), "offset") < 0 ||
	    required(msg_uint(&g->rec, "of", &of), "of") < 0 ||
	    read_data(g, p) < 0)
		return fail_in("tensor \"%s\"", g->name);
	if (p->n == 0 || p->n > GRADIENT_PIECE)
		return fail("tensor \"%s\": expected 1 to %d elements in a "
			    "record, found %zu",
		    g->name, GRADIENT_PIECE, p->n);
	if (of > SIZE_MAX / sizeof(float))
		return fail("tensor \"%s\": %llu elements are too many",
		    g->name, (unsigned long long)of);
	if (offset > of || p->n > of - offset)
		return fail("tensor \"%s\": %zu elements from %llu on lie "
			    "outside its %llu",
		    g->name, p->n, (unsigned long long)offset,
		    (unsigned long long)of);
	p->offset = (size_t)offset;
	p->total = (size_t)of;
	return 1;
}

int
gradient_piece(struct gradient_in *g, struct gradient_piece *p)
{
	int rc = 1;

	if (!g->pending)
		rc = stream_lend(g->in, &g->rec);
	g->pending = false;
	g->record++;
	if (rc == 1 && read_piece(g, p) < 0)
		return gradient_fail(g);
	if (rc == 0)
		g->record = 0;
	return rc;
}

VECTOR_CLONES static void
set(float *out, const struct gradient_piece *p, float factor)
{
	const size_t n = p->n;
	const gradient_float *x = p->data;
	size_t k;

	for (k = 0; k < n; k++)
		out[k] = factor * x[k];
}

VECTOR_CLONES static void
add(float *out, const struct gradient_piece *p, float factor)
{
	const size_t n = p->n;
	const gradient_float *x = p->data;
	size_t k;

	for (k = 0; k < n; k++)
		out[k] += factor * x[k];
}

/* Add a piece to d; *i is the tensor of the piece before, and then of this. */
static int
add_piece(const struct gradient_piece *p, float factor, struct params *d,
    const bool *touched, struct coverage *cover, size_t *i)
{
	if (strcmp(d->tensor[*i].name, p->name) != 0)
		*i = params_find(d, p->name);
	if (*i == (size_t)-1) {
		*i = 0;
		return fail("tensor \"%s\": the policy has none of that name",
		    p->name);
	}
	if (p->total != d->tensor[*i].n)
		return fail("tensor \"%s\" has %zu elements, in the policy "
			    "%zu",
		    p->name, p->total, d->tensor[*i].n);
	if (coverage_add(&cover[*i], p->offset, p->n, p->total) < 0)
		return fail_in("tensor \"%s\"", p->name);
	(touched[*i] ? add : set)(d->tensor[*i].p + p->offset, p, factor);
	return 0;
}

static int
end_tensors(const struct params *d, struct coverage *cover, bool *touched)
{
	size_t i;

	for (i = 0; i < d->tensors; i++) {
		if (cover[i].prefix == 0 && cover[i].pieces == 0)
			continue;
		if (coverage_end(&cover[i], d->tensor[i].n) != 0)
			return fail_in("tensor \"%s\"", d->tensor[i].name);
		touched[i] = true;
	}
	return 0;
}

int
gradient_add(struct gradient_in *g, double factor, struct params *d,
    bool *touched)
{
	struct coverage *cover = mem_alloc(d->tensors, sizeof *cover);
	struct gradient_piece p;
	size_t i, at = 0;
	int rc;

	while ((rc = gradient_piece(g, &p)) == 1)
		if (add_piece(&p, (float)factor, d, touched, cover, &at) != 0) {
			rc = gradient_fail(g);
			break;
		}
	if (rc == 0 && end_tensors(d, cover, touched) != 0)
		rc = gradient_fail(g);
	for (i = 0; i < d->tensors; i++)
		coverage_release(&cover[i]);
	free(cover);
	return rc;
}
