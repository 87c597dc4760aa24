/* SPDX-License-Identifier: MIT */
/*
 * ctrlc: SIGINT as the wish to stop a piece of work, not the process.
 *
 *	ctrlc_catch(true);
 *	... the work, until ctrlc_caught()
 *	ctrlc_catch(false);	// SIGINT does again what it did before
 *
 * A SIGINT that is ignored at the start stays so.
 */
#ifndef CLI_CTRLC_H
#define CLI_CTRLC_H

#include <stdbool.h>

void ctrlc_catch(bool);
/* Whether SIGINT came since ctrlc_catch(true). */
bool ctrlc_caught(void);

#endif
