/* SPDX-License-Identifier: MIT */
/*
 * http: a service over HTTP/1.1.  Only http.c includes microhttpd.h.
 *
 * Each connection has a thread, which reads a request, waits for the worker and
 * sends the answer.  Bounds: headers of 32 KB, bodies of SERVICE_BYTES (a
 * larger one is read, dropped and answered by 413, up to 64 MB),
 * HTTP_CONNECTIONS at a time, HTTP_SECONDS without a byte.  A client that
 * closes its connection is not waited for.
 *
 * With a token each request has to bring it ("Authorization: Bearer TOKEN").
 * Without one a request's Host has to be a name of this machine, so that no
 * page of a browser reaches the server by a name of its own.
 */
#ifndef SERVE_HTTP_H
#define SERVE_HTTP_H

#include "base/err.h"
#include "serve/service.h"

enum { HTTP_CONNECTIONS = 256, HTTP_SECONDS = 60 };

struct http;

/* Serve on a listening socket, which http_free closes; token: NULL or borrowed.
 * NULL on failure. */
struct http *http_new(struct service *, int fd, const char *token);
/* Take no new connections. */
void http_quiesce(struct http *);
/* End the connections too, once each call is dropped (queue_drain). */
void http_free(struct http *);

#endif
