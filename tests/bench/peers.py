# SPDX-License-Identifier: MIT
"""peers.py BUILD [SIZE ...]: the table of peers.sh: our tools, and those that peer_torch.py and peer_llama.py call, on the
same policies and tokens."""
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SIZES = {  # options of mkpolicy; sequences of a step and their length; tokens of each sample; steps
    '15M': ('--like llama --dim 288 --layers 6 --heads 6 --ff 768 --vocab 32000', 16, 256, 64, ('full', 'real')),
    '124M': ('--like gpt2 --dim 768 --layers 12 --heads 12 --vocab 50257', 4, 512, 32, ('full', 'real')),
    '135M': ('--like llama --dim 576 --layers 30 --heads 9 --kv-heads 3 --ff 1536 --vocab 49152 --tied',
             4, 512, 32, ('full', 'trainer', 'lora f32', 'lora bf16')),
    '1.2B': ('--like llama --dim 2048 --layers 16 --heads 32 --kv-heads 8 --ff 8192 --vocab 50257',
             4, 512, 12, ('lora bf16', 'recompute'))}
HERE = os.path.dirname(os.path.abspath(__file__))
PROMPT, SAMPLES, FEW, STEPS, LR = 16, (1, 16, 64), 2, 3, 1e-4
THREADS = int(os.environ.get('OMP_NUM_THREADS') or len(os.sched_getaffinity(0)))


# Ours, and the table.

def run(*commands):
    """The output of a pipe of commands, and the MiB that each of them held at most, added up."""
    processes, last, most = [], subprocess.DEVNULL, 0
    for command in commands:
        p = subprocess.Popen(command, stdin=last, stdout=subprocess.PIPE)
        if processes:
            last.close()
        last = p.stdout
        processes.append(p)
    out = last.read().decode()
    for p in processes:
        _, status, use = os.wait4(p.pid, 0)
        p.returncode = os.waitstatus_to_exitcode(status)
        if p.returncode:
            raise RuntimeError('%s: exit status %d' % (p.args[0], p.returncode))
        most += use.ru_maxrss / 1024
    return out, most


def say(size, what, by, rate, unit, most, check=''):
    print('%s\t%s\t%s\t%.*f %s\t%.0f MiB\t%s' % (size, what, by, unit == 's', rate, unit, most, check), flush=True)


def stream(path, vocab, lengths):
    """Sequences of random tokens, of lengths (GIVEN, ALL)."""
    with open(path, 'w') as f:
        print('{"apprentice":{"kind":"traj","version":1}}', file=f)
        for i, (given, n) in enumerate(lengths):
            print(json.dumps({'id': str(i), 'role': 'expert', 'tokens': [random.randrange(3, vocab) for _ in range(n)],
                              'actions': [given, n] if given < n else []}), file=f)
        print('{"end":{"count":%d,"more":false}}' % len(lengths), file=f)


def trajectories(path):
    with open(path) as f:
        return [r for r in map(json.loads, f) if 'tokens' in r]


def step(policy, tokens, kind, *options):
    """Seconds of a step of ours, from the metrics of one to those of the next; the losses."""
    out, most = run(['trajcat', '-q', '--repeat', str(STEPS), '--batch', '9999', tokens],
                    ['divgrad', '-q', '-d', 'fkl', '--compute', kind, *options, '--follow', policy],
                    ['apply-update', '-q', '--lr', str(LR), policy])
    lines = [json.loads(line) for line in out.splitlines()]
    at = [x['time'] for x in lines]
    return (min(b - a for a, b in zip(at, at[1:])),
            [x['objectives'][0]['stats']['divgrad.loss'] for x in lines], most)


def theirs(script, *args):
    """What a peer says of some work, in a process of its own."""
    child = {k: v for k, v in os.environ.items() if not k.startswith('OPENBLAS_')}
    child['PYTHONDONTWRITEBYTECODE'] = '1'
    p = subprocess.run([sys.executable, os.path.join(HERE, script), *map(str, args)], stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, env=child)
    if p.returncode:
        print('peers.py: %s: %s' % (' '.join(map(str, args)), p.stderr.decode()[-2000:]), file=sys.stderr)
    return [json.loads(line) for line in p.stdout.decode().splitlines() if line.startswith('{"by"')]


