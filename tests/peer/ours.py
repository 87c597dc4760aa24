# SPDX-License-Identifier: MIT
#
# What our tools compute, for the scripts beside this file: log-probabilities
# and gradients of one trajectory.  The tools are in build/bin, or $BIN.
import json
import os
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
BIN = os.environ.get('BIN', os.path.join(HERE, '..', '..', 'build', 'bin'))


def tool(name, *args, stdin=''):
    return subprocess.run([os.path.join(BIN, name), *args], input=stdin, text=True,
                          check=True, stdout=subprocess.PIPE).stdout


def segment(tokens):
    """A stream of one demonstration: all tokens but the first are actions."""
    return '\n'.join([
        '{"apprentice":{"kind":"traj","version":1}}',
        json.dumps({'id': 'a', 'role': 'expert', 'tokens': tokens, 'actions': [1, len(tokens)]}),
        '{"end":{"count":1,"more":false}}', ''])


def logps(policy, tokens, vocab):
    """Log-probabilities of every token at each action: a row for each action."""
    out = tool('discrim', '-q', '--json', '--export-topk', str(vocab), policy, stdin=segment(tokens))
    record = next(r for r in map(json.loads, out.splitlines()) if 'id' in r)
    rows = [[0.0] * vocab for _ in tokens[1:]]
    for k, (token, logp) in enumerate(zip(record['teacher_token'], record['teacher_logp'])):
        rows[k // vocab][token] = logp
    return rows


def gradient(policy, tokens):
    """Gradient of the negative log-likelihood by tensor, flat."""
    parts = {}
    for line in tool('divgrad', '-q', '--json', '-d', 'fkl', policy, stdin=segment(tokens)).splitlines():
        r = json.loads(line)
        if 'name' in r:
            parts.setdefault(r['name'], [0.0] * r['of'])[r['offset']:r['offset'] + len(r['data'])] = r['data']
    return parts


def step(policy, tokens, rate):
    """One update of a policy, or of its adapters."""
    grad = os.path.join(os.path.dirname(policy), 'gradient')
    tool('divgrad', '-q', '-d', 'fkl', '-o', grad, policy, stdin=segment(tokens))
    tool('apply-update', '-q', '--lr', str(rate), policy, grad)
