/* SPDX-License-Identifier: MIT */
/*
 * tfrecord: records as TensorFlow and TensorBoard frame them in files: the
 * length (64 bits, little endian), its masked CRC-32C, the bytes, and theirs.
 */
#ifndef IO_TFRECORD_H
#define IO_TFRECORD_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* CRC-32C (Castagnoli; RFC 3720, appendix B.4). */
uint32_t crc32c(const void *, size_t n);
/* Append a record. */
void tfrecord_put(struct buf *, const void *, size_t n);

#endif
