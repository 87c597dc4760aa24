/* SPDX-License-Identifier: MIT */
#include "eval/curves.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/atomic.h"
#include "io/json.h"

/* ---- reading */

/*
 * The index of a name.  Lines have the same names in the same order, so it is
 * looked for from the place after the last one on.
 */
static int
find(struct curves *c, const char *name, size_t from, size_t *index)
{
	size_t i;

	for (i = 0; i < c->names; i++) {
		*index = (from + i) % c->names;
		if (strcmp(c->name[*index], name) == 0)
			return 0;
	}
	if (c->names == CURVES_MAX)
		return fail("field \"%.60s\": more than %d names", name,
		    CURVES_MAX);
	c->name =
	    mem_grow(c->name, &c->name_cap, c->names + 1, sizeof *c->name);
	c->name[ *index = c->names++] = mem_dup(name, strlen(name));
	return 0;
}

static int
add_point(struct curves *c, const char *name, double value)
{
	size_t at, from = c->points > 0 ? c->point[c->points - 1].name + 1 : 0;

	if (find(c, name, from, &at) != 0)
		return -1;
	c->point =
	    mem_grow(c->point, &c->point_cap, c->points + 1, sizeof *c->point);
	c->point[c->points++] = (struct curves_point){ at, value };
	return 0;
}

/* The numbers of an object, under the name of what it belongs to. */
static int
add_numbers(struct curves *c, const struct json *j, const char *of)
{
	struct buf name = { 0 };
	const struct json *value;
	const char *key;
	enum json_type kind;
	void *it;
	int rc = 0;

	for (it = json_next(j, NULL); rc == 0 && it != NULL;
	     it = json_next(j, it)) {
		value = json_value(it);
		kind = json_kind(value);
		key = json_key(it, NULL);
		if ((kind != JSON_T_INT && kind != JSON_T_REAL &&
			kind != JSON_T_BOOL) ||
		    (of[0] == '\0' &&
			(strcmp(key, "step") == 0 || strcmp(key, "time") == 0)))
			continue;
		buf_reset(&name);
		buf_addf(&name, "%s%s%s", of, of[0] != '\0' ? "/" : "", key);
		rc = add_point(c, buf_text(&name),
		    kind == JSON_T_BOOL ? json_bool(value, false) :
					  json_number(value, 0));
	}
	buf_release(&name);
	return rc;
}

static int
add_objectives(struct curves *c, const struct json *list)
{
	const struct json *o;
	const char *name;
	size_t i;

	for (i = 0; i < json_count(list); i++) {
		o = json_at(list, i);
		name = json_text(json_get(o, "objective"), NULL);
		if (name == NULL)
			continue;
		if (add_numbers(c, o, name) != 0 ||
		    add_numbers(c, json_get(o, "stats"), name) != 0)
			return -1;
	}
	return 0;
}

static int
add_object(struct curves *c, const struct json *j)
{
	struct curves_line line = { .point = c->points };
	int rc;

	if (json_kind(j) != JSON_T_OBJECT)
		return fail("expected an object, found %s", json_kind_name(j));
	rc = json_get_uint(j, "step", &line.step);
	if (rc == 0)
		return fail("field \"step\": missing");
	if (rc < 0 || json_get_real(j, "time", &c->time) < 0)
		return -1;
	line.time = c->time;
	if (add_numbers(c, j, "") != 0 ||
	    add_objectives(c, json_get(j, "objectives")) != 0)
		return -1;
	line.points = c->points - line.point;
	c->line =
	    mem_grow(c->line, &c->line_cap, c->lines + 1, sizeof *c->line);
	c->line[c->lines++] = line;
	return 0;
}

static int
add_line(struct curves *c, const char *text, size_t n)
{
	struct json *j;
	int rc;

	if (json_values(text, n) > JSON_VALUES_MAX)
		return fail("more than %d values", JSON_VALUES_MAX);
	j = json_parse(text, n);
	rc = j != NULL ? add_object(c, j) : -1;
	json_free(j);
	return rc;
}

int
curves_read(struct curves *c, const char *path)
{
	size_t n, number = 1;
	char *text = read_file(path, CURVES_BYTES, &n), *at, *end;
	int rc = 0;

	if (text == NULL)
		return -1;
	for (at = text; rc == 0 && at < text + n; at = end + 1, number++) {
		end = memchr(at, '\n', (size_t)(text + n - at));
		end = end != NULL ? end : text + n;
		rc = add_line(c, at, (size_t)(end - at));
		if (rc != 0)
			(void)fail_in("%s: line %zu", path, number);
	}
	free(text);
	return rc;
}

void
curves_release(struct curves *c)
{
	size_t i;

	for (i = 0; i < c->names; i++)
		free(c->name[i]);
	free(c->name);
	free(c->line);
	free(c->point);
	*c = (struct curves){ 0 };
}

/* ---- the table */

static void
put_cell(struct buf *out, const char *text)
{
	if (text[strcspn(text, ",\"\r\n")] == '\0') {
		buf_adds(out, text);
		return;
	}
	buf_addc(out, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"')
			buf_addc(out, '"');
		buf_addc(out, *text);
	}
	buf_addc(out, '"');
}

void
curves_csv(const struct curves *c, struct buf *out)
{
	double *row = mem_alloc(c->names, sizeof *row);
	const struct curves_line *l;
	size_t i;

	buf_adds(out, "step,time");
	for (i = 0; i < c->names; i++) {
		buf_addc(out, ',');
		put_cell(out, c->name[i]);
	}
	buf_addc(out, '\n');
	for (l = c->line; l < c->line + c->lines; l++) {
		for (i = 0; i < c->names; i++)
			row[i] = (double)NAN;
		for (i = l->point; i < l->point + l->points; i++)
			row[c->point[i].name] = c->point[i].value;
		buf_addf(out, "%" PRIu64 ",", l->step);
		json_put_double(out, l->time);
		for (i = 0; i < c->names; i++) {
			buf_addc(out, ',');
			if (!isnan(row[i]))
				json_put_double(out, row[i]);
		}
		buf_addc(out, '\n');
	}
	free(row);
}
