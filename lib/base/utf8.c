/* SPDX-License-Identifier: MIT */
#include "base/utf8.h"

#include <string.h>

uint32_t
utf8_decode(const char *text, size_t n, size_t *length)
{
	const unsigned char *p = (const unsigned char *)text;
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t want, i;
	uint32_t c = p[0];

	*length = 1;
	if (c < 0x80)
		return c;
	want = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
	if (c < 0xc2 || c > 0xf4 || want > n)
		return UINT32_MAX;
	c &= 0xffu >> (want + 1);
	for (i = 1; i < want; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return UINT32_MAX;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[want] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return UINT32_MAX;
	*length = want;
	return c;
}

size_t
utf8_encode(uint32_t c, char *out)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

bool
utf8_valid(const char *p, size_t n)
{
	const uint64_t high = 0x8080808080808080u;
	size_t at = 0, length;
	uint64_t eight;

	while (at < n) {
		if (n - at >= sizeof eight) {
			memcpy(&eight, p + at, sizeof eight);
			if ((eight & high) == 0) {
				at += sizeof eight;
				continue;
			}
		}
		if (utf8_decode(p + at, n - at, &length) == UINT32_MAX)
			return false;
		at += length;
	}
	return true;
}

size_t
utf8_whole(const char *p, size_t n)
{
	size_t back, need;
	unsigned char lead;

	for (back = 1; back <= 3 && back <= n; back++) {
		lead = (unsigned char)p[n - back];
		if (lead < 0x80)
			break;
		if (lead < 0xc0)
			continue;
		need = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
		return need > back ? n - back : n;
	}
	return n;
}

size_t
utf8_before(const char *p, size_t at)
{
	for (at--; at > 0 && (p[at] & 0xc0) == 0x80;)
		at--;
	return at;
}

bool
utf8_is_space(uint32_t c)
{
	return (c >= 9 && c <= 13) || c == ' ' || c == 0x85 || c == 0xa0 ||
	    c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
	    c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

bool
utf8_is_unseen(uint32_t c)
{
	return (c >= 0x80 && c < 0xa0) || c == 0xad || c == 0x61c ||
	    c == 0x200b || c == 0x200e || c == 0x200f ||
	    (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
	    c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) || c >= 0xe0000 ||
	    (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c < 0xfdf0);
}
