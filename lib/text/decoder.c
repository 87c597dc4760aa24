/* SPDX-License-Identifier: MIT */
#include "text/decoder.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char mark[] = "\xe2\x96\x81"; /* SentencePiece's space */

/* Read one decoder, or a Sequence of them. */
static int
read_type(const struct json *j, int depth, bool *strip)
{
	static const char *const known[] = { "BPEDecoder", "ByteFallback",
		"ByteLevel", "Fuse", "Metaspace", "Replace", "Sequence",
		"Strip" };
	const struct json *list = json_get(j, "decoders");
	const char *type, *scheme = "";
	size_t i, n = sizeof known / sizeof known[0];

	if (j == NULL || json_kind(j) == JSON_T_NULL)
		return 0;
	type = json_text(json_get(j, "type"), NULL);
	for (i = 0; i < n && type != NULL && strcmp(type, known[i]) != 0;)
		i++;
	if (type == NULL || i == n || depth == 0)
		return fail("decoder: type %s is not known",
		    type != NULL ? type : "(none)");
	if (json_get_string(j, "prepend_scheme", &scheme, NULL) < 0)
		return fail_in("decoder");
	if (strcmp(type, "Metaspace") == 0 && strcmp(scheme, "never") != 0 &&
	    json_bool(json_get(j, "add_prefix_space"), true))
		*strip = true;
	if (strcmp(type, "Strip") == 0 && json_int(json_get(j, "start"), 0) > 0)
		*strip = true;
	for (i = 0; i < json_count(list); i++)
		if (read_type(json_at(list, i), depth - 1, strip) != 0)
			return -1;
	return 0;
}

int
decoder_read(struct decoder *d, const struct json *j)
{
	return read_type(j, JSON_DEPTH, &d->strip);
}

static int
hex_byte(const char *p, size_t n)
{
	char digits[3] = "";

	if (n != 6 || memcmp(p, "<0x", 3) != 0 || p[5] != '>' ||
	    !isxdigit((unsigned char)p[3]) || !isxdigit((unsigned char)p[4]))
		return -1;
	memcpy(digits, p + 3, 2);
	return (int)strtoul(digits, NULL, 16);
}

void
decoder_piece(const struct decoder *d, const char *p, size_t n, struct buf *out)
{
	int byte = d->byte_pieces ? hex_byte(p, n) : -1;
	size_t i;

	if (byte >= 0) {
		buf_addc(out, (char)byte);
		return;
	}
	for (i = 0; i < n; i++)
		if (!d->bytes && n - i >= 3 && memcmp(p + i, mark, 3) == 0) {
			buf_addc(out, ' ');
			i += 2;
		} else {
			buf_addc(out, p[i]);
		}
}