def tell(by, **what):
    """What a peer says: also what its process held at most."""
    print(json.dumps({'by': by, 'MiB': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, **what}), flush=True)


def differ(logp, sample):
    """Nats a token by which log-probabilities of all tokens but the first differ from those that we recorded."""
    return sum(abs(logp[at - 1] - own) for at, own in zip(range(*sample['actions']), sample['logp'])) / len(sample['logp'])


def training(size, what, tokens, kind, peers, adapters, *options):
    if adapters:
        run(['mkpolicy', '-q', '--from', 'base', '--lora', '16', 'policy'])
    else:
        shutil.copytree('base', 'policy')
    what = ', '.join((what, kind) + options)
    shown = lambda loss: 'loss %.4f then %.4f' % (loss[0], loss[-1])
    if adapters:
        shutil.copytree('policy', 'start')
    seconds, loss, most = step('policy', tokens, kind, *options)
    say(size, what, 'Apprentice', seconds, 's', most, shown(loss))
    shutil.rmtree('policy')
    for peer in peers:
        for x in theirs('peer_torch.py', peer, 'base', tokens, kind, *['start'] * adapters, *options):
            say(size, what, x['by'], x['seconds'], 's', x['MiB'], shown(x['loss']))
    if adapters:
        shutil.rmtree('start')


def sampling(size, new):
    """Sequences after a prompt that all share, the prompt and the start not counted."""
    def draw(kind, n, long):
        began = time.time()
        out, most = run(['rollout', '-q', '--json', '--compute', kind, '-n', str(n), '-l', str(long), 'base', 'prompt'])
        return time.time() - began, most, out

    for kind in 'f32', 'bf16', 'int8':
        with open('samples', 'w') as f:
            f.write(draw(kind, 1, 64)[2])
        for n in SAMPLES:
            few, many = (min(draw(kind, n, k)[:2] for _ in range(2)) for k in (FEW, FEW + new))
            say(size, 'sampling of %d, %s' % (n, kind), 'Apprentice', n * new / (many[0] - few[0]), 'tokens/s', many[1])
        theirs('peer_llama.py', 'convert', 'base', kind)
        rows = theirs('peer_torch.py', 'generate', 'base', 'samples', kind, new) if kind != 'int8' else []
        for x in rows + theirs('peer_llama.py', 'sample', 'samples', new):
            say(size, 'sampling of %d, %s' % (x['n'], kind), x['by'], x['n'] * new / x['seconds'], 'tokens/s', x['MiB'],
                'log-probabilities differ by %.4f' % x['differ'])
        os.remove('weights.gguf')


def main(build, *sizes):
    os.environ['PATH'] = os.path.abspath(build) + '/bin:' + os.environ['PATH']
    os.environ['OMP_NUM_THREADS'] = str(THREADS)
    random.seed(1)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # through the end of the folder
    print('peers\t%s' % theirs('peer_torch.py', 'about')[0]['by'], flush=True)
    with tempfile.TemporaryDirectory(prefix='peers', dir='/var/tmp') as folder:
        os.chdir(folder)
        for size in sizes:
            shape, n, long, new, works = SIZES[size]
            run(['mkpolicy', '-q', *shape.split(), '--context', '2048', '--dtype', 'bf16', 'base'])
            vocab = int(shape.split('--vocab ')[1].split()[0])
            stream('tokens', vocab, [(1, long)] * n)
            stream('real', vocab, [(k // 2, k) for k in random.choices(range(8, long + 1), k=n)])
            stream('prompt', vocab, [(PROMPT, PROMPT)])
            for kind in 'f32', 'bf16':
                if 'full' in works:
                    training(size, 'step', 'tokens', kind, ['steps'] + ['trainer'] * ('trainer' in works), False)
                if 'real' in works:
                    training(size, 'step of real lengths', 'real', kind, ['steps'], False)
                if 'lora ' + kind in works:
                    training(size, 'step of adapters', 'tokens', kind, ['steps'], True)
            if 'recompute' in works:
                training(size, 'step of adapters', 'tokens', 'bf16', ['steps'], True, '--recompute')
            sampling(size, new)
            shutil.rmtree('base')
        os.chdir('/')


if __name__ == '__main__':
    main(*sys.argv[1:])
