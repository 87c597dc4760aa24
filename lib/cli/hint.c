/* SPDX-License-Identifier: MIT */
#include "cli/hint.h"

#include <stdio.h>
#include <unistd.h>

/* %s stands for what the failure is about, a policy where it does not say. */
static const char *const hints[] = {
	[ERR_DOCUMENTS] = "these look like demonstrations; make trajectories "
			  "of them first: demo2traj -m POLICY FILE",
	[ERR_TRAJECTORIES] = "these are trajectories already; trajcat, rollout "
			     "and divgrad read them as they are",
	[ERR_NO_DIRECTORY] = "a policy is a local directory; to download one: "
			     "hf download %1$s --local-dir %1$s",
	[ERR_FIELDS] = "say which fields to read: demo2traj -m POLICY -f %s "
		       "FILE",
	[ERR_STALE] = "divgrad --follow waits for each step of %s; --stale N "
		      "allows gradients of N steps before",
	[ERR_ADAPTERS] = "mkpolicy --from %s NEW merges them into a base",
	[ERR_TOKENIZER] = "made for another tokenizer: demo2traj -m %s makes "
			  "trajectories for this one",
	[ERR_LINKED_WEIGHTS] = "train a copy: mkpolicy --from %s NEW",
	[ERR_NO_SCORE] = "put discrim before divgrad: rollout ... | discrim -e "
			 "DEMOS -p POLICY DISC | divgrad ...",
	[ERR_NO_REFERENCE] = "name the reference: --ref DIR",
	[ERR_ESTIMATOR] = "--estimator both takes demonstrations and rollouts "
			  "together",
	[ERR_RATIO] = "-d %s can use these scores",
};

void
hint_print(enum err_kind kind, const char *about)
{
	enum { LINE = 1024 };
	char line[LINE];
	int n;

	if ((size_t)kind >= sizeof hints / sizeof hints[0] ||
	    hints[kind] == NULL)
		return;
	n = snprintf(line, sizeof line, "hint: ");
	/* A row of the table above, with at most one %s. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	n += snprintf(line + n, sizeof line - (size_t)n - 1, hints[kind],
	    about[0] != '\0' ? about : "POLICY");
#pragma GCC diagnostic pop
	if ((size_t)n > sizeof line - 2)
		n = (int)sizeof line - 2;
	line[n++] = '\n';
	if (write(STDERR_FILENO, line, (size_t)n) == -1)
		return; /* nobody is left to read it */
}
