/* SPDX-License-Identifier: MIT */
/*
 * serve: a policy over HTTP, in OpenAI's form.
 *
 * The main thread is the worker, which owns the policy; threads of the server
 * bring it requests.  A signal ends the queue, and with it the worker.  See
 * serve(1).
 */
#include <ctype.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "cli/bytes.h"
#include "cli/cli.h"
#include "io/atomic.h"
#include "nn/ckpt_passes.h"
#include "nn/packed.h"
#include "serve/http.h"
#include "serve/listening.h"
#include "serve/worker.h"

static struct args {
	struct common common;
	uint64_t port;
	size_t memory;
	int compute;
	bool follow;
	const char *address, *token_file;
} a = {
	.port = 8080,
	.memory = 512 << 20,
	.address = "127.0.0.1",
};

static const struct opt opts[] = {
	OPT_GROUP("Network"),
	OPT_UINT('p', "port", &a.port, "N", 0, 65535,
	    "TCP port (8080); 0: a free one"),
	OPT_TEXT(0, "listen", &a.address, "ADDRESS",
	    "serve at this numeric address (127.0.0.1)", .needs = "token-file"),
	OPT_TEXT(0, "token-file", &a.token_file, "FILE",
	    "refuse requests without the token in FILE"),
	OPT_GROUP("Policy"),
	OPT_FLAG(0, "follow", &a.follow,
	    "serve the newest step of a policy in training"),
	OPT_NAME(0, "compute", &a.compute, "TYPE", packed_types,
	    "round weights to %s (f32)"),
	OPT_CUSTOM(0, "memory", &a.memory, "BYTES", opt_bytes,
	    "for keys and values, with K, M, G or T (512M)"),
	OPT_GROUP("Common"),
	OPT_THREADS(&a.common),
	OPT_BASIC(&a.common),
	OPT_LAST,
};

static const struct usage usage = {
	"[options] POLICY",
	"A policy over HTTP, in OpenAI's form: completions, chat, tokens.",
	"serve --port 8080 P & curl http://127.0.0.1:8080/v1/models",
	"POLICY, the policy's directory",
};

/* The token: the first line of a file.  NULL: none is wanted. */
static char *
read_token(void)
{
	enum { TOKEN_BYTES = 4096 };
	char *text;
	size_t n, i;

	if (a.token_file == NULL)
		return NULL;
	text = read_file(a.token_file, TOKEN_BYTES, &n);
	if (text == NULL)
		die();
	n = strcspn(text, "\r\n");
	text[n] = '\0';
	for (i = 0; i < n; i++)
		if (!isgraph((unsigned char)text[i]))
			die_with("%s: byte %zu of the token is not a printable "
				 "ASCII character",
			    a.token_file, i);
	if (n == 0)
		die_with("%s: an empty token", a.token_file);
	return text;
}

static void
load(struct served *s, const char *dir)
{
	opened(ckpt_open_passes(&s->policy, dir, (enum tile_type)a.compute));
	s->follow = a.follow;
	if (served_open(s, dir) != 0)
		die();
}

/* What ends the server, in a thread of its own. */
struct ending {
	sigset_t signals;
	struct queue *queue;
	atomic_bool serving; /* else a signal ends the process at once */
};

static void *
wait_for_signal(void *arg)
{
	struct ending *e = arg;
	int sig;

	if (sigwait(&e->signals, &sig) != 0)
		return NULL;
	if (atomic_load(&e->serving)) {
		queue_close(e->queue);
		if (sigwait(&e->signals, &sig) != 0)
			return NULL;
	}
	(void)signal(sig, SIG_DFL);
	(void)pthread_sigmask(SIG_UNBLOCK, &e->signals, NULL);
	(void)raise(sig);
	return NULL;
}

/* Before the first thread starts, so that none of them takes a signal. */
static void
begin_ending(struct ending *e, struct queue *q)
{
	pthread_t thread;

	e->queue = q;
	(void)sigemptyset(&e->signals);
	(void)sigaddset(&e->signals, SIGINT);
	(void)sigaddset(&e->signals, SIGTERM);
	(void)pthread_sigmask(SIG_BLOCK, &e->signals, NULL);
	if (pthread_create(&thread, NULL, wait_for_signal, e) != 0)
		die_with("no thread for signals");
	(void)pthread_detach(thread);
	(void)signal(SIGPIPE, SIG_IGN); /* a client may leave at any time */
}

/* Until a signal; then requests that have begun are answered. */
static void
serve(struct service *s, const char *token, struct ending *e)
{
	struct buf url = { 0 };
	struct http *http;
	int fd = listening_open(a.address, (unsigned)a.port, &url);

	if (fd < 0 || (http = http_new(s, fd, token)) == NULL)
		die();
	atomic_store(&e->serving, true);
	warn("%s", buf_text(&url));
	worker_run(&s->served, &s->queue, a.memory);
	http_quiesce(http);
	queue_drain(&s->queue);
	http_free(http);
	buf_release(&url);
}

int
main(int argc, char **argv)
{
	struct service s = { 0 };
	static struct ending ending; /* its thread stays until the end */
	char *token;
	int first;

	cli_begin(argc, argv);
	first = opt_parse(opts, &usage, argc, argv);
	if (argc - first > 1)
		die_usage("%s: one POLICY is served", argv[first + 1]);
	queue_init(&s.queue);
	begin_ending(&ending, &s.queue);
	cli_ready(&a.common);
	token = read_token();
	load(&s.served, argv[first]);
	serve(&s, token, &ending);
	note("%zu requests", (size_t)s.queue.number);
	queue_release(&s.queue);
	served_close(&s.served);
	free(token);
	return cli_end(&a.common, NULL, true, NULL);
}
