/* SPDX-License-Identifier: MIT */
#include "serve/listening.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 128 };

static int
open_socket(const struct addrinfo *a)
{
	const int on = 1;
	int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	/* a server that has just ended leaves its port waiting */
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 &&
	    listen(fd, BACKLOG) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

/* The URL of the socket's own address. */
static int
put_url(int fd, struct buf *url)
{
	struct sockaddr_storage at;
	socklen_t n = sizeof at;
	char host[NI_MAXHOST], port[NI_MAXSERV];

	if (getsockname(fd, (struct sockaddr *)&at, &n) != 0 ||
	    getnameinfo((struct sockaddr *)&at, n, host, sizeof host, port,
		sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return fail("the address of the socket is not known");
	buf_addf(url,
	    strchr(host, ':') != NULL ? "http://[%s]:%s" : "http://%s:%s", host,
	    port);
	return 0;
}

int
listening_open(const char *address, unsigned port, struct buf *url)
{
	const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST |
		    AI_NUMERICSERV | AI_PASSIVE,
		.ai_socktype = SOCK_STREAM };
	struct addrinfo *a = NULL;
	char service[16];
	int fd;

	(void)snprintf(service, sizeof service, "%u", port);
	if (getaddrinfo(address, service, &hints, &a) != 0)
		return fail("%s: not a numeric address", address);
	fd = open_socket(a);
	freeaddrinfo(a);
	if (fd < 0)
		return fail_sys("%s, port %u", address, port);
	if (put_url(fd, url) == 0)
		return fd;
	(void)close(fd);
	return -1;
}
