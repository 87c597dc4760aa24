/* SPDX-License-Identifier: MIT */
#include "io/directory.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static bool
is_repository_name(const char *path)
{
	const char *slash = strchr(path, '/');

	return slash != NULL && slash != path && slash[1] != '\0' &&
	    strchr(slash + 1, '/') == NULL &&
	    strspn(path,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789-_./") == strlen(path) &&
	    path[0] != '.' && path[0] != '-';
}

bool
is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

int
directory_check(const char *path)
{
	const char *about = is_repository_name(path) ? path : "ORG/MODEL";
	struct stat st;

	if (stat(path, &st) != 0)
		return fail_kind(ERR_NO_DIRECTORY, about, "%s: %s", path,
		    strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return fail_kind(ERR_NO_DIRECTORY, about,
		    "%s: not a policy directory", path);
	return 0;
}
