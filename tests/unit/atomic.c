/* SPDX-License-Identifier: MIT */
#include "io/atomic.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/faults.h"
#include "tests/scratch.h"
#include "tests/tap.h"

/* What must not fail, or the test means nothing. */
static void
need(int rc)
{
	if (rc == 0)
		return;
	printf("Bail out! %s\n", err_last());
	exit(1);
}

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

	ok(a != NULL, "atomic_open begins a file");
	aside = strdup(atomic_aside(a));
	ok(file_exists(aside) && !file_exists("file"),
	    "the file is aside until the commit");
	ok(atomic_write(a, "old\n", 4) == 0, "atomic_write adds bytes");
	ok(atomic_commit(a, true) == 0, "atomic_commit succeeds");
	ok(holds("file", "old\n") && !file_exists(aside),
	    "the committed file is in its place");

	a = atomic_open("file");
	ok(a != NULL && atomic_write(a, "new", 3) == 0 &&
		holds("file", "old\n"),
	    "until the commit the old file stays");
	atomic_abort(a);
	ok(holds("file", "old\n") && !file_exists(aside),
	    "atomic_abort leaves the old file");

	ok(symlink("/nowhere/at/all", aside) == 0,
	    "a symbolic link has the name of the file aside");
	a = atomic_open("file");
	ok(a != NULL && atomic_write(a, "3", 1) == 0 &&
		atomic_commit(a, false) == 0 && holds("file", "3"),
	    "atomic_open does not follow the link");
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
	    "a missing folder is refused: %s", err_last());
	ok(mkdir("folder", 0777) == 0 && (a = atomic_open("folder")) != NULL,
	    "a folder is the target");
	ok(atomic_commit(a, false) == -1 &&
		strstr(err_last(), "folder") != NULL,
	    "a commit does not replace a folder: %s", err_last());
	ok(read_file("folder", 10, &n) == NULL,
	    "read_file refuses a folder: %s", err_last());
	ok(read_file("none", 10, &n) == NULL,
	    "read_file refuses a missing file: %s", err_last());
	ok(mkfifo("fifo", 0666) == 0 && read_file("fifo", 10, &n) == NULL,
	    "read_file refuses a FIFO without waiting: %s", err_last());
	a = atomic_open("long");
	ok(a != NULL && atomic_write(a, "12345678901", 11) == 0 &&
		atomic_commit(a, false) == 0,
	    "a file of eleven bytes is made");
	ok(read_file("long", 10, &n) == NULL &&
		strcmp(err_last(), "long: 11 bytes, more than 10") == 0,
	    "read_file refuses more than ten bytes");
}

/* The rename is what counts: a failure after it is another result. */
static void
test_sync(void)
{
	struct atomic *a = atomic_open("file");
	int rc;

	need(a == NULL ? -1 : atomic_write(a, "new", 3));
	fault_set("fsync", 1, EIO);
	rc = atomic_commit(a, true);
	ok(rc == -1 && holds("file", "3"),
	    "the file cannot be synced: the old file stays: %s", err_last());
	a = atomic_open("file");
	need(a == NULL ? -1 : atomic_write(a, "new", 3));
	fault_set("fsync", 2, EIO);
	rc = atomic_commit(a, true);
	ok(rc == 1 && holds("file", "new"),
	    "the folder cannot be synced: the new file is there: %s",
	    err_last());
	a = atomic_open("file");
	need(a == NULL ? -1 : atomic_write(a, "last", 4));
	fault_set("fsync", 2, EINVAL);
	rc = atomic_commit(a, true);
	ok(rc == 0 && holds("file", "last"),
	    "a folder that has no sync is no failure");
}

/* Names as they are left by a process that has ended. */
static void
test_sweep(void)
{
	char ended[40], folder[40], own[40], other[40];
	struct atomic *a = atomic_open("file");
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	(void)waitpid(pid, NULL, 0);
	(void)snprintf(ended, sizeof ended, "file.tmp.%ld", (long)pid);
	(void)snprintf(folder, sizeof folder, "dir.tmp.%ld", (long)pid);
	(void)snprintf(own, sizeof own, "file.tmp.%ld", (long)getpid());
	(void)snprintf(other, sizeof other, "other.tmp.%ld", (long)pid);
	need(a == NULL ? -1 : 0);

	/* A lock says that it is in use, whatever its number means here. */
	need(rename(own, ended));
	atomic_sweep("file");
	ok(file_exists(ended), "a file that is locked stays");
	atomic_abort(a);

	need(symlink("nowhere", own));
	need(symlink("file", other));
	need(mkdir(folder, 0777));
	need(chdir(folder));
	need(symlink("nowhere", "a"));
	need(chdir(".."));
	atomic_sweep("file");
	ok(!file_exists(ended) && is_link(own),
	    "the file of an ended process goes, one of a live process stays");
	ok(is_link(other) && file_exists(folder), "files of other names stay");
	atomic_sweep("./other");
	ok(is_link(other), "a link is not taken for a file left over");
	atomic_sweep("dir");
	ok(!file_exists(folder), "a folder left over goes with its files");
	need(unlink(own));
	need(unlink(other));
}

/* A pipe that is full and does not block: its reader begins only then. */
static void
test_full_pipe(void)
{
	enum { MORE = 1 << 20 };
	static char bytes[MORE];
	size_t got = 0, sent = 0;
	int data[2], go[2], status;
	ssize_t n;
	pid_t pid;

	need(pipe(data));
	need(pipe(go));
	need(fcntl(data[1], F_SETFL, O_NONBLOCK));
	while ((n = write(data[1], bytes, 4096)) > 0)
		sent += (size_t)n;
	pid = fork();
	if (pid == 0) {
		(void)close(data[1]);
		(void)close(go[1]);
		while (read(go[0], bytes, 1) > 0)
			continue;
		while ((n = read(data[0], bytes, sizeof bytes)) > 0)
			got += (size_t)n;
		_exit(got == sent + MORE ? 0 : 1);
	}
	(void)close(data[0]);
	(void)close(go[0]);
	fault_watch(EAGAIN, go[1]);
	ok(write_all(data[1], bytes, MORE, "pipe") == 0,
	    "a full pipe that does not block is waited for");
	(void)close(data[1]);
	(void)waitpid(pid, &status, 0);
	ok(status == 0, "the reader of the full pipe gets every byte");
}

int
main(void)
{
	scratch_enter();
	test_commit();
	test_failures();
	test_sync();
	test_sweep();
	test_full_pipe();
	(void)unlink("file");
	(void)unlink("fifo");
	(void)unlink("long");
	(void)rmdir("folder");
	scratch_leave();
	return tap_done();
}
