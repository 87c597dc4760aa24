/* SPDX-License-Identifier: MIT */
#include "text/readable.h"

#include "base/utf8.h"
#include "io/json.h"

void
readable_utf8(struct buf *out, const char *p, size_t n)
{
	size_t i, length;

	for (i = 0; i < n; i += length) {
		if (utf8_decode(p + i, n - i, &length) == UINT32_MAX)
			buf_adds(out, "\xef\xbf\xbd");
		else
			buf_add(out, p + i, length);
	}
}

void
readable_safe(struct buf *out, const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t i;

	for (i = 0; i < n; i++) {
		if (p[i] == 0xc2 && i + 1 < n && p[i + 1] < 0xa0) {
			buf_addc(out, '?');
			i++;
		} else if ((p[i] < ' ' && p[i] != '\n' && p[i] != '\t') ||
		    p[i] == 127) {
			buf_addc(out, '?');
		} else {
			buf_addc(out, s[i]);
		}
	}
}

void
readable_json(struct buf *out, const char *p, size_t n)
{
	struct buf text = { 0 };

	readable_utf8(&text, p, n);
	json_put_string(out, buf_text(&text), text.n);
	buf_release(&text);
}
