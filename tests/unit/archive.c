/* SPDX-License-Identifier: MIT */
/*
 * archive: plain files, tar and zip written here byte by byte, and what the
 * system's compressors make of them.
 */
#include "io/archive.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../policydir.h"
#include "../tap.h"
#include "tests/scratch.h"

/* A name without the folder, if it begins with it. */
static const char *
beneath(const char *name)
{
	const size_t n = sizeof scratch_folder;

	return strncmp(name, scratch_folder, n - 1) == 0 ? name + n : name;
}

/*
 * All that comes, as "where=bytes;", names without the folder; and the error.
 */
static const char *
contents(char *const *files, size_t n, size_t step)
{
	static struct buf b;
	struct archive_in *in = archive_in_open(files, n);
	char block[64];
	ssize_t got = 0;
	int r;

	buf_reset(&b);
	while ((r = archive_in_next(in)) > 0) {
		buf_addf(&b, "%s=", beneath(archive_in_where(in)));
		while ((got = archive_in_read(in, block, step)) > 0)
			buf_add(&b, block, (size_t)got);
		if (got < 0)
			break;
		buf_adds(&b, ";");
	}
	if (r < 0 || got < 0)
		buf_addf(&b, "! %s", beneath(err_last()));
	archive_in_close(in);
	return buf_text(&b);
}

/* One file of the folder, or FILE:GLOB. */
static const char *
one(const char *name)
{
	char path[128];
	char *const files[] = { path };

	(void)snprintf(path, sizeof path, "%s/%s", scratch_folder, name);
	return contents(files, 1, 64);
}

static void
is(const char *what, const char *got, const char *want)
{
	if (!ok(strcmp(got, want) == 0, "%s", what))
		printf("# %s\n", got);
}

static void
put_here(const char *name, const struct buf *b)
{
	char path[128];

	(void)snprintf(path, sizeof path, "%s/%s", scratch_folder, name);
	put_bytes(path, b->p, b->n);
}

static void
put_text(const char *name, const char *text)
{
	struct buf b = { 0 };

	buf_adds(&b, text);
	put_here(name, &b);
	buf_release(&b);
}

/* ---- ustar */

static void
tar_member(struct buf *b, const char *name, char type, const char *text)
{
	char h[512] = { 0 };
	unsigned sum = 0;
	size_t i;

	(void)snprintf(h, 100, "%s", name);
	(void)snprintf(h + 100, 8, "%07o", 0644U);
	(void)snprintf(h + 124, 12, "%011o", (unsigned)strlen(text));
	(void)snprintf(h + 136, 12, "%011o", 0U);
	memset(h + 148, ' ', 8);
	h[156] = type;
	memcpy(h + 257, "ustar\00000", 8);
	for (i = 0; i < sizeof h; i++)
		sum += (unsigned char)h[i];
	(void)snprintf(h + 148, 7, "%06o", sum);
	buf_add(b, h, sizeof h);
	buf_adds(b, text);
	while (b->n % 512 != 0)
		buf_addc(b, '\0');
}

static void
tar(struct buf *b)
{
	size_t i;

	tar_member(b, "d/", '5', "");
	tar_member(b, "d/one.txt", '0', "first");
	tar_member(b, "d/two.json", '0', "");
	tar_member(b, "three.txt", '0', "third");
	for (i = 0; i < 1024; i++)
		buf_addc(b, '\0');
}

/* ---- zip, stored */

static void
little(struct buf *b, unsigned long x, size_t bytes)
{
	for (; bytes-- > 0; x >>= 8)
		buf_addc(b, (char)(x & 255));
}

static unsigned long
crc(const char *p)
{
	unsigned long c = 0xffffffff;
	int k;

	for (; *p != '\0'; p++)
		for (c ^= (unsigned char)*p, k = 0; k < 8; k++)
			c = c & 1 ? c >> 1 ^ 0xedb88320 : c >> 1;
	return c ^ 0xffffffff;
}

static void
zip_entry(struct buf *b, const char *name, const char *text, bool central,
    size_t at)
{
	size_t n = strlen(text);

	little(b, central ? 0x02014b50 : 0x04034b50, 4);
	if (central)
		little(b, 0x0314, 2); /* made by unix */
	little(b, 20, 2);
	little(b, 0, 2 + 2 + 4); /* flags, stored, time */
	little(b, crc(text), 4);
	little(b, n, 4);
	little(b, n, 4);
	little(b, strlen(name), 2);
	little(b, 0, 2);
	if (central) {
		little(b, 0, 2 + 2 + 2);
		little(b, 0100644UL << 16, 4);
		little(b, at, 4);
	}
	buf_adds(b, name);
	if (!central)
		buf_adds(b, text);
}

static void
zip(struct buf *b)
{
	size_t second, list;

	zip_entry(b, "a.csv", "1,2", false, 0);
	second = b->n;
	zip_entry(b, "b.txt", "bee", false, 0);
	list = b->n;
	zip_entry(b, "a.csv", "1,2", true, 0);
	zip_entry(b, "b.txt", "bee", true, second);
	second = b->n;
	little(b, 0x06054b50, 4);
	little(b, 0, 4);
	little(b, 2, 2);
	little(b, 2, 2);
	little(b, second - list, 4);
	little(b, list, 4);
	little(b, 0, 2);
}

