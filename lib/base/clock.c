/* SPDX-License-Identifier: MIT */
#include "base/clock.h"

enum { NANOS = 1000000000 };

static double
read_clock(clockid_t which)
{
	struct timespec t;

	(void)clock_gettime(which, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double
clock_steady(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

double
clock_date(void)
{
	return read_clock(CLOCK_REALTIME);
}

struct timespec
clock_in(int millis)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += millis / 1000;
	t.tv_nsec += (long)(millis % 1000) * 1000000;
	if (t.tv_nsec >= NANOS) {
		t.tv_nsec -= NANOS;
		t.tv_sec++;
	}
	return t;
}
