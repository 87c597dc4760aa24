/* SPDX-License-Identifier: MIT */
/*
 * listening: a socket that listens on a numeric address, IPv4 or IPv6.
 */
#ifndef SERVE_LISTENING_H
#define SERVE_LISTENING_H

#include "base/buf.h"
#include "base/err.h"

/*
 * The socket, or -1.  Port 0: the system chooses a free one.  Appends the URL:
 * "http://127.0.0.1:8080", or "http://[::1]:8080".
 */
must_use int listening_open(const char *address, unsigned port,
    struct buf *url);

#endif
