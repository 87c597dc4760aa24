/* SPDX-License-Identifier: MIT */
#include "report/columns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report/lines.h"

static struct column *
find(const struct columns *c, const char *key)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (strcmp(c->column[i].key, key) == 0)
			return &c->column[i];
	return NULL;
}

const struct column *
columns_find(const struct columns *c, const char *key)
{
	return find(c, key);
}

double
column_last(const struct column *c)
{
	return c != NULL && c->n > 0 ? c->y[c->n - 1] : (double)NAN;
}

static struct column *
add_column(struct columns *c, const char *key)
{
	struct column *new;

	if (c->n == COLUMNS_MAX) {
		(void)fail("more than %d keys", COLUMNS_MAX);
		return NULL;
	}
	c->column = mem_grow(c->column, &c->cap, c->n + 1, sizeof *c->column);
	new = &c->column[c->n++];
	new->key = mem_dup(key, strlen(key));
	return new;
}

static void
add_point(struct column *c, double x, double y)
{
	c->x = mem_grow(c->x, &c->x_cap, c->n + 1, sizeof *c->x);
	c->y = mem_grow(c->y, &c->y_cap, c->n + 1, sizeof *c->y);
	c->x[c->n] = x;
	c->y[c->n++] = y;
}

int
columns_add(struct columns *c, const struct json *object)
{
	double x =
	    json_number(json_get(object, "step"), (double)c->lines + 1.0);
	struct column *to;
	void *it = NULL;
	double y;
	size_t i;

	if (!isfinite(x))
		return fail("key \"step\": not finite");
	c->lines++;
	for (i = 0; i < c->n; i++)
		while (c->column[i].n > 0 &&
		    c->column[i].x[c->column[i].n - 1] >= x)
			c->column[i].n--;
	while ((it = json_next(object, it)) != NULL) {
		y = json_number(json_value(it), (double)NAN);
		if (!isfinite(y))
			continue;
		if ((to = find(c, json_key(it, NULL))) == NULL &&
		    (to = add_column(c, json_key(it, NULL))) == NULL)
			return -1;
		add_point(to, x, y);
	}
	return 0;
}

int
columns_read(struct columns *c, const char *path)
{
	struct lines *l = lines_open(path);
	const struct json *object;
	int r;

	if (l == NULL)
		return -1;
	while ((r = lines_read(l, &object)) > 0)
		if (columns_add(c, object) != 0) {
			r = fail_in("%s", path);
			break;
		}
	lines_close(l);
	return r;
}

void
columns_release(struct columns *c)
{
	size_t i;

	for (i = 0; i < c->n; i++) {
		free(c->column[i].key);
		free(c->column[i].x);
		free(c->column[i].y);
	}
	free(c->column);
	memset(c, 0, sizeof *c);
}
