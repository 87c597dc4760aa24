#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# serve against lm-evaluation-harness: its model local-completions, with the
# tokenizer of the server, evaluates a policy on a task of fifty questions with
# four choices, by log-likelihood, and on one that generates; what it gets are
# the numbers and texts of our own tools.
#
#	tests/peer/lmeval.py            compare
#	tests/peer/lmeval.py --record   and write lmeval.jsonl: the first of each
#	                                kind of request, cut to three prompts,
#	                                which tests/pipe/lmeval.t sends again
#
# Needs lm-eval[api] and jinja2, and our tools in build/bin (or $BIN).  Prints
# the Test Anything Protocol; without the packages, that it skips.
import http.server
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

os.environ.update(HF_HUB_OFFLINE='1', HF_DATASETS_OFFLINE='1', TOKENIZERS_PARALLELISM='false')
try:
    import lm_eval
    import requests  # noqa: F401
    import aiohttp  # noqa: F401
    import tenacity  # noqa: F401
    from lm_eval.tasks import TaskManager
except ImportError as e:
    print('1..0 # SKIP no Python package %s' % e.name)
    sys.exit(0)

import ours

HERE = os.path.dirname(os.path.abspath(__file__))
NUMBERS = 'one two three four five six seven eight'.split()
VOCAB, STOP, MAX_NEW = 300, ' again', 24
count = bad = 0


def ok(good, name):
    global count, bad
    count += 1
    bad += not good
    print('%sok %d - %s' % ('' if good else 'not ', count, name), flush=True)


class Recorder(http.server.BaseHTTPRequestHandler):
    """Passes requests on to the server, and keeps the first of each kind."""
    protocol_version, wbufsize = 'HTTP/1.1', -1
    target, kept = None, {}

    def pass_on(self, body):
        if body is not None:
            fields = tuple(sorted(json.loads(body)))
            kept = json.loads(body)
            if isinstance(kept['prompt'], list):
                kept['prompt'] = [p for i, p in enumerate(kept['prompt']) if p not in kept['prompt'][:i]][:3]
            self.kept.setdefault((self.path, fields), {'path': self.path, 'body': kept})
        q = urllib.request.Request(self.target + self.path, body, {'Content-Type': 'application/json'})
        try:
            with urllib.request.urlopen(q) as r:
                status, text = r.status, r.read()
        except urllib.error.HTTPError as e:
            status, text = e.code, e.read()
        self.send_response(status)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_GET(self):
        self.pass_on(None)

    def do_POST(self):
        self.pass_on(self.rfile.read(int(self.headers['Content-Length'])))

    def log_message(self, *_):
        pass


def make_policy(folder):
    """The policy of tests/pipe/lmeval.t, some steps on."""
    demos, policy = os.path.join(folder, 'demos.jsonl'), os.path.join(folder, 'policy')
    with open(demos, 'w') as f:
        for n in NUMBERS:
            f.write('{"prompt": "Say %s.", "response": " I say %s, and %s again."}\n' % (n, n, n))
    ours.tool('mkpolicy', '-q', '--like', 'llama', '--dim', '32', '--layers', '2', '--tokenizer-from', demos, '--vocab', str(VOCAB), policy)
    subprocess.run('demo2traj -q -m policy demos.jsonl | trajcat -q --repeat 12 --batch 4 | divgrad -q -d fkl --follow policy |'
                   ' apply-update -q --lr 1e-2 policy >metrics', shell=True, check=True, cwd=folder,
                   env=dict(os.environ, PATH=ours.BIN + ':' + os.environ['PATH']))
    return policy


def serve(policy):
    p = subprocess.Popen([os.path.join(ours.BIN, 'serve'), '--port', '0', policy], stderr=subprocess.PIPE, text=True)
    return p, p.stderr.readline().split()[1]


