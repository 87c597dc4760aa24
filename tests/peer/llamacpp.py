#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# GGUF against llama.cpp: what mkpolicy --gguf writes gives the same
# log-probabilities there, for every family, with adapters too; and what
# llama.cpp quantizes, or its converter makes from a Hugging Face directory,
# is read by mkpolicy --from.
#
#	tests/peer/llamacpp.py [POLICY ...]     compare, and of these policies too
#
# Needs numpy, gguf, llama_cpp (llama-cpp-python), and our tools in build/bin
# (or $BIN).  With LLAMA_CPP, the source of llama.cpp, its converter is tried
# as well.  Prints the Test Anything Protocol; without the packages, that it
# skips.
import json
import os
import subprocess
import sys
import tempfile

try:
    import gguf
    import numpy as np
    import llama_cpp
except ImportError as e:
    print('1..0 # SKIP no Python package %s' % e.name)
    sys.exit(0)

HERE = os.path.dirname(os.path.abspath(__file__))
BIN = os.environ.get('BIN', os.path.join(HERE, '..', '..', 'build', 'bin'))
SIZES = ['--dim', '64', '--layers', '7', '--heads', '4', '--ff', '96', '--vocab', '300', '--context', '64']
TOKENS = [2, 7, 5, 5, 3, 11, 4, 150, 299, 0, 31, 7, 7, 88]
TEXTS = ['It rained on the 12 of May.', ' two  spaces,\n\n\ttabs and\r\nlines ', "I'll say: don't!", 'Grüße, мир 你好 🙂', '',
         'x = 3.14159 * (y_1 + 2)**2 # code', '1234567890', "HELLO'S WORLD'll", 'a' * 40]
KEYS = {  # of config.json, changed after a policy is made
    'llama': [{}, {'rope_scaling': {'rope_type': 'linear', 'factor': 2.0}},
              {'rope_scaling': {'rope_type': 'llama3', 'factor': 8.0, 'low_freq_factor': 1.0, 'high_freq_factor': 4.0,
                                'original_max_position_embeddings': 64}}],
    'qwen2': [{}, {'rope_scaling': {'rope_type': 'yarn', 'factor': 4.0, 'original_max_position_embeddings': 16}},
              {'rope_scaling': {'rope_type': 'yarn', 'factor': 2.0, 'original_max_position_embeddings': 32,
                                'attention_factor': 1.5}}],
    'phi3': [{}, {'max_position_embeddings': 1024, 'original_max_position_embeddings': 512, 'rope_scaling': {
        'rope_type': 'longrope', 'short_factor': [1 + i / 8 for i in range(8)], 'long_factor': [2.0] * 8}}],
    'gpt_neox': [{}, {'use_parallel_residual': False}],
    'granite': [{}, {'embedding_multiplier': 12.0, 'residual_multiplier': 0.22, 'attention_multiplier': 0.2,
                     'logits_scaling': 8.0}]}
# llama.cpp looks GELU up in a table of F16.
GELU, GELU_FAMILIES = 2e-3, ('gpt2', 'gpt_neox', 'gemma3')
TYPES = {'f32': 1e-4, 'f16': 2e-2, 'bf16': 0.1, 'q8_0': 0.3}
count = bad = 0


def ok(good, name):
    global count, bad
    count += 1
    bad += not good
    print('%sok %d - %s' % ('' if good else 'not ', count, name), flush=True)


def skip(name, why):
    global count
    count += 1
    print('ok %d - %s # SKIP %s' % (count, name, why))


def tool(name, *args, stdin=''):
    return subprocess.run([os.path.join(BIN, name), *args], input=stdin, text=True,
                          check=True, stdout=subprocess.PIPE).stdout


def ours(policy, tokens=TOKENS):
    """Log-probabilities of every token at each action, by our tools."""
    with open(os.path.join(policy, 'config.json')) as f:
        vocab = json.load(f)['vocab_size']
    return export(policy, vocab, tokens)


def export(policy, vocab, tokens=TOKENS):
    out = tool('discrim', '-q', '--json', '--export-topk', str(vocab), policy, stdin='\n'.join([
        '{"apprentice":{"kind":"traj","version":1}}',
        json.dumps({'id': 'a', 'role': 'expert', 'tokens': tokens, 'actions': [1, len(tokens)]}),
        '{"end":{"count":1,"more":false}}', '']))
    record = next(r for r in map(json.loads, out.splitlines()) if 'id' in r)
    rows = np.zeros((len(tokens) - 1, vocab))
    n = len(record['teacher_token']) // len(rows)
    for k, (token, logp) in enumerate(zip(record['teacher_token'], record['teacher_logp'])):
        rows[k // n][token] = logp
    return rows


def theirs(path, tokens=TOKENS, **more):
    """The same by llama.cpp, with a cache of keys and values in F32."""
    model = llama_cpp.Llama(path, n_ctx=max(64, len(tokens)), n_batch=512, logits_all=True, type_k=0, type_v=0,
                            verbose=False, **more)
    model.eval(tokens)
    x = model.scores[:len(tokens) - 1].astype(np.float64)
    x -= x.max(axis=1, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=1, keepdims=True))


