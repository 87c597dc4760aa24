/* SPDX-License-Identifier: MIT */
#include "cli/ctrlc.h"

#include <signal.h>

static volatile sig_atomic_t caught;
static struct sigaction before;

static void
on_interrupt(int sig)
{
	(void)sig;
	caught = 1;
}

void
ctrlc_catch(bool on)
{
	const struct sigaction act = { .sa_handler = on_interrupt,
		.sa_flags = SA_RESTART };

	if (!on) {
		(void)sigaction(SIGINT, &before, NULL);
		return;
	}
	caught = 0;
	if (sigaction(SIGINT, NULL, &before) == 0 &&
	    before.sa_handler != SIG_IGN)
		(void)sigaction(SIGINT, &act, NULL);
}

bool
ctrlc_caught(void)
{
	return caught != 0;
}