def make_tasks(folder):
    g = random.Random(1)
    items = os.path.join(folder, 'items.jsonl')
    with open(items, 'w') as f:
        for i in range(50):
            choices = g.sample(NUMBERS, 4)
            f.write(json.dumps({'question': 'Say %s. I say' % choices[i % 4], 'choices': choices, 'answer': i % 4}) + '\n')
    for name, rest in (('ours_choice', 'output_type: multiple_choice\ndoc_to_choice: "{{choices}}"\ndoc_to_target: "{{answer}}"\n'
                                       'metric_list:\n  - metric: acc\n'),
                       ('ours_text', 'output_type: generate_until\ndoc_to_target: "{{choices[answer]}}"\ngeneration_kwargs:\n'
                                     '  until: ["%s"]\n  max_gen_toks: %d\n  do_sample: false\n  temperature: 0\n'
                                     'metric_list:\n  - metric: exact_match\n' % (STOP, MAX_NEW))):
        with open(os.path.join(folder, name + '.yaml'), 'w') as f:
            f.write('task: %s\ndataset_path: json\ndataset_kwargs:\n  data_files:\n    test: %s\ntest_split: test\n'
                    'doc_to_text: "{{question}}"\n%s' % (name, items, rest))


def ask(url, path, body):
    q = urllib.request.Request(url + path, json.dumps(body).encode())
    with urllib.request.urlopen(q) as r:
        return json.load(r)


def own_choice(url, policy, context, continuation):
    """The log-likelihood of a continuation, and whether it is the greedy one."""
    tokens = lambda text: ask(url, '/tokenize', {'prompt': text, 'add_special_tokens': False})['tokens']
    ids, n = tokens(context + continuation), len(tokens(context))
    rows = ours.logps(policy, ids, VOCAB)[n - 1:]
    return sum(r[t] for r, t in zip(rows, ids[n:])), all(r[t] == max(r) for r, t in zip(rows, ids[n:]))


def compare_choices(url, policy, samples):
    far, differ, n = 0.0, 0, 0
    for s in samples:
        for a, resp in zip(s['arguments'], s['filtered_resps']):
            want, greedy = own_choice(url, policy, *a[:2])
            far = max(far, abs(want - float(resp[0])))
            differ += greedy != (str(resp[1]) == 'True')
            n += 1
    ok(n == 200 and far < 1e-6, 'log-likelihoods of %d choices are ours (within %.1g)' % (n, far))
    ok(differ == 0, 'so is whether each is the greedy text')


def compare_texts(policy, samples):
    differ = 0
    for s in samples:
        want = ours.tool('rollout', '-q', '--text', s['arguments'][0][0], '--greedy', '-l', str(MAX_NEW), '--stop', STOP, policy)
        differ += s['resps'][0][0] + '\n' != want
    ok(len(samples) == 50 and differ == 0, 'generated texts of %d prompts are those of rollout' % len(samples))


def main():
    with tempfile.TemporaryDirectory() as folder:
        policy = make_policy(folder)
        make_tasks(folder)
        server, url = serve(policy)
        Recorder.target = url
        proxy = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Recorder)
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        began = time.time()
        found = lm_eval.simple_evaluate(
            model='local-completions', tasks=['ours_choice', 'ours_text'], batch_size=8, log_samples=True, bootstrap_iters=0,
            task_manager=TaskManager(include_path=folder), model_args={
                'base_url': 'http://127.0.0.1:%d/v1/completions' % proxy.server_port, 'model': 'policy', 'max_length': 256})
        took = time.time() - began
        ok(found['results']['ours_choice']['acc,none'] > 0.5,
           'accuracy %.2f, in %.1f s' % (found['results']['ours_choice']['acc,none'], took))
        compare_choices(url, policy, found['samples']['ours_choice'])
        compare_texts(policy, found['samples']['ours_text'])
        server.terminate()
        ok(server.wait() == 0, 'the server ends well')
    if '--record' in sys.argv[1:]:
        with open(os.path.join(HERE, 'lmeval.jsonl'), 'w') as f:
            for request in Recorder.kept.values():
                f.write(json.dumps(request) + '\n')
    print('1..%d' % count)
    sys.exit(bad > 0)


main()