def most(name, otherwise=1e-4):
    return max(otherwise, GELU if any(f in name for f in GELU_FAMILIES) else 0)


def near(x, y):
    return float(np.abs(x - y).max()) if x.shape == y.shape else float('inf')


def encoded(policy, text):
    """The tokens of a text, without BOS."""
    out = tool('demo2traj', '-q', '--json', '--template', '{prompt}\n{response}', '-m', policy,
               stdin=json.dumps({'prompt': text, 'response': 'x'}))
    record = next(r for r in map(json.loads, out.splitlines()) if 'id' in r)
    with open(os.path.join(policy, 'generation_config.json')) as f:
        bos = json.load(f).get('bos_token_id')
    tokens = record['tokens'][:record['actions'][0]]
    return tokens[tokens[0] == bos:]


def try_type(name, policy, type_, work, limit=None):
    path = os.path.join(work, name + '.gguf')
    tool('mkpolicy', '-q', '--from', policy, '--gguf', '--dtype', type_, path)
    back = os.path.join(work, name + '.back')
    tool('mkpolicy', '-q', '--from', path, '--dtype', 'f32', back)
    there, here = theirs(path), ours(back)
    ok(near(there, here) < most(name, limit or TYPES[type_]), '%s: equal in llama.cpp within %.1e' % (name, near(there, here)))
    ok(near(ours(policy), here) < (1e-5 if type_ == 'f32' else TYPES[type_]),
       '%s: read back within %.1e' % (name, near(ours(policy), here)))
    return path


def change(policy, keys):
    path = os.path.join(policy, 'config.json')
    with open(path) as f:
        config = json.load(f)
    config.update(keys)
    with open(path, 'w') as f:
        json.dump(config, f)


def families():
    said = subprocess.run([os.path.join(BIN, 'mkpolicy'), '--like', '?', 'x'], stderr=subprocess.PIPE, text=True).stderr
    return said.splitlines()[0].split('not one of ')[1].replace(',', '').split()


def try_family(family, work):
    for i, keys in enumerate(KEYS.get(family, [{}])):
        policy = os.path.join(work, '%s-%d' % (family, i))
        heads = [] if family in ('gpt2', 'gpt_neox') else ['--kv-heads', '2']
        tool('mkpolicy', '-q', '--like', family, *SIZES, *heads, policy)
        change(policy, keys)
        for type_ in TYPES if i == 0 else ['f32']:
            path = try_type('%s-%d-%s' % (family, i, type_), policy, type_, work)
            if type_ == 'f32' and i == 0:
                try_adapters(family, policy, path, work)


def try_adapters(family, policy, path, work):
    for more in [], ['--rslora', '--lora-alpha', '5']:
        made = os.path.join(work, '%s-adapters-%d' % (family, len(more)))
        tool('mkpolicy', '-q', '--from', policy, '--lora', '4', *more, made)
        with tempfile.NamedTemporaryFile() as grad:
            tool('divgrad', '-q', '-d', 'fkl', '-o', grad.name, made, stdin='\n'.join([
                '{"apprentice":{"kind":"traj","version":1}}',
                json.dumps({'id': 'a', 'role': 'expert', 'tokens': TOKENS, 'actions': [1, len(TOKENS)]}),
                '{"end":{"count":1,"more":false}}', '']))
            tool('apply-update', '-q', '--lr', '0.05', made, grad.name)
        tool('mkpolicy', '-q', '--from', made, '--gguf', '--adapters', made + '.gguf')
        here = export(made, 300)
        there = theirs(path, lora_path=made + '.gguf')
        ok(near(there, here) < max(1e-3, most(family)), '%s: adapters%s: within %.1e' % (family, ' rslora' * bool(more), near(there, here)))
        ok(near(ours(policy), here) > 1e-2, '%s: and not the base' % family)
        tool('mkpolicy', '-q', '--from', made, '--gguf', made + '.merged.gguf')
        there = theirs(made + '.merged.gguf')
        ok(near(there, here) < most(family), '%s: merged: within %.1e' % (family, near(there, here)))


