/* SPDX-License-Identifier: MIT */
#include "report/monitor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/atomic.h"
#include "report/terminal.h"

enum { INFO_MAX = 8 << 20, NAME = 24, NUMBER = 11, SPARK_MAX = 60 };

static int
read_info(struct monitor *m)
{
	char *file = rundir_file(m->run.path, "run.json");
	struct json *new = json_read_file(file, INFO_MAX);
	int r = 0;

	free(file);
	if (new == NULL)
		return -1;
	if (json_kind(new) != JSON_T_OBJECT) {
		json_free(new);
		return fail("%s/run.json: expected an object", m->run.path);
	}
	r = m->run.info == NULL ||
	    json_kind(json_get(m->run.info, "state")) !=
		json_kind(json_get(new, "state"));
	if (r == 0) {
		const char *was = rundir_text(&m->run, "/state");
		const char *is = json_text(json_get(new, "state"), NULL);

		r = is != NULL && strcmp(was, is) != 0;
	}
	json_free(m->run.info);
	m->run.info = new;
	return r;
}

int
monitor_open(struct monitor *m, const char *path)
{
	memset(m, 0, sizeof *m);
	rundir_name(&m->run, path);
	return read_info(m) < 0 ? -1 : 0;
}

void
monitor_close(struct monitor *m)
{
	lines_close(m->metrics);
	lines_close(m->held);
	rundir_close(&m->run);
}

/* Read what a file has more than before; 1, 0 nothing, -1. */
static int
read_more(const struct monitor *m, const char *name, struct lines **l,
    struct columns *c)
{
	char *file = rundir_file(m->run.path, name);
	const struct json *object;
	int r = 0, more = 0;

	if (*l != NULL && lines_replaced(*l)) {
		lines_close(*l);
		*l = NULL;
		columns_release(c);
	}
	if (*l == NULL && file_exists(file) && (*l = lines_open(file)) == NULL)
		r = -1;
	while (*l != NULL && (r = lines_read(*l, &object)) > 0) {
		more = 1;
		if (columns_add(c, object) != 0) {
			r = fail_in("%s", file);
			break;
		}
	}
	free(file);
	return r < 0 ? -1 : more;
}

int
monitor_update(struct monitor *m)
{
	int info = read_info(m), metrics, held;

	metrics = read_more(m, "metrics.jsonl", &m->metrics, &m->run.metrics);
	held = read_more(m, "held.jsonl", &m->held, &m->run.held);
	if (info < 0 || metrics < 0 || held < 0)
		return -1;
	return info > 0 || metrics > 0 || held > 0;
}

bool
monitor_running(const struct monitor *m)
{
	return strcmp(rundir_text(&m->run, "/state"), "running") == 0;
}

bool
monitor_failed(const struct monitor *m)
{
	return strcmp(rundir_text(&m->run, "/state"), "failed") == 0;
}

/* The step of the newest line: the largest x. */
static double
newest(const struct columns *c)
{
	double step = 0;
	size_t i;

	for (i = 0; i < c->n; i++)
		if (c->column[i].n > 0)
			step = fmax(step, c->column[i].x[c->column[i].n - 1]);
	return step;
}

/* The newest step, and of how many where run.json says it. */
static void
put_step(const struct monitor *m, struct buf *b)
{
	const double total = rundir_number(&m->run, "/steps");
	const double first = rundir_number(&m->run, "/policy/step");
	double step = newest(&m->run.metrics);

	/* A policy that is trained in its place has steps of its own. */
	if (json_bool(json_pointer(m->run.info, "/settings/in-place"), false) &&
	    step > first)
		step -= first;
	buf_addf(b, "step %.0f", step);
	if (total > 0)
		buf_addf(b, "/%.0f", total);
}

