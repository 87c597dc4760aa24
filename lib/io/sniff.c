/* SPDX-License-Identifier: MIT */
#include "io/sniff.h"

#include <string.h>
#include <strings.h>

#include "base/utf8.h"

enum { LOOKED_AT = 512 };

#define MAGIC(at, bytes) \
	{ \
		at, sizeof(bytes) - 1, bytes \
	}

static const struct {
	size_t at, n;
	const char *bytes;
} packed[] = {
	MAGIC(0, "\x1f\x8b"),         /* gzip */
	MAGIC(0, "\x28\xb5\x2f\xfd"), /* zstd */
	MAGIC(0,
	    "\xfd"
	    "7zXZ"),                  /* xz */
	MAGIC(0, "BZh"),              /* bzip2 */
	MAGIC(0, "\x04\x22\x4d\x18"), /* lz4 */
	MAGIC(0, "PK\x03\x04"),       /* zip */
	MAGIC(257, "ustar"),          /* tar */
};

static bool
is_packed(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < sizeof packed / sizeof packed[0]; i++)
		if (n >= packed[i].at + packed[i].n &&
		    memcmp(p + packed[i].at, packed[i].bytes, packed[i].n) == 0)
			return true;
	return false;
}

static const struct {
	const char *bytes, *what;
} others[] = {
	{ "PAR1", "a Parquet file (export it as JSON lines or CSV)" },
	{ "ARROW1", "an Arrow file (export it as JSON lines or CSV)" },
	{ "GGUF", "a GGUF file, a model" },
	{ "SQLite format 3", "an SQLite database" },
	{ "%PDF-", "a PDF document" },
	{ "version https://git-lfs.github.com/spec/",
	    "a pointer of Git LFS in place of the file (git lfs pull brings "
	    "it)" },
};

/* The last character may be cut off. */
static bool
is_text(const char *p, size_t n)
{
	size_t i, length;

	for (i = 0; i < n; i += length) {
		const uint32_t c = utf8_decode(p + i, n - i, &length);

		if (c == UINT32_MAX ?
			n - i > 3 || (p[i] & 0xc0) != 0xc0 :
			(c < ' ' && strchr("\t\n\r\f", (int)c) == NULL) ||
			    c == 0 || c == 127)
			return false;
	}
	return true;
}

static bool
is_web_page(const char *p, size_t n)
{
	static const char *const begins[] = { "<!doctype", "<html", "<?xml" };
	size_t i;

	while (n > 0 && strchr(" \t\r\n", *p) != NULL) {
		p++;
		n--;
	}
	for (i = 0; i < sizeof begins / sizeof begins[0]; i++)
		if (n >= strlen(begins[i]) &&
		    strncasecmp(p, begins[i], strlen(begins[i])) == 0)
			return true;
	return false;
}

bool
sniff_documents(const char *p, size_t n)
{
	const size_t looked = n < LOOKED_AT ? n : LOOKED_AT;

	return is_packed(p, looked) ||
	    (is_text(p, looked) && !is_web_page(p, looked));
}

const char *
sniff_other(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < sizeof others / sizeof others[0]; i++)
		if (n >= strlen(others[i].bytes) &&
		    memcmp(p, others[i].bytes, strlen(others[i].bytes)) == 0)
			return others[i].what;
	return is_web_page(p, n) ? "a web page" : NULL;
}
