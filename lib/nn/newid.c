/* SPDX-License-Identifier: MIT */
#include "nn/newid.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

enum { DIGITS = 32, HEADER_MAX = 8 << 20 };

int
newid_parse(const char *text, void *id)
{
	if (strlen(text) != DIGITS ||
	    strspn(text, "0123456789abcdef") != DIGITS)
		return fail("not %d hexadecimal digits", DIGITS);
	*(const char **)id = text;
	return 0;
}

/* Where the id stands in the header of a file of weights; -1: nowhere. */
static off_t
find(int fd)
{
	static const char key[] = "\"apprentice.id\":\"";
	const size_t length = sizeof key - 1;
	unsigned char size[8];
	uint64_t n = 0;
	char *header, *at;
	off_t where = -1;
	int i;

	if (pread(fd, size, sizeof size, 0) != (ssize_t)sizeof size)
		return -1;
	for (i = 7; i >= 0; i--)
		n = n << 8 | size[i];
	if (n > HEADER_MAX)
		return -1;
	header = mem_alloc(n + 1, 1);
	if (pread(fd, header, n, sizeof size) == (ssize_t)n) {
		at = memmem(header, n, key, length);
		if (at != NULL && (size_t)(header + n - at) > length + DIGITS &&
		    at[length + DIGITS] == '"')
			where =
			    (off_t)sizeof size + (at - header) + (off_t)length;
	}
	free(header);
	return where;
}

int
newid_write(const char *dir, const char *id)
{
	struct buf path = { 0 };
	off_t where;
	int fd, rc = 0;

	if (id == NULL)
		return 0;
	buf_addf(&path, "%s/adapter_model.safetensors", dir);
	fd = open(buf_text(&path), O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		buf_reset(&path);
		buf_addf(&path, "%s/model.safetensors", dir);
		fd = open(buf_text(&path), O_RDWR | O_CLOEXEC);
	}
	if (fd < 0) {
		rc = fail_sys("%s", buf_text(&path));
	} else {
		where = find(fd);
		if (where < 0)
			rc = fail("%s: has no id", buf_text(&path));
		else if (pwrite(fd, id, DIGITS, where) != DIGITS ||
		    fsync(fd) != 0)
			rc = fail_sys("%s", buf_text(&path));
		(void)close(fd);
	}
	buf_release(&path);
	return rc;
}
