/* SPDX-License-Identifier: MIT */
#include "io/sniff.h"

#include <string.h>

#include "tests/tap.h"

static const struct {
	bool documents;
	const char *what, *bytes;
	size_t n;
} cases[] = {
	{ true, "a JSON array", "[{\"prompt\": 1}]", 15 },
	{ true, "text", "hello\nworld\n", 12 },
	{ true, "CSV", "prompt,response\r\na,b\r\n", 22 },
	{ true, "text with a byte order mark", "\xef\xbb\xbf[1]", 6 },
	{ true, "text cut within a character", "caf\xc3", 4 },
	{ true, "gzip", "\x1f\x8b\x08\x00\x00", 5 },
	{ true, "zstd", "\x28\xb5\x2f\xfd\x04", 5 },
	{ true, "zip", "PK\x03\x04\x14\x00", 6 },
	{ true, "xz",
	    "\xfd"
	    "7zXZ\x00",
	    6 },
	{ false, "a web page", "\n<!DOCTYPE html><html>", 22 },
	{ false, "Parquet", "PAR1\x15\x04\x15\x10", 8 },
	{ false, "random bytes", "\xa6\x01\x99\xee", 4 },
	{ false, "zeros", "\0\0\0\0", 4 },
	{ false, "Latin-1 text", "caf\xe9 au lait", 12 },
};

static void
test_other(void)
{
	static const struct {
		const char *bytes, *what; /* the answer's beginning */
	} files[] = { { "PAR1\x15\x04", "a Parquet file" },
		{ "ARROW1", "an Arrow file" },
		{ "version https://git-lfs.github.com/spec/v1\noid",
		    "a pointer of Git LFS" },
		{ "\n <HTML>", "a web page" }, { "{\"a\": 1}", NULL },
		{ "PA", NULL }, { "", NULL } };
	const char *what;
	size_t i;

	for (i = 0; i < sizeof files / sizeof files[0]; i++) {
		what = sniff_other(files[i].bytes, strlen(files[i].bytes));
		ok(files[i].what == NULL ? what == NULL :
					   what != NULL &&
			    strncmp(what, files[i].what,
				strlen(files[i].what)) == 0,
		    "%.8s: %s", files[i].bytes, what != NULL ? what : "no");
	}
}

int
main(void)
{
	char tar[512] = "folder/demos.jsonl";
	size_t i;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
		ok(sniff_documents(cases[i].bytes, cases[i].n) ==
			cases[i].documents,
		    "%s: %s", cases[i].what,
		    cases[i].documents ? "may have demonstrations" : "no");
	memcpy(tar + 257, "ustar", 5);
	ok(sniff_documents(tar, sizeof tar) && !sniff_documents(tar, 200),
	    "a tar archive, by its mark");
	test_other();
	return tap_done();
}
