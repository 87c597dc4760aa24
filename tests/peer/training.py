#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The same fine-tuning, and the same learning from preferences, by our tools and by TRL: the same tokens, masks, order,
batches, adapters, AdamW and rates.  For both it prints the losses of the steps, what the results say of demonstrations
that were held out, by measure and by PyTorch, seconds and memory.

    tests/peer/training.py POLICY DEMOS [--read '-f prompt=/mr,response=/ref'] [options; -h lists them]

POLICY is a directory with a tokenizer, DEMOS a file for demo2traj.  The rejected side of a pair is a sample of POLICY.
Needs torch, transformers, peft, trl and datasets, and our tools in build/bin (or $BIN); training_trl.py does the work of
the others.

Memory is the most that was resident: of TRL's process, and of all tools of our pipe added up.  "train" are the seconds of
TRL's train() alone, "all" those of its process, with imports and loading.  Ours are those of the whole pipe in both rows:
it also loads the policy, and stores the result and the optimizer.  "Another order" is how far a second training of ours
is, whose only difference is the seed of the order."""
import argparse
import importlib.util
import json
import math
import os
import shlex
import shutil
import signal
import statistics
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(1, os.path.join(HERE, '..', 'bench'))
import peers  # this process stays small: what it holds is the least that each of its children is said to hold

LR, DECAY, BETA, RANK = {'sft': 5e-4, 'dpo': 1e-4}, 0.01, 0.1, 16


def options():
    p = argparse.ArgumentParser(usage='%(prog)s POLICY DEMOS [options]')
    p.add_argument('policy')
    p.add_argument('demos')
    p.add_argument('--read', default='', help='options of demo2traj')
    p.add_argument('--held', type=int, default=50, help='demonstrations that are held out (50)')
    p.add_argument('--train', type=int, default=256, help='demonstrations to train on (256)')
    p.add_argument('--pairs', type=int, default=128, help='of these, those to make pairs of (128)')
    p.add_argument('--batch', type=int, default=8, help='demonstrations, or pairs, of a step (8)')
    p.add_argument('--methods', default='sft,dpo', help='what to compare (sft,dpo)')
    p.add_argument('--compute', default='f32,bf16', help='types to compute in (f32,bf16)')
    p.add_argument('--recompute', action='store_true', help='both compute layers again in the backward pass')
    p.add_argument('--seed', type=int, default=1, help='seed of the order, of adapters and of samples (1)')
    p.add_argument('--threads', type=int, default=2, help='threads of both (2)')
    return p.parse_args()


def theirs(work, **what):
    answers = peers.theirs(os.path.join(HERE, 'training_trl.py'), work, json.dumps(what))
    if not answers:
        sys.exit('training.py: no answer of PyTorch (%s)' % work)
    return answers[0]


# Data: streams that both read.

def write(path, head, rows):
    with open(path, 'w') as f:
        print(json.dumps({'apprentice': head}), file=f)
        for r in rows:
            print(json.dumps(r), file=f)
        print('{"end":{"count":%d,"more":false}}' % len(rows), file=f)


def pairs(head, rows, seed):
    """Of each demonstration and a sample of the policy for its prompt."""
    write('prompts', head, rows)
    longest = max(r['actions'][1] - r['actions'][0] for r in rows)
    peers.run(['rollout', '-q', '--json', '-s', str(seed), '-l', str(longest), '-o', 'samples', 'base', 'prompts'])
    return [{'id': r['id'] + ' ' + role, 'group': r['id'], 'role': role, 'tokens': x['tokens'], 'actions': x['actions']}
            for r, sample in zip(rows, peers.trajectories('samples')) for role, x in (('chosen', r), ('rejected', sample))]


def data(a):
    peers.run(['demo2traj', '-q', '-m', 'base', *shlex.split(a.read), '-o', 'all', a.demos])
    peers.run(['trajcat', '-q', '--json', '--shuffle', '--seed', str(a.seed), '-o', 'mixed', 'all'])
    with open('mixed') as f:
        head = json.loads(f.readline())['apprentice']
    head = {k: head[k] for k in ('kind', 'version', 'tokenizer', 'vocab', 'end_of_turn') if k in head}
    # What follows the response, as the end of a line, changes nothing, and TRL's pairs have no place for it.
    rows = [{'id': r['id'], 'role': 'expert', 'tokens': r['tokens'][:r['actions'][1]], 'actions': r['actions']}
            for r in peers.trajectories('mixed') if len(r['actions']) == 2]
    if len(rows) < a.held + a.train or a.train < a.pairs:
        sys.exit('training.py: %d demonstrations with one response: too few' % len(rows))
    held, train = rows[:a.held], rows[a.held:a.held + a.train]
    write('held-sft', head, held)
    write('sft', head, train)
    if 'dpo' in a.methods:
        write('held-dpo', head, pairs(head, held, a.seed))
        write('dpo', head, pairs(head, train[:a.pairs], a.seed))


# Training.

def order(a, method, seed):
    """Which trajectories are in which step: the beginning of our pipe, and, as JSON, what TRL reads."""
    return ['trajcat', '-q', '--shuffle', '--seed', str(seed), *['--groups'] * (method == 'dpo'), '--batch', str(a.batch),
            '--full', method]


def ours(a, method, kind, seed, steps, policy):
    shutil.copytree('start', policy)
    objective = ['fkl'] if method == 'sft' else ['dpo', '--ref', 'base', '--beta', str(BETA)]
    began = time.time()
    out, most = peers.run(
        order(a, method, seed),
        ['divgrad', '-q', '-d', *objective, '--compute', kind, *['--recompute'] * a.recompute, '--follow', policy],
        ['apply-update', '-q', '--lr', str(LR[method]), '--schedule', 'cosine', '--steps', str(steps), '--decay', str(DECAY),
         policy])
    seconds, lines = time.time() - began, [json.loads(x) for x in out.splitlines()]
    return {'loss': [x['loss'] for x in lines], 'norm': [x['grad_norm'] for x in lines], 'MiB': most, 'seconds': seconds,
            'all': seconds}


def trl(a, method, kind, steps, policy):
    began = time.time()
    x = theirs('train', method=method, kind=kind, batch=a.batch, steps=steps, lr=LR[method], decay=DECAY, beta=BETA,
               recompute=a.recompute, base='base', start='start', records='order', out=policy)
    return dict(x, all=time.time() - began)


# What a policy says of what was held out.

def measured(policy, path):
    """Nats of each trajectory."""
    peers.run(['measure', '-q', '-p', policy, '--records', 'measures', path])
    with open('measures') as f:
        return {r['id']: r['nll'] for r in map(json.loads, f)}


def figures(method, nats, base, rows):
    if method == 'sft':
        return {'nats a trajectory': sum(nats.values()) / len(rows),
                'nats a token': sum(nats.values()) / sum(r['actions'][1] - r['actions'][0] for r in rows)}
    gain = {name: base[name] - nats[name] for name in nats}
    margins = [BETA * (gain[r['id']] - gain[r['group'] + ' rejected']) for r in rows if r['role'] == 'chosen']
    return {'loss a pair': statistics.fmean(math.log1p(math.exp(-m)) for m in margins),
            'accuracy': statistics.fmean(m > 0 for m in margins), 'margin': statistics.fmean(margins)}


# The table.

def say(what, *columns, form='%.5f', note=''):
    print('  %-31s' % what + ''.join('%13s' % (form % x if isinstance(x, float) else x) for x in columns) + note, flush=True)


def curves(mine, other):
    for what, name in ('loss', 'loss'), ('norm of the gradient', 'norm'):
        x, y = mine[name], other[name]
        say(what + ', step 1', x[0], y[0], '%.1e' % (y[0] - x[0]))
        if len(x) > 1:
            say(what + ', step %d' % len(x), x[-1], y[-1], '%.1e' % (y[-1] - x[-1]))
            most = max(range(len(x)), key=lambda k: abs(x[k] - y[k]))
            say('  most apart, step %d' % (most + 1), x[most], y[most], '%.1e' % (y[most] - x[most]))


def compare(a, method, kind):
    peers.run(order(a, method, a.seed)[:-1] + ['--json', '-o', 'order', method])
    with open('order') as f:
        steps = sum(x.get('end', {}).get('count', 0) > 0 for x in map(json.loads, f))
    rows = peers.trajectories('held-' + method)
    print('\n%s, %s%s: %d steps of %d %s, %d held out' % (
        method.upper(), kind, ', layers computed again' * a.recompute, steps, a.batch,
        'pairs' if method == 'dpo' else 'demonstrations', a.held), flush=True)
    say('', 'Apprentice', 'TRL', 'TRL - ours')
    names = ['base', 'ours', 'trl', 'again']
    mine = ours(a, method, kind, a.seed, steps, 'ours')
    other = trl(a, method, kind, steps, 'trl')
    ours(a, method, kind, a.seed + 1, steps, 'again')
    curves(mine, other)
    nats = {'measure': {name: measured(name, 'held-' + method) for name in names},
            'PyTorch': theirs('measure', base='base', policies=names[:3], records='held-' + method)['nats']}
    x = {by: {name: figures(method, of[name], of['base'], rows) for name in of} for by, of in nats.items()}
    for what in x['measure']['ours']:
        for by, called in ('measure', 'held out, ' + what), ('PyTorch', '  by PyTorch'):
            mine_is, other_is = x[by]['ours'][what], x[by]['trl'][what]
            say(called, mine_is, other_is, '%.1e' % (other_is - mine_is))
        at = {name: x['measure'][name][what] for name in names}
        say('  another order', at['again'], '', '%.1e' % (at['again'] - at['ours']))
        say('  at first', at['base'])
    say('measure less PyTorch, nats, most', *('%.1e' % max(
        abs(nats['measure'][name][r] - nats['PyTorch'][name][r]) for r in nats['PyTorch'][name]) for name in names[1:3]))
    say('', '', '', 'TRL / ours')
    for what, key in ('train, s', 'seconds'), ('all, s', 'all'), ('memory, MiB', 'MiB'):
        say(what, mine[key], other[key], '%.2f' % (other[key] / mine[key]), form='%.1f')
    say('  before its first step', '', other['before'], form='%.1f')
    for name in names[1:]:
        shutil.rmtree(name)


def main():
    a = options()
    missing = [m for m in ('torch', 'transformers', 'peft', 'trl', 'datasets') if not importlib.util.find_spec(m)]
    if missing:
        print('1..0 # SKIP no Python package %s' % missing[0])
        return
    os.environ['PATH'] = os.path.abspath(os.environ.get('BIN', os.path.join(HERE, '..', '..', 'build', 'bin'))) + \
        ':' + os.environ['PATH']
    os.environ['OMP_NUM_THREADS'] = str(a.threads)
    a.policy, a.demos = os.path.abspath(a.policy), os.path.abspath(a.demos)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # through the end of the folder
    with tempfile.TemporaryDirectory(prefix='training', dir='/var/tmp') as folder:
        os.chdir(folder)
        os.symlink(a.policy, 'base')
        print(theirs('about')['by'])
        print('AdamW, rates %s after a cosine to 0, decay %g, norm clipped to 1; adapters of rank %d, seed %d' % (
            ' and '.join('%g (%s)' % (LR[m], m.upper()) for m in LR), DECAY, RANK, a.seed))
        peers.run(['mkpolicy', '-q', '--from', 'base', '--lora', str(RANK), '--seed', str(a.seed), 'start'])
        data(a)
        for method in a.methods.split(','):
            for kind in a.compute.split(','):
                compare(a, method, kind)
        os.chdir('/')


main()
