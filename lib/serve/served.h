/* SPDX-License-Identifier: MIT */
/*
 * served: a policy that is served, with its tokenizer and template.
 *
 * The weights belong to one thread, the worker; all else does not change after
 * served_open, and any thread reads it.
 */
#ifndef SERVE_SERVED_H
#define SERVE_SERVED_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "likelihood/likelihood.h"
#include "nn/ckpt.h"
#include "text/chat.h"
#include "text/tokenizer.h"

struct served {
	struct ckpt policy;
	struct tokenizer *tokenizer;
	struct chat_template *template; /* NULL: the policy has none */
	struct likelihood *likelihood;  /* the worker's */
	struct buf name;                /* the directory, in UTF-8 */
	struct buf about;               /* GET /tokenizer_info, as JSON */
	long created;                   /* seconds since 1970 */
	bool follow;                    /* the newest step */
	bool lost; /* the newest step cannot be read: the worker's */
};

/*
 * The caller has opened the policy (nn/ckpt_passes.h); served_close closes it.
 * -1: it has no tokenizer or no language-model head, or its template cannot be
 * read.
 */
must_use int served_open(struct served *, const char *dir);
void served_close(struct served *);
/* With `follow`, map the newest weights; -1: they cannot be read now, and no
 * pass is possible until a later call returns 0. */
must_use int served_refresh(struct served *);
/* With `follow`, whether there are newer weights than those of the last call;
 * the worker asks. */
bool served_outdated(const struct served *);

#endif
