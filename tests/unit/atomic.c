/* SPDX-License-Identifier: MIT */
#include "io/atomic.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/scratch.h"
#include "tests/tap.h"

static bool
holds(const char *path, const char *text)
{
	size_t n;
	char *p = read_file(path, 100, &n);
	bool good = p != NULL && n == strlen(text) && strcmp(p, text) == 0;

	free(p);
	return good;
}

static void
test_commit(void)
{
	struct atomic *a = atomic_open("file");
	char *aside;

	ok(a != NULL, "opens");
	aside = strdup(atomic_aside(a));
	ok(file_exists(aside) && !file_exists("file"), "is aside first");
	ok(atomic_write(a, "old\n", 4) == 0, "writes");
	ok(atomic_commit(a, true) == 0, "commits");
	ok(holds("file", "old\n") && !file_exists(aside), "is in its place");

	a = atomic_open("file");
	ok(a != NULL && atomic_write(a, "new", 3) == 0 &&
		holds("file", "old\n"),
	    "the old one stays");
	atomic_abort(a);
	ok(holds("file", "old\n") && !file_exists(aside), "abort leaves it");

	ok(symlink("/nowhere/at/all", aside) == 0, "a link laid in the way");
	a = atomic_open("file");
	ok(a != NULL && atomic_write(a, "3", 1) == 0 &&
		atomic_commit(a, false) == 0 && holds("file", "3"),
	    "is not followed");
	free(aside);
	atomic_abort(NULL);
}

static void
test_failures(void)
{
	struct atomic *a = atomic_open("no/such/folder");
	size_t n;

	ok(a == NULL &&
		strcmp(err_last(),
		    "no/such/folder: No such file or directory") == 0,
	    "no folder: %s", err_last());
	ok(mkdir("folder", 0777) == 0 && (a = atomic_open("folder")) != NULL,
	    "a folder as target");
	ok(atomic_commit(a, false) == -1 &&
		strstr(err_last(), "folder") != NULL,
	    "is not replaced: %s", err_last());
	ok(read_file("folder", 10, &n) == NULL, "nor read: %s", err_last());
	ok(read_file("none", 10, &n) == NULL, "no file: %s", err_last());
	ok(mkfifo("fifo", 0666) == 0 && read_file("fifo", 10, &n) == NULL,
	    "no FIFO, and no wait: %s", err_last());
	a = atomic_open("long");
	ok(a != NULL && atomic_write(a, "12345678901", 11) == 0 &&
		atomic_commit(a, false) == 0,
	    "eleven bytes");
	ok(read_file("long", 10, &n) == NULL &&
		strcmp(err_last(), "long: 11 bytes, more than 10") == 0,
	    "are more than ten");
}

int
main(void)
{
	scratch_enter();
	test_commit();
	test_failures();
	(void)unlink("file");
	(void)unlink("fifo");
	(void)unlink("long");
	(void)rmdir("folder");
	scratch_leave();
	return tap_done();
}
