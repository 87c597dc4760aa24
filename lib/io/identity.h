/* SPDX-License-Identifier: MIT */
/*
 * identity: a number for a file, which changes when the file is replaced: a
 * hash of device, inode, size and time of change.
 */
#ifndef IO_IDENTITY_H
#define IO_IDENTITY_H

#include <stdint.h>
#include <sys/stat.h>

uint64_t identity_of(const struct stat *);
/* That of a path now; 0 if nothing is there. */
uint64_t identity_at(const char *path);

#endif
