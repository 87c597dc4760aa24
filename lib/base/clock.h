/* SPDX-License-Identifier: MIT */
/* clock: the time, which all modules read here. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <time.h>

/*
 * Seconds, with their fraction, since some moment before the process began.
 * They pass evenly, whatever the system's time is set to: for durations.
 */
double clock_steady(void);
/*
 * Seconds, with their fraction, since 1970 began (UTC), by the system's time:
 * for dates.
 */
double clock_date(void);
/*
 * The steady time in so many milliseconds, as a condition variable with
 * CLOCK_MONOTONIC takes it.
 */
struct timespec clock_in(int millis);

#endif