/* Seconds that the steps left take at the pace of the newest; NaN: unknown. */
static double
seconds_left(const struct monitor *m)
{
	enum { RECENT = 20 };
	const struct column *c = columns_find(&m->run.metrics, "seconds");
	double sum = 0;
	size_t n = c == NULL ? 0 : c->n < RECENT ? c->n : RECENT, i;

	for (i = 0; i < n; i++)
		sum += c->y[c->n - 1 - i];
	if (n == 0 || !monitor_running(m))
		return (double)NAN;
	return sum / (double)n *
	    (rundir_number(&m->run, "/steps") - (double)c->n);
}

static void
put_left(const struct monitor *m, struct buf *b)
{
	enum { MINUTE = 60, HOUR = 3600 };
	const double s = seconds_left(m);

	if (!(s >= 0))
		return;
	if (s < 2 * MINUTE)
		buf_addf(b, "  %.0f s left", s);
	else if (s < 2 * HOUR)
		buf_addf(b, "  %.0f min left", s / MINUTE);
	else
		buf_addf(b, "  %.1f h left", s / HOUR);
}

/* What says how far the run is, not how it goes. */
static bool
is_counter(const char *key)
{
	static const char *const keys[] = { "step", "time", "epoch",
		"num_tokens", "seconds", "lr", NULL };
	size_t i;

	for (i = 0; keys[i] != NULL; i++)
		if (strcmp(keys[i], key) == 0)
			return true;
	return false;
}

static void
put_row(struct buf *b, const char *name, const struct column *c, size_t spark)
{
	terminal_text(b, name, NAME);
	terminal_number(b, column_last(c), NUMBER);
	if (spark > 0) {
		buf_adds(b, "  ");
		terminal_spark(b, c->y, c->n, spark);
	}
	buf_addc(b, '\n');
}

size_t
monitor_table(const struct monitor *m, size_t columns, size_t rows,
    struct buf *b)
{
	const struct column *held = columns_find(&m->run.held, "nll_token");
	size_t spark = columns > NAME + NUMBER + 4 ?
	    columns - NAME - NUMBER - 4 :
	    0,
	       lines = 1, i;
	const struct column *c;
	struct buf head = { 0 };

	spark = spark > SPARK_MAX ? SPARK_MAX : spark;
	buf_addf(&head, "%s  %s  %s  ", m->run.name,
	    rundir_text(&m->run, "/method"), rundir_text(&m->run, "/state"));
	put_step(m, &head);
	put_left(m, &head);
	terminal_text(b, buf_text(&head), columns > 1 ? columns - 1 : 1);
	buf_release(&head);
	buf_addc(b, '\n');
	if (held != NULL && held->n > 0 && lines < rows) {
		put_row(b, "held-out nats per token", held, spark);
		lines++;
	}
	for (i = 0; i < m->run.metrics.n && lines < rows; i++) {
		c = &m->run.metrics.column[i];
		if (is_counter(c->key) || c->n == 0)
			continue;
		put_row(b, c->key, c, spark);
		lines++;
	}
	return lines;
}

void
monitor_line(const struct monitor *m, struct buf *b)
{
	static const char *const keys[] = { "loss", "grad_norm",
		"discriminator/accuracy", "samples/length", NULL };
	const struct column *held = columns_find(&m->run.held, "nll_token");
	struct buf text = { 0 };
	double last;
	size_t i;

	if (m->run.metrics.n == 0) {
		terminal_text(&text, m->run.name, strlen(m->run.name));
		buf_addf(b, "%s: %s, no steps of its own\n", buf_text(&text),
		    monitor_running(m) ? "running" : "ended");
		buf_release(&text);
		return;
	}
	put_step(m, b);
	for (i = 0; keys[i] != NULL; i++) {
		last = column_last(columns_find(&m->run.metrics, keys[i]));
		if (!isfinite(last))
			continue;
		buf_addf(b, "  %s ", keys[i]);
		terminal_number(b, last, 0);
	}
	if (held != NULL && held->n > 0) {
		buf_adds(b, "  held ");
		terminal_number(b, column_last(held), 0);
	}
	put_left(m, b);
	buf_addc(b, '\n');
}
