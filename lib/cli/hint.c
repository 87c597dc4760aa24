/* SPDX-License-Identifier: MIT */
#include "cli/hint.h"

#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "cli/fill.h"

/* %s: what the failure is about; POLICY where it does not say. */
static const char *const hints[] = {
	[ERR_DOCUMENTS] = "these look like demonstrations; make trajectories "
			  "of them first: demo2traj -m POLICY FILE",
	[ERR_TRAJECTORIES] = "these are trajectories already; trajcat, rollout "
			     "and divgrad read them as they are",
	[ERR_NO_DIRECTORY] = "a policy is a local directory; to download one: "
			     "hf download %s --local-dir %s",
	[ERR_RUN] = "its policy is %s/best, or else %s/policy",
	[ERR_FIELDS] = "say which fields to read: demo2traj -m POLICY -f %s "
		       "FILE",
	[ERR_NO_LOGP] = "rollout writes logp; where it is missing, name the "
			"policy that sampled: -p POLICY",
	[ERR_DIVERGED] = "lower the learning rate: --lr",
	[ERR_STALE] = "divgrad --follow waits for each step of %s; --stale N "
		      "allows gradients of N steps before",
	[ERR_ADAPTERS] = "mkpolicy --from %s NEW merges them into a base",
	[ERR_TOKENIZER] = "made for another tokenizer: demo2traj -m %s makes "
			  "trajectories for this one",
	[ERR_NOT_FROZEN] = "int8 is for policies with adapters, whose base is "
			   "frozen: mkpolicy --from %s --lora 16 NEW; or "
			   "--compute bf16",
	[ERR_NO_TEMPLATE] = "to continue a text without a template: rollout "
			    "--text PROMPT %s\n"
			    "to give it one: mkpolicy --from %s --template T "
			    "NEW; T is plain (texts as they are, the end of "
			    "sequence after an answer) or another of "
			    "chat-template(5)",
	[ERR_LINKED_WEIGHTS] = "train a copy: mkpolicy --from %s NEW",
	[ERR_NO_AVERAGE] = "apply-update --ema D %s keeps one, from its next "
			   "step on",
	[ERR_NO_SCORE] = "put discrim before divgrad: rollout ... | discrim -e "
			 "DEMOS -p POLICY DISC | divgrad ...",
	[ERR_NO_REFERENCE] = "name the reference: --ref DIR",
	[ERR_ESTIMATOR] = "--estimator both takes demonstrations and rollouts "
			  "together",
	[ERR_RATIO] = "-d %s can use these scores",
};

void
hint_lines(const char *text)
{
	struct buf line = { 0 };
	size_t n;

	for (; text != NULL && *text != '\0'; text += n + (text[n] == '\n')) {
		n = strcspn(text, "\n");
		buf_reset(&line);
		buf_adds(&line, "hint: ");
		buf_add(&line, text, n);
		buf_addc(&line, '\n');
		if (write(STDERR_FILENO, line.p, line.n) == -1)
			break; /* nobody is left to read it */
	}
	buf_release(&line);
}

void
hint_of_failure(enum err_kind kind, const char *about)
{
	struct buf text = { 0 };

	if ((size_t)kind >= sizeof hints / sizeof hints[0] ||
	    hints[kind] == NULL)
		return;
	fill(&text, hints[kind], about[0] != '\0' ? about : "POLICY");
	hint_lines(buf_text(&text));
	buf_release(&text);
}
