/* SPDX-License-Identifier: MIT */
#include "io/tfrecord.h"

enum { LENGTH = 8 };

uint32_t
crc32c(const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	uint32_t crc = 0xffffffffu;
	size_t i;
	int bit;

	for (i = 0; i < n; i++) {
		crc ^= p[i];
		for (bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (0x82f63b78u & (0u - (crc & 1)));
	}
	return ~crc;
}

static void
put_le(struct buf *out, uint64_t x, size_t bytes)
{
	size_t i;

	for (i = 0; i < bytes; i++)
		buf_addc(out, (char)(x >> (8 * i)));
}

/* The checksum of a record that may itself contain checksums: turned. */
static void
put_masked(struct buf *out, const void *p, size_t n)
{
	const uint32_t crc = crc32c(p, n);

	put_le(out, ((crc >> 15) | (crc << 17)) + 0xa282ead8u, sizeof crc);
}

void
tfrecord_put(struct buf *out, const void *p, size_t n)
{
	put_le(out, n, LENGTH);
	put_masked(out, out->p + out->n - LENGTH, LENGTH);
	buf_add(out, p, n);
	put_masked(out, p, n);
}
