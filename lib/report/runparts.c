/* SPDX-License-Identifier: MIT */
#include "report/runparts.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "report/rundir.h"

/* When run.json was written; false: the folder is no run. */
static bool
written(const char *folder, struct timespec *when)
{
	char *file = rundir_file(folder, "run.json");
	struct stat st;
	const bool there = stat(file, &st) == 0;

	free(file);
	if (there)
		*when = st.st_mtim;
	return there;
}

void
runparts_list(struct runparts *p, const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *e;
	struct timespec when;
	char *folder;

	while (dir != NULL && (e = readdir(dir)) != NULL) {
		/* One that is being begun has a name NAME.new.PID. */
		if (e->d_name[0] == '.' || strstr(e->d_name, ".new.") != NULL)
			continue;
		folder = rundir_file(path, e->d_name);
		if (!written(folder, &when)) {
			free(folder);
			continue;
		}
		p->path = mem_grow(p->path, &p->cap, p->n + 1, sizeof(char *));
		p->path[p->n++] = folder;
	}
	if (dir != NULL)
		(void)closedir(dir);
}

void
runparts_release(struct runparts *p)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		free(p->path[i]);
	free(p->path);
	*p = (struct runparts){ 0 };
}

static bool
later(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec :
					a->tv_nsec > b->tv_nsec;
}

char *
runparts_newest(const char *path)
{
	struct timespec when, newest = { 0 };
	struct runparts p = { 0 };
	char *found = NULL;
	size_t i;

	runparts_list(&p, path);
	for (i = 0; i < p.n; i++) {
		if (!written(p.path[i], &when) ||
		    (found != NULL && !later(&when, &newest)))
			continue;
		newest = when;
		found = p.path[i];
	}
	found = found == NULL ? NULL : mem_dup(found, strlen(found));
	runparts_release(&p);
	return found;
}
