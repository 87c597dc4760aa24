/* SPDX-License-Identifier: MIT */
#include "eval/tfevents.h"

#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "io/atomic.h"
#include "io/tfrecord.h"

/* Keys of the fields: number << 3 | wire type. */
enum {
	WALL_TIME = 1 << 3 | 1,
	STEP = 2 << 3 | 0,
	FILE_VERSION = 3 << 3 | 2,
	SUMMARY = 5 << 3 | 2,
	VALUE = 1 << 3 | 2,
	TAG = 1 << 3 | 2,
	SIMPLE_VALUE = 2 << 3 | 5
};

static void
put_varint(struct buf *out, uint64_t x)
{
	for (; x >= 128; x >>= 7)
		buf_addc(out, (char)(x | 128));
	buf_addc(out, (char)x);
}

static void
put_bytes(struct buf *out, int key, const void *p, size_t n)
{
	buf_addc(out, (char)key);
	put_varint(out, n);
	if (n > 0)
		buf_add(out, p, n);
}

/* The bits of a number, little endian. */
static void
put_bits(struct buf *out, int key, uint64_t bits, size_t bytes)
{
	size_t i;

	buf_addc(out, (char)key);
	for (i = 0; i < bytes; i++)
		buf_addc(out, (char)(bits >> (8 * i)));
}

static void
put_time(struct buf *out, double seconds)
{
	uint64_t bits;

	memcpy(&bits, &seconds, sizeof bits);
	put_bits(out, WALL_TIME, bits, sizeof bits);
}

/* A float; what is beyond its range becomes the largest one. */
static void
put_value(struct buf *out, double x)
{
	const float f = x > (double)FLT_MAX ? FLT_MAX :
	    x < -(double)FLT_MAX            ? -FLT_MAX :
					      (float)x;
	uint32_t bits;

	memcpy(&bits, &f, sizeof bits);
	put_bits(out, SIMPLE_VALUE, bits, sizeof bits);
}

void
tfevents_put(const struct curves *c, struct buf *out)
{
	static const char version[] = "brain.Event:2";
	struct buf event = { 0 }, summary = { 0 }, value = { 0 };
	const struct curves_line *l;
	const struct curves_point *p;
	size_t i;

	put_time(&event, c->lines > 0 ? c->line[0].time : 0);
	put_bytes(&event, FILE_VERSION, version, sizeof version - 1);
	tfrecord_put(out, event.p, event.n);
	for (l = c->line; l < c->line + c->lines; l++) {
		buf_reset(&event);
		buf_reset(&summary);
		for (i = 0; i < l->points; i++) {
			p = &c->point[l->point + i];
			buf_reset(&value);
			put_bytes(&value, TAG, c->name[p->name],
			    strlen(c->name[p->name]));
			put_value(&value, p->value);
			put_bytes(&summary, VALUE, value.p, value.n);
		}
		put_time(&event, l->time);
		buf_addc(&event, STEP);
		put_varint(&event, l->step);
		put_bytes(&event, SUMMARY, summary.p, summary.n);
		tfrecord_put(out, event.p, event.n);
	}
	buf_release(&event);
	buf_release(&summary);
	buf_release(&value);
}

int
tfevents_write(const struct curves *c, const char *dir)
{
	const double first = c->lines > 0 ? c->line[0].time : 0;
	const double seconds = first > 0 && first < 1e15 ? first : 0;
	struct buf path = { 0 }, bytes = { 0 };
	int rc;

	if (mkdir(dir, 0777) != 0 && errno != EEXIST)
		return fail_sys("%s", dir);
	buf_addf(&path, "%s/events.out.tfevents.%" PRIu64 ".apprentice", dir,
	    (uint64_t)seconds);
	tfevents_put(c, &bytes);
	rc = write_whole(buf_text(&path), bytes.p, bytes.n);
	buf_release(&path);
	buf_release(&bytes);
	return rc;
}
