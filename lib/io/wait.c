/* SPDX-License-Identifier: MIT */
/*
 * poll(2) reports on the writing end of a pipe that its reader has gone
 * (POLLERR), and on a socket likewise (POLLHUP), without being asked for
 * events.  Regular files, terminals and /dev/null never report either.
 */
#include "io/wait.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

int
wait_for(int fd, int millis)
{
	struct pollfd p[2] = { { .fd = fd, .events = POLLIN },
		{ .fd = STDOUT_FILENO } };
	int n;

	do
		n = poll(p, 2, millis);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fail_sys("poll");
	if (p[1].revents & (POLLERR | POLLHUP))
		return fail_pipe();
	return fd >= 0 && p[0].revents != 0;
}

ssize_t
wait_read(int fd, void *buf, size_t n)
{
	ssize_t got;
	int ready;

	for (;;) {
		ready = wait_for(fd, -1);
		if (ready < 0)
			return -1;
		got = read(fd, buf, n);
		if (got >= 0)
			return got;
		if (errno != EINTR && errno != EAGAIN)
			return fail_sys("read");
	}
}

int
wait_write(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	int n;

	do
		n = poll(&p, 1, -1);
	while (n < 0 && errno == EINTR);
	return n < 0 ? fail_sys("poll") : 0;
}