def try_tokenizer(name, policy, path):
    """Ids of texts as llama.cpp gives them, where its spaces are ours."""
    model = llama_cpp.Llama(path, vocab_only=True, verbose=False)
    apart = [t for t in TEXTS
             if encoded(policy, t) != model.tokenize(t.encode() + b'\n', add_bos=False, special=False)]
    ok(not apart, '%s: tokens of texts are those of llama.cpp: %s' % (name, apart))


def try_policy(policy, work):
    name = os.path.basename(os.path.normpath(policy))
    path = try_type(name, policy, 'f32', work, 1e-3)  # deep, and some tokens are unlikely
    there, here = theirs(path), ours(policy)
    ok(near(there, here) < most(name, 1e-3), '%s: within %.1e' % (name, near(there, here)))
    greedy = tool('rollout', '-q', '--json', '--greedy', '-l', '40', policy, stdin='\n'.join([
        '{"apprentice":{"kind":"traj","version":1}}',
        json.dumps({'id': 'a', 'role': 'expert', 'tokens': TOKENS[:5], 'actions': [4, 5]}),
        '{"end":{"count":1,"more":false}}', '']))
    record = next(r for r in map(json.loads, greedy.splitlines()) if 'id' in r)
    tokens = record['tokens'][:-1]
    there = theirs(path, tokens)
    ok(list(there.argmax(1)[3:]) == record['tokens'][4:-1], '%s: the same greedy tokens' % name)
    if os.path.exists(os.path.join(policy, 'tokenizer.json')):
        try_tokenizer(name, policy, path)
    return path


def try_quantized(path, work):
    """What llama.cpp quantizes, against the values that the package gguf reads."""
    for name in 'Q4_0', 'Q4_1', 'Q5_0', 'Q5_1', 'Q8_0', 'Q4_K_M', 'Q5_K_M', 'Q6_K':
        out = os.path.join(work, name + '.gguf')
        params = llama_cpp.llama_model_quantize_default_params()
        params.ftype = getattr(llama_cpp, 'LLAMA_FTYPE_MOSTLY_' + name)
        params.nthread = 2
        if llama_cpp.llama_model_quantize(path.encode(), out.encode(), params) != 0:
            skip(name, 'llama.cpp did not quantize')
            continue
        back = os.path.join(work, name)
        tool('mkpolicy', '-q', '--from', out, '--dtype', 'f32', back)
        there, here = theirs(out), ours(back)
        ok(near(there, here) < 0.3, '%s: within %.1e of llama.cpp' % (name, near(there, here)))
        check_values(name, out, back)


def check_values(name, path, policy):
    want = sorted(float(np.abs(gguf.quants.dequantize(t.data, t.tensor_type)).sum(dtype=np.float64))
                  for t in gguf.GGUFReader(path).tensors if t.name != 'rope_freqs.weight')
    with open(os.path.join(policy, 'model.safetensors'), 'rb') as f:
        header = json.loads(f.read(int.from_bytes(f.read(8), 'little')))
        data = f.read()
    found = sorted(float(np.abs(np.frombuffer(data[slice(*t['data_offsets'])], '<f4')).sum(dtype=np.float64))
                   for n, t in header.items() if n != '__metadata__')
    ok(np.allclose(want, found, rtol=1e-12), '%s: the values that the package gguf reads' % name)


def try_converter(policy, work):
    source = os.environ.get('LLAMA_CPP')
    name = os.path.basename(os.path.normpath(policy)) + ' by their converter'
    if source is None:
        return skip(name, 'LLAMA_CPP is not set')
    path = os.path.join(work, 'converted.gguf')
    done = subprocess.run([sys.executable, os.path.join(source, 'convert_hf_to_gguf.py'), '--outtype', 'f32',
                           '--outfile', path, policy], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        return skip(name, done.stdout.strip().splitlines()[-1])
    back = os.path.join(work, 'converted')
    tool('mkpolicy', '-q', '--from', path, back)
    ok(near(ours(policy), ours(back)) < 1e-6, '%s: the same policy' % name)
    ok([encoded(policy, t) for t in TEXTS] == [encoded(back, t) for t in TEXTS], '%s: the same tokens' % name)
    os.remove(path)
    subprocess.run(['rm', '-r', back], check=True)


def main():
    with tempfile.TemporaryDirectory() as work:
        for family in families():
            try_family(family, work)
        for policy in sys.argv[1:]:
            path = try_policy(policy, work)
            try_converter(policy, work)
        big = os.path.join(work, 'big')
        tool('mkpolicy', '-q', '--like', 'llama', '--dim', '256', '--layers', '2', '--heads', '4', '--kv-heads', '2',
             '--ff', '512', '--vocab', '320', '--context', '64', big)
        path = try_type('big-f32', big, 'f32', work)
        try_quantized(path, work)
    print('1..%d' % count)
    return bad > 0


sys.exit(main())
