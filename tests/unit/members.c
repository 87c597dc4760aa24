/* SPDX-License-Identifier: MIT */
/* members: by name of the group, then by place; where each group ends. */
#include "traj/members.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#include "../tap.h"

enum { N = 7 };

int
main(void)
{
	static char name[N][3] = { "b", "a", "\xc3", "b", "aa", "a", "b" };
	static const size_t place[N] = { 1, 5, 4, 0, 3, 6, 2 };
	static const size_t ends[] = { 2, 3, 6, 7 };
	struct traj t[N] = { 0 };
	struct member *m;
	size_t i, k, wrong = 0, groups = 0;

	for (i = 0; i < N; i++)
		t[i].group = name[i];
	m = members_of(t, N);
	for (i = 0; i < N; i++)
		wrong += m[i].i != place[i] || m[i].group != name[place[i]];
	ok(wrong == 0, "sorted by the bytes of the names, then by place");
	for (k = 0; k < N; k = members_end(m, N, k))
		wrong += members_end(m, N, k) != ends[groups++];
	ok(wrong == 0 && groups == 4, "each group ends where the next begins");
	free(m);
	m = members_of(t, 0);
	members_sort(m, 0);
	free(m);
	return tap_done();
}
