/* SPDX-License-Identifier: MIT */
/*
 * Filters and formats are an explicit list: libarchive's "all" takes plain
 * text for an mtree description, and runs external programs for compressions
 * that it does not know.
 */
#include "io/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "io/atomic.h"
#include "io/wait.h"

enum { BLOCK = 1 << 16 };

struct archive_in {
	char **file;
	size_t files, at;
	struct archive *a; /* of the current file; NULL: open the next */
	int fd;
	char *name, *glob; /* glob NULL: every member */
	struct buf where;
	/* reading failed; kept here, for libarchive may go on without a word */
	bool failed, failed_pipe;
	bool matched, any; /* a member matched; there is one */
	char block[BLOCK];
};

struct archive_in *
archive_in_open(char *const *files, size_t n)
{
	struct archive_in *in = mem_alloc(1, sizeof *in);
	size_t i;

	in->files = n > 0 ? n : 1;
	in->file = mem_alloc(in->files, sizeof *in->file);
	in->file[0] = n > 0 ? NULL : mem_dup("-", 1);
	for (i = 0; i < n; i++)
		in->file[i] = mem_dup(files[i], strlen(files[i]));
	in->fd = -1;
	return in;
}

static void
close_one(struct archive_in *in)
{
	if (in->a != NULL)
		(void)archive_read_free(in->a);
	if (in->fd > STDERR_FILENO)
		(void)close(in->fd);
	free(in->name);
	free(in->glob);
	in->a = NULL;
	in->name = in->glob = NULL;
	in->fd = -1;
}

void
archive_in_close(struct archive_in *in)
{
	size_t i;

	if (in == NULL)
		return;
	close_one(in);
	for (i = 0; i < in->files; i++)
		free(in->file[i]);
	free(in->file);
	buf_release(&in->where);
	free(in);
}

const char *
archive_in_where(const struct archive_in *in)
{
	return in->where.n > 0 ? in->where.p : "input";
}

static la_ssize_t
give_block(struct archive *a, void *context, const void **block)
{
	struct archive_in *in = context;
	ssize_t n = wait_read(in->fd, in->block, sizeof in->block);

	*block = in->block;
	if (n < 0) {
		in->failed = true;
		in->failed_pipe = err_is_pipe();
		archive_set_error(a, EIO, "%s", err_last());
	}
	return n;
}

static int
complain(struct archive_in *in)
{
	const char *words = archive_error_string(in->a);

	if (in->failed_pipe)
		return fail_pipe();
	return fail("%s: %s", archive_in_where(in),
	    words != NULL ? words : "cannot be read");
}

static void
set_where(struct archive_in *in, const char *member)
{
	buf_reset(&in->where);
	buf_adds(&in->where, in->name);
	if (member != NULL)
		buf_addf(&in->where, ":%s", member);
	(void)buf_text(&in->where);
}

/* FILE, or FILE:GLOB where no FILE:GLOB exists. */
static void
split_name(struct archive_in *in, const char *file)
{
	const char *colon = strrchr(file, ':');

	if (strcmp(file, "-") == 0) {
		in->name = mem_dup("<stdin>", 7);
	} else if (colon == NULL || colon == file || file_exists(file)) {
		in->name = mem_dup(file, strlen(file));
	} else {
		in->name = mem_dup(file, (size_t)(colon - file));
		in->glob = mem_dup(colon + 1, strlen(colon + 1));
	}
}

static int
open_next(struct archive_in *in)
{
	const char *file = in->file[in->at++];
	struct stat st;

	split_name(in, file);
	set_where(in, NULL);
	in->matched = in->glob == NULL;
	in->any = false;
	in->fd = strcmp(file, "-") == 0 ? STDIN_FILENO :
					  open(in->name, O_RDONLY | O_CLOEXEC);
	if (in->fd < 0)
		return fail_sys("%s", in->name);
	if (fstat(in->fd, &st) == 0 && S_ISDIR(st.st_mode))
		return fail("%s: is a directory", in->name);
	in->a = archive_read_new();
	if (in->a == NULL)
		mem_exhausted();
	archive_read_support_filter_gzip(in->a);
	archive_read_support_filter_bzip2(in->a);
	archive_read_support_filter_xz(in->a);
	archive_read_support_filter_lzma(in->a);
	archive_read_support_filter_zstd(in->a);
	archive_read_support_filter_lz4(in->a);
	archive_read_support_format_tar(in->a);
	archive_read_support_format_zip(in->a);
	archive_read_support_format_empty(in->a);
	archive_read_support_format_raw(in->a);
	if (archive_read_open(in->a, in, NULL, give_block, NULL) !=
		ARCHIVE_OK ||
	    in->failed)
		return complain(in);
	return 0;
}

/* Whether a member is a regular file and matches: 1, 0, -1. */
static int
look_at(struct archive_in *in, struct archive_entry *e)
{
	const char *member = archive_entry_pathname(e);

	if (archive_format(in->a) == ARCHIVE_FORMAT_RAW) {
		set_where(in, NULL);
		if (in->glob != NULL)
			return fail("%s: is no archive, it has no member %s",
			    in->name, in->glob);
		return 1;
	}
	set_where(in, member != NULL ? member : "?");
	if (archive_entry_filetype(e) != AE_IFREG)
		return 0;
	if (in->glob != NULL &&
	    (member == NULL || fnmatch(in->glob, member, 0) != 0))
		return 0;
	in->matched = true;
	return 1;
}

int
archive_in_next(struct archive_in *in)
{
	struct archive_entry *e;
	int r;

	for (;;) {
		if (in->a == NULL) {
			if (in->at == in->files)
				return 0;
			if (open_next(in) != 0)
				return -1;
		}
		r = archive_read_next_header(in->a, &e);
		if (in->failed)
			return complain(in);
		if (r == ARCHIVE_EOF) {
			if (!in->matched)
				return fail("%s: no member matches %s",
				    in->name, in->glob);
			/* libarchive takes a file of zeros for an empty tar */
			if (!in->any &&
			    archive_format(in->a) != ARCHIVE_FORMAT_EMPTY)
				return fail("%s: an archive without members",
				    in->name);
			close_one(in);
			continue;
		}
		if (r != ARCHIVE_OK && r != ARCHIVE_WARN)
			return complain(in);
		in->any = true;
		r = look_at(in, e);
		if (r != 0)
			return r;
	}
}

ssize_t
archive_in_read(struct archive_in *in, void *p, size_t n)
{
	la_ssize_t got = archive_read_data(in->a, p, n);

	return got < 0 || in->failed ? complain(in) : got;
}