static void
test_plain(void)
{
	char here[128], there[128];
	char *const both[] = { here, there };

	put_text("plain", "some text\n");
	put_text("mtree", "#mtree\n/set type=file\n");
	put_text("empty", "");
	put_text("odd:name", "x");
	is("a plain text is read", one("plain"), "plain=some text\n;");
	is("a text that looks like a list of files is read as text",
	    one("mtree"), "mtree=#mtree\n/set type=file\n;");
	is("an empty file has no bytes", one("empty"), "");
	is("a file with a colon in its name is read", one("odd:name"),
	    "odd:name=x;");
	(void)snprintf(here, sizeof here, "%s/plain", scratch_folder);
	(void)snprintf(there, sizeof there, "%s/odd:name", scratch_folder);
	is("two files are read a byte at a time", contents(both, 2, 1),
	    "plain=some text\n;odd:name=x;");
	is("a glob on a plain file is refused", one("plain:x*"),
	    "! plain: is no archive, it has no member x*");
	is("a missing file is refused", one("none"),
	    "! none: No such file or directory");
	ok(strstr(contents((char *const[]){ scratch_folder }, 1, 8),
	       "is a directory") != NULL,
	    "a directory is refused: %s", err_last());
}

static void
test_tar(void)
{
	struct buf b = { 0 };

	tar(&b);
	put_here("t.tar", &b);
	is("a tar gives its files, not its folders", one("t.tar"),
	    "t.tar:d/one.txt=first;t.tar:d/two.json=;t.tar:three.txt=third;");
	is("a glob picks members", one("t.tar:*.txt"),
	    "t.tar:d/one.txt=first;t.tar:three.txt=third;");
	is("a whole name picks a member", one("t.tar:three.txt"),
	    "t.tar:three.txt=third;");
	is("a glob that picks nothing is refused", one("t.tar:*.csv"),
	    "! t.tar: no member matches *.csv");
	b.n = 512 + 512 + 3;
	put_here("cut.tar", &b);
	ok(strstr(one("cut.tar"), "! cut.tar") != NULL,
	    "a truncated file fails: %s", one("cut.tar"));
	memset(b.p, 0, 1024);
	b.n = 1024;
	put_here("zeros", &b);
	is("a file of zeros is refused as an empty archive", one("zeros"),
	    "! zeros: an archive without members");
	buf_release(&b);
	zip(&b);
	put_here("z.zip", &b);
	is("a zip gives its files", one("z.zip"),
	    "z.zip:a.csv=1,2;z.zip:b.txt=bee;");
	is("a glob picks a member of a zip", one("z.zip:b*"),
	    "z.zip:b.txt=bee;");
	buf_release(&b);
}

/* COMMAND with the folder as its working directory. */
static int
sh(const char *command)
{
	struct buf b = { 0 };
	int r;

	buf_addf(&b, "cd %s && { %s; } 2>sh.err", scratch_folder, command);
	r = system(buf_text(&b));
	buf_release(&b);
	return r;
}

static void
test_filters(void)
{
	static const char *const tools[] = { "gzip", "bzip2", "xz", "zstd",
		"lz4" };
	char command[128];
	size_t i;

	for (i = 0; i < 5; i++) {
		(void)snprintf(command, sizeof command,
		    "%s -c <t.tar >t.x && %s -c <plain >p.x", tools[i],
		    tools[i]);
		if (sh(command) != 0) {
			ok(true, "%s # SKIP not here", tools[i]);
			continue;
		}
		is(tools[i], one("p.x"), "p.x=some text\n;");
		is("a tar in it is read", one("t.x:three*"),
		    "t.x:three.txt=third;");
	}
	if (ok(sh("gzip -c plain | gzip -c >twice &&"
		  " gzip -c plain | head -c 25 >cut2") == 0,
		"gzip"))
		is("a compressed file within a compressed file is read",
		    one("twice"), "twice=some text\n;");
	ok(strstr(one("cut2"), "! cut2") != NULL, "a truncated file fails: %s",
	    one("cut2"));
}

static void
test_stdin(void)
{
	char path[128];
	char *const dash[] = { path, (char[]){ "-" } };
	int fd, old = dup(STDIN_FILENO);

	(void)snprintf(path, sizeof path, "%s/odd:name", scratch_folder);
	fd = open(path, O_RDONLY);
	(void)dup2(fd, STDIN_FILENO);
	is("no file is standard input", contents(NULL, 0, 64), "<stdin>=x;");
	(void)lseek(fd, 0, SEEK_SET);
	is("- is standard input, which stays open", contents(dash, 2, 64),
	    "odd:name=x;<stdin>=x;");
	ok(fcntl(STDIN_FILENO, F_GETFD) != -1, "standard input stays open");
	(void)close(fd);
	if (old != -1)
		(void)dup2(old, STDIN_FILENO);
}

int
main(void)
{
	scratch_enter();
	test_plain();
	test_tar();
	test_filters();
	test_stdin();
	ok(system("rm -rf ./*") == 0, "the files of the test are removed");
	scratch_leave();
	return tap_done();
}
