/* SPDX-License-Identifier: MIT */
#include "report/rundir.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "io/atomic.h"
#include "report/lines.h"

enum { INFO_MAX = 8 << 20 };

char *
rundir_file(const char *path, const char *name)
{
	struct buf b = { 0 };

	buf_addf(&b, "%s/%s", path, name);
	return buf_text(&b);
}

/* A file of one JSON value: 1, 0 not there, -1. */
static int
read_json(const char *path, const char *name, struct json **out)
{
	char *file = rundir_file(path, name), *text = NULL;
	int r = 0;
	size_t n;

	if (file_exists(file)) {
		r = -1;
		text = read_file(file, INFO_MAX, &n);
		if (text != NULL && json_values(text, n) > JSON_VALUES_MAX)
			(void)fail("%s: more than %d values", file,
			    JSON_VALUES_MAX);
		else if (text != NULL && (*out = json_parse(text, n)) == NULL)
			(void)fail_in("%s", file);
		else if (text != NULL && json_kind(*out) != JSON_T_OBJECT)
			(void)fail("%s: expected an object, found %s", file,
			    json_kind_name(*out));
		else if (text != NULL)
			r = 1;
	}
	free(text);
	free(file);
	return r;
}

static int
read_columns(const char *path, const char *name, struct columns *out)
{
	char *file = rundir_file(path, name);
	int r = file_exists(file) ? columns_read(out, file) : 0;

	free(file);
	return r;
}

static int
read_samples(struct rundir *d)
{
	char *file = rundir_file(d->path, "samples.jsonl");
	const struct json *line;
	struct lines *l = NULL;
	struct buf text = { 0 };
	int r = 0;

	if (file_exists(file) && (l = lines_open(file)) == NULL)
		r = -1;
	while (l != NULL && d->samples < SAMPLES_MAX &&
	    (r = lines_read(l, &line)) > 0) {
		buf_reset(&text); /* the line is borrowed: a copy */
		json_put(&text, line);
		d->sample = mem_grow(d->sample, &d->cap, d->samples + 1,
		    sizeof(struct json *));
		if ((d->sample[d->samples] = json_parse(text.p, text.n)) ==
		    NULL) {
			r = fail_in("%s", file);
			break;
		}
		d->samples++;
	}
	buf_release(&text);
	lines_close(l);
	free(file);
	return r < 0 ? -1 : 0;
}

void
rundir_name(struct rundir *d, const char *path)
{
	size_t n = strlen(path);
	const char *slash;

	while (n > 1 && path[n - 1] == '/')
		n--;
	d->path = mem_dup(path, n);
	slash = strrchr(d->path, '/');
	slash = slash != NULL && slash[1] != '\0' ? slash + 1 : d->path;
	d->name = mem_dup(slash, strlen(slash));
}

int
rundir_open(struct rundir *d, const char *path)
{
	int info;

	memset(d, 0, sizeof *d);
	rundir_name(d, path);
	if ((info = read_json(d->path, "run.json", &d->info)) < 0 ||
	    read_json(d->path, "compare.json", &d->comparison) < 0 ||
	    read_columns(d->path, "metrics.jsonl", &d->metrics) < 0 ||
	    read_columns(d->path, "held.jsonl", &d->held) < 0 ||
	    read_samples(d) < 0)
		return -1;
	if (info == 0 && d->metrics.lines == 0)
		return fail("%s: not a run: it has no run.json and no "
			    "metrics.jsonl",
		    d->path);
	return 0;
}

static void
forget_samples(struct rundir *d)
{
	while (d->samples > 0)
		json_free(d->sample[--d->samples]);
}

static void
name_part(struct rundir *d)
{
	struct buf name = { 0 };

	buf_addf(&name, "%s/%s", d->whole_name, d->part);
	free(d->name);
	d->name = buf_text(&name);
}

int
rundir_open_part(struct rundir *d, const char *path, const struct rundir *whole)
{
	const char *part = strrchr(path, '/');

	if (rundir_open(d, path) != 0)
		return -1;
	part = part != NULL ? part + 1 : path;
	forget_samples(d);
	d->part = mem_dup(part, strlen(part));
	d->whole_name = mem_dup(whole->name, strlen(whole->name));
	name_part(d);
	return read_json(whole->path, "run.json", &d->whole) < 0 ? -1 : 0;
}

