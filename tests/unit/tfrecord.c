/* SPDX-License-Identifier: MIT */
/* tfrecord: CRC-32C by the examples of RFC 3720, and the framing. */
#include "io/tfrecord.h"

#include <string.h>

#include "../tap.h"

int
main(void)
{
	unsigned char bytes[32];
	struct buf out = { 0 };
	size_t i;

	memset(bytes, 0, sizeof bytes);
	ok(crc32c(bytes, 32) == 0x8a9136aa, "32 zeros");
	memset(bytes, 255, sizeof bytes);
	ok(crc32c(bytes, 32) == 0x62a8ab43, "32 bytes of ones");
	for (i = 0; i < 32; i++)
		bytes[i] = (unsigned char)i;
	ok(crc32c(bytes, 32) == 0x46dd794e, "32 bytes that rise");
	for (i = 0; i < 32; i++)
		bytes[i] = (unsigned char)(31 - i);
	ok(crc32c(bytes, 32) == 0x113fdb5c, "32 bytes that fall");
	ok(crc32c("123456789", 9) == 0xe3069283, "the nine digits");
	ok(crc32c(bytes, 0) == 0, "no bytes");
	buf_adds(&out, "before");
	tfrecord_put(&out, "123456789", 9);
	ok(out.n == 6 + 8 + 4 + 9 + 4 &&
		memcmp(out.p + 6, "\11\0\0\0\0\0\0\0", 8) == 0 &&
		memcmp(out.p + 18, "123456789", 9) == 0,
	    "a record has its length and its bytes");
	/* ((crc >> 15 | crc << 17) + 0xa282ead8 of e3069283 */
	ok(memcmp(out.p + 27, "\xe5\xb0\x8a\xc7", 4) == 0,
	    "and the checksum, turned: %02x%02x%02x%02x",
	    (unsigned char)out.p[27], (unsigned char)out.p[28],
	    (unsigned char)out.p[29], (unsigned char)out.p[30]);
	buf_release(&out);
	return tap_done();
}
