/* SPDX-License-Identifier: MIT */
#include "serve/http.h"

#include <microhttpd.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/mem.h"

enum {
	DROPPED_BYTES = 64 << 20, /* of a body that is too large */
	LOOK_MILLIS = 500,        /* whether the client is still there */
	BLOCK = 4096              /* of an event stream */
};

struct http {
	struct service *service;
	const char *token;
	struct MHD_Daemon *daemon;
};

/* A request and its answer. */
struct exchange {
	struct http *http;
	struct MHD_Connection *connection;
	struct buf body;
	size_t bytes; /* of the body, with those that are dropped */
	struct reply reply;
};

/* ---- what a request has to bring */

static const char *
header(struct MHD_Connection *c, const char *name)
{
	return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

/* Compared in a time that depends on the lengths alone. */
static bool
has_token(struct MHD_Connection *c, const char *token)
{
	static const char scheme[] = "Bearer ";
	const char *given = header(c, "Authorization");
	const size_t n = strlen(token);
	unsigned char differ = 0;
	size_t i;

	if (given == NULL || strncasecmp(given, scheme, sizeof scheme - 1) != 0)
		return false;
	given += sizeof scheme - 1;
	if (strlen(given) != n)
		return false;
	for (i = 0; i < n; i++)
		differ |= (unsigned char)(given[i] ^ token[i]);
	return differ == 0;
}

static bool
is_local(struct MHD_Connection *c)
{
	static const char *const names[] = { "127.0.0.1", "localhost",
		"[::1]" };
	const char *host = header(c, "Host");
	size_t i, n;

	for (i = 0; host != NULL && i < sizeof names / sizeof *names; i++) {
		n = strlen(names[i]);
		if (strncasecmp(host, names[i], n) == 0 &&
		    (host[n] == '\0' || host[n] == ':'))
			return true;
	}
	return host == NULL;
}

/* ---- waiting for the worker */

/*
 * While a thread waits here, the connection's own limit of time must not run.
 * Setting it from 0 makes it begin again.
 */
static void
limit_time(const struct exchange *x, unsigned seconds)
{
	(void)MHD_set_connection_option(x->connection,
	    MHD_CONNECTION_OPTION_TIMEOUT, seconds);
}

static bool
has_left(const struct exchange *x)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(x->connection,
		MHD_CONNECTION_INFO_CONNECTION_FD);
	struct pollfd p = { .events = POLLRDHUP };

	if (info == NULL)
		return true;
	p.fd = info->connect_fd;
	return poll(&p, 1, 0) > 0 &&
	    (p.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

/* Until the answer has more than `from` bytes or is whole; its status. */
static int
await(const struct exchange *x, size_t from)
{
	struct queue *q = &x->http->service->queue;
	struct call *c = x->reply.call;
	int status;

	limit_time(x, 0);
	while ((status = queue_wait(q, c, from, LOOK_MILLIS)) == 0)
		if (has_left(x))
			atomic_store(&c->gone, true);
	limit_time(x, HTTP_SECONDS);
	return status;
}

static ssize_t
read_events(void *ctx, uint64_t at, char *p, size_t n)
{
	const struct exchange *x = ctx;
	struct queue *q = &x->http->service->queue;
	long got;

	(void)await(x, (size_t)at);
	got = queue_read(q, x->reply.call, (size_t)at, p, n);
	return got > 0 ? (ssize_t)got : MHD_CONTENT_READER_END_OF_STREAM;
}

/* ---- answers */

static enum MHD_Result
send_response(struct exchange *x, int status, const char *type,
    struct MHD_Response *r)
{
	enum MHD_Result rc;

	if (r == NULL)
		return MHD_NO;
	rc = MHD_add_response_header(r, "Content-Type", type);
	if (rc == MHD_YES && status == 401)
		rc = MHD_add_response_header(r, "WWW-Authenticate", "Bearer");
	if (rc == MHD_YES)
		rc = MHD_queue_response(x->connection, (unsigned)status, r);
	MHD_destroy_response(r);
	return rc;
}

/* The exchange keeps the bytes until it is complete. */
static enum MHD_Result
send_bytes(struct exchange *x, int status, const struct buf *b)
{
	return send_response(x, status, "application/json",
	    MHD_create_response_from_buffer(b->n, b->p,
		MHD_RESPMEM_PERSISTENT));
}

static enum MHD_Result
send_call(struct exchange *x)
{
	struct call *c = x->reply.call;
	const bool stream = c->request.stream;
	const int status = await(x, stream ? 0 : SIZE_MAX);

	if (!stream || status != 200)
		return send_bytes(x, status, &c->out);
	return send_response(x, status, "text/event-stream",
	    MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK,
		read_events, x, NULL));
}

static enum MHD_Result
respond(struct exchange *x, const char *method, const char *path)
{
	const struct http *h = x->http;
	struct reply *r = &x->reply;

	if (h->token != NULL && !has_token(x->connection, h->token))
		reply_error(r, 401,
		    "this server wants its token: "
		    "Authorization: Bearer TOKEN");
	else if (h->token == NULL && !is_local(x->connection))
		reply_error(r, 400, "header Host: not a name of this machine");
	else if (x->bytes > SERVICE_BYTES)
		reply_error(r, 413, "the body has more than 8 MiB");
	else
		service_answer(h->service, method, path, x->body.p, x->body.n,
		    r);
	buf_release(&x->body);
	return r->call != NULL ? send_call(x) :
				 send_bytes(x, r->status, &r->body);
}

/* ---- what the library calls */

static enum MHD_Result
take_body(struct exchange *x, const char *p, size_t n)
{
	x->bytes += n;
	if (x->bytes <= SERVICE_BYTES)
		buf_add(&x->body, p, n);
	else
		buf_release(&x->body);
	return x->bytes <= DROPPED_BYTES ? MHD_YES : MHD_NO;
}

static enum MHD_Result
on_request(void *http, struct MHD_Connection *c, const char *path,
    const char *method, const char *version, const char *body, size_t *n,
    void **exchange)
{
	struct exchange *x = *exchange;
	const size_t came = *n;

	(void)version;
	if (x == NULL) { /* the headers alone */
		x = *exchange = mem_alloc(1, sizeof *x);
		x->http = http;
		x->connection = c;
		return MHD_YES;
	}
	*n = 0;
	return came > 0 ? take_body(x, body, came) : respond(x, method, path);
}

static void
on_completed(void *http, struct MHD_Connection *c, void **exchange,
    enum MHD_RequestTerminationCode why)
{
	struct exchange *x = *exchange;
	struct queue *q;

	(void)http;
	(void)c;
	(void)why;
	if (x == NULL)
		return;
	if (x->reply.call != NULL) {
		q = &x->http->service->queue;
		atomic_store(&x->reply.call->gone, true);
		while (queue_wait(q, x->reply.call, SIZE_MAX, LOOK_MILLIS) == 0)
			continue;
		queue_drop(q, x->reply.call);
	}
	buf_release(&x->body);
	buf_release(&x->reply.body);
	free(x);
	*exchange = NULL;
}

struct http *
http_new(struct service *s, int fd, const char *token)
{
	struct http *h = mem_alloc(1, sizeof *h);

	h->service = s;
	h->token = token;
	h->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD |
		MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL | MHD_USE_ITC,
	    0, NULL, NULL, on_request, h, MHD_OPTION_LISTEN_SOCKET, fd,
	    MHD_OPTION_NOTIFY_COMPLETED, on_completed, h,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTP_CONNECTIONS,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)HTTP_SECONDS,
	    MHD_OPTION_END);
	if (h->daemon != NULL)
		return h;
	(void)fail("the HTTP server does not start");
	(void)close(fd);
	free(h);
	return NULL;
}

void
http_quiesce(struct http *h)
{
	const int fd = MHD_quiesce_daemon(h->daemon);

	if (fd >= 0)
		(void)close(fd);
}

void
http_free(struct http *h)
{
	MHD_stop_daemon(h->daemon);
	free(h);
}
