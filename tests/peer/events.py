#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Event files of metrics(1), read by TensorBoard itself.

usage: events.py [--vectors]

With --vectors, write what TensorFlow's protocol buffers make of events.jsonl
to events.tfevents, which tests/cli/metrics.t compares with ours.
"""
import json
import os
import struct
import subprocess
import sys
import tempfile

try:
    from tensorboard.backend.event_processing import event_accumulator
    from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader
    from tensorboard.compat.proto import event_pb2
    from tensorboard.compat.tensorflow_stub import pywrap_tensorflow
except ImportError as e:
    print('1..0 # SKIP', e)
    sys.exit(0)

HERE = os.path.dirname(os.path.abspath(__file__))
BIN = os.environ.get('BIN', os.path.join(HERE, '../../build/bin'))
LINES = os.path.join(HERE, 'events.jsonl')


def points(line):
    """The numbers of a line, in order, as metrics(1) describes them."""
    for key, value in line.items():
        if key not in ('step', 'time') and isinstance(value, (int, float)):
            yield key, float(value)
    for o in line.get('objectives', []):
        for part in (o, o.get('stats', {})):
            for key, value in part.items():
                if isinstance(value, (int, float)):
                    yield o['objective'] + '/' + key, float(value)


def record(event):
    data = event.SerializeToString(deterministic=True)
    length = struct.pack('<Q', len(data))
    crc = pywrap_tensorflow.masked_crc32c
    return length + struct.pack('<I', crc(length)) + data + struct.pack('<I', crc(data))


def expected(lines):
    out = [record(event_pb2.Event(wall_time=lines[0]['time'], file_version='brain.Event:2'))]
    for line in lines:
        event = event_pb2.Event(wall_time=line['time'], step=line['step'])
        for tag, value in points(line):
            event.summary.value.add(tag=tag, simple_value=value)
        out.append(record(event))
    return b''.join(out)


def check(name, good):
    check.count += 1
    check.bad += not good
    print('%s %d - %s' % ('ok' if good else 'not ok', check.count, name))


check.count = check.bad = 0
with open(LINES) as f:
    lines = [json.loads(line) for line in f]
if sys.argv[1:] == ['--vectors']:
    with open(os.path.join(HERE, 'events.tfevents'), 'wb') as f:
        f.write(expected(lines))
    sys.exit(0)
with tempfile.TemporaryDirectory() as tmp:
    subprocess.run([os.path.join(BIN, 'metrics'), '--tensorboard', tmp, LINES], check=True)
    files = os.listdir(tmp)
    check('one file', len(files) == 1 and 'tfevents' in files[0])
    path = os.path.join(tmp, files[0])
    with open(path, 'rb') as f:
        check('the bytes that protocol buffers make', f.read() == expected(lines))
    events = list(LegacyEventFileLoader(path).Load())
    check('TensorBoard reads an event for each line', len(events) == len(lines) + 1)
    accumulator = event_accumulator.EventAccumulator(tmp, size_guidance={'scalars': 0})
    accumulator.Reload()
    wanted = {}
    for line in lines:
        for tag, value in points(line):
            wanted.setdefault(tag, []).append((line['step'], line['time'], value))
    check('its scalars are the curves', sorted(accumulator.Tags()['scalars']) == sorted(wanted))
    for tag, curve in wanted.items():
        got = [(e.step, e.wall_time, e.value) for e in accumulator.Scalars(tag)]
        check('scalar ' + tag, len(got) == len(curve) and all(
            a[0] == b[0] and a[1] == b[1] and abs(a[2] - b[2]) <= 1e-6 * abs(b[2]) for a, b in zip(got, curve)))
print('1..%d' % check.count)
sys.exit(check.bad > 0)
