#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""pass@k, win rates and clustered errors of measure(1), by numpy."""
import json
import os
import subprocess
import sys
import tempfile
from math import comb

try:
    import numpy as np
except ImportError as e:
    print('1..0 # SKIP', e)
    sys.exit(0)

HERE = os.path.dirname(os.path.abspath(__file__))
BIN = os.environ.get('BIN', os.path.join(HERE, '../../build/bin'))
PROMPTS = 60
rng = np.random.default_rng(5)


def stream(path, shift):
    """Samples with scores that depend on their prompts; the scores by prompt."""
    scores = {}
    with open(path, 'w') as f:
        records = []
        for p in range(PROMPTS):
            hard = rng.normal()
            scores[p] = [round(float(hard + shift + rng.normal()), 1) for _ in range(rng.integers(4, 9))]
            records += [{'id': 'p%d#%d' % (p, k), 'group': 'p%d' % p, 'role': 'policy', 'tokens': [1, 2],
                         'actions': [1, 2], 'score': [s]} for k, s in enumerate(scores[p])]
        f.write(json.dumps({'apprentice': {'kind': 'traj', 'version': 1, 'ratio': 'reward'}}) + '\n')
        for r in records:
            f.write(json.dumps(r) + '\n')
        f.write(json.dumps({'end': {'count': len(records), 'more': False}}) + '\n')
    return scores


def check(name, got, want, tolerance=1e-9):
    check.count += 1
    good = abs(got - want) <= tolerance
    check.bad += not good
    print('%s %d - %s: %.9g, by numpy %.9g' % ('ok' if good else 'not ok', check.count, name, got, want))


check.count = check.bad = 0
with tempfile.TemporaryDirectory() as tmp:
    own = stream(tmp + '/own', 0)
    other = stream(tmp + '/other', -0.2)
    out = subprocess.run([os.path.join(BIN, 'measure'), '--pass-at', '1', '--pass-at', '4', '--against', tmp + '/other',
                          tmp + '/own'], check=True, capture_output=True, text=True).stdout
m = json.loads(out)
for k in 1, 4:
    x = np.array([1 - comb(sum(v <= 0 for v in s), k) / comb(len(s), k) for s in own.values()])
    check('pass_at_%d' % k, m['pass_at_%d' % k], x.mean())
    check('its error', m['se.pass_at_%d' % k], x.std() / np.sqrt(PROMPTS))
right = [np.array([v > 0 for v in s], float) for s in own.values()]
mean = np.concatenate(right).mean()
check('right', m['right'], mean)
check('its clustered error', m['se.right'],
      np.sqrt(sum((r - mean).sum() ** 2 for r in right)) / sum(map(len, right)))
rate = np.array([np.mean([(x > y) + 0.5 * (x == y) for x in own[p] for y in other[p]]) for p in range(PROMPTS)])
check('win_rate', m['win_rate'], rate.mean())
means = rate[rng.integers(0, PROMPTS, (200000, PROMPTS))].mean(1)
low, high = np.quantile(means, [0.025, 0.975])
check('win_rate_low', m['win_rate_low'], low, 2e-3)
check('win_rate_high', m['win_rate_high'], high, 2e-3)
print('1..%d' % check.count)
sys.exit(check.bad > 0)
