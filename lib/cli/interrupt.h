/* SPDX-License-Identifier: MIT */
/*
 * interrupt: work that a tool does before SIGINT, SIGTERM or SIGHUP ends it.
 *
 *	interrupt_begin(save, arg); // before the first thread is started
 *	...                         // a signal calls save(arg), then ends us
 *	interrupt_hold();           // a signal waits
 *	interrupt_allow();
 *
 * save runs in a thread of its own, beside the main thread, and must touch only
 * what the main thread changes between hold and allow.  Signals that are
 * ignored at the start, as nohup(1) does, stay so.
 */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

void interrupt_begin(void (*save)(void *), void *arg);
void interrupt_hold(void);
void interrupt_allow(void);

#endif