void
rundir_place(struct rundir *d, const char *cell, const char *name)
{
	char **whole = d->part != NULL ? &d->whole_name : &d->name;

	d->cell = cell;
	free(*whole);
	*whole = mem_dup(name, strlen(name));
	if (d->part != NULL)
		name_part(d);
}

void
rundir_close(struct rundir *d)
{
	forget_samples(d);
	free(d->sample);
	json_free(d->info);
	json_free(d->comparison);
	json_free(d->whole);
	free(d->whole_name);
	free(d->part);
	columns_release(&d->metrics);
	columns_release(&d->held);
	free(d->path);
	free(d->name);
}

void
rundir_distinguish(struct rundir *d, size_t runs)
{
	bool *twice = mem_alloc(runs, sizeof *twice);
	size_t i, k;

	for (i = 0; i < runs; i++)
		for (k = 0; k < i; k++)
			if (strcmp(d[i].name, d[k].name) == 0)
				twice[i] = twice[k] = true;
	for (i = 0; i < runs; i++)
		if (twice[i]) {
			free(d[i].name);
			d[i].name = mem_dup(d[i].path, strlen(d[i].path));
		}
	free(twice);
}

const char *
rundir_text(const struct rundir *d, const char *pointer)
{
	const char *text = json_text(json_pointer(d->info, pointer), NULL);

	return text != NULL ? text : "";
}

double
rundir_number(const struct rundir *d, const char *pointer)
{
	return json_number(json_pointer(d->info, pointer), (double)NAN);
}

bool
rundir_setting_is_outward(const char *key)
{
	static const char *const names[] = { "run", "threads", "quiet",
		"verbose", "force", NULL };
	size_t i;

	for (i = 0; names[i] != NULL; i++)
		if (strcmp(names[i], key) == 0)
			return true;
	return false;
}

static bool
same_value(const struct json *a, const struct json *b)
{
	struct buf x = { 0 }, y = { 0 };
	bool same;

	if (a == NULL || b == NULL)
		return a == b;
	json_put(&x, a);
	json_put(&y, b);
	same = x.n == y.n && memcmp(x.p, y.p, x.n) == 0;
	buf_release(&x);
	buf_release(&y);
	return same;
}

/* Every setting of a that counts has the same value in b. */
static bool
settings_within(const struct json *a, const struct json *b)
{
	void *it = NULL;
	const char *key;

	while ((it = json_next(a, it)) != NULL) {
		key = json_key(it, NULL);
		if (strcmp(key, "seed") != 0 &&
		    !rundir_setting_is_outward(key) &&
		    !same_value(json_value(it), json_get(b, key)))
			return false;
	}
	return true;
}

/* The fingerprints of the data are equal, in order. */
static bool
same_data(const struct json *a, const struct json *b)
{
	size_t n = json_count(a), i;

	if (n != json_count(b))
		return false;
	for (i = 0; i < n; i++)
		if (!same_value(json_get(json_at(a, i), "fingerprint"),
			json_get(json_at(b, i), "fingerprint")))
			return false;
	return true;
}

static bool
same_info(const struct json *a, const struct json *b)
{
	const struct json *x = json_get(a, "settings");
	const struct json *y = json_get(b, "settings");

	return x != NULL && y != NULL &&
	    same_value(json_get(a, "method"), json_get(b, "method")) &&
	    same_value(json_pointer(a, "/policy/id"),
		json_pointer(b, "/policy/id")) &&
	    same_data(json_get(a, "data"), json_get(b, "data")) &&
	    settings_within(x, y) && settings_within(y, x);
}

bool
rundir_same_but_seed(const struct rundir *a, const struct rundir *b)
{
	const bool whole = a->part == NULL && b->part == NULL;

	if (!whole &&
	    (a->part == NULL || b->part == NULL ||
		strcmp(a->part, b->part) != 0))
		return false;
	if (a->cell != NULL || b->cell != NULL)
		return a->cell == b->cell;
	return whole ? same_info(a->info, b->info) :
		       same_info(a->whole, b->whole);
}
