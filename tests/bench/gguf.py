# SPDX-License-Identifier: MIT
"""gguf.py DIR FILE: the policy in DIR (config.json and model.safetensors, of family llama or gpt2, in F32) as the GGUF
file FILE, in F32, for llama.cpp to be timed with.  Tokens are made up (<0>, <1>, ...): it cannot read or write text."""
import json
import re
import struct
import sys

import numpy as np

NAMES = {
    'llama': {
        'embed_tokens': 'token_embd', 'norm': 'output_norm', 'lm_head': 'output', 'input_layernorm': 'attn_norm',
        'post_attention_layernorm': 'ffn_norm', 'self_attn.q_proj': 'attn_q', 'self_attn.k_proj': 'attn_k',
        'self_attn.v_proj': 'attn_v', 'self_attn.o_proj': 'attn_output', 'mlp.gate_proj': 'ffn_gate',
        'mlp.up_proj': 'ffn_up', 'mlp.down_proj': 'ffn_down'},
    'gpt2': {
        'wte': 'token_embd', 'wpe': 'position_embd', 'ln_f': 'output_norm', 'lm_head': 'output', 'ln_1': 'attn_norm',
        'ln_2': 'ffn_norm', 'attn.c_attn': 'attn_qkv', 'attn.c_proj': 'attn_output', 'mlp.c_fc': 'ffn_up',
        'mlp.c_proj': 'ffn_down'}}
U32, F32, STRING, ARRAY = 4, 6, 8, 9  # the types of values; as the type of a tensor, F32 is 0


def read(path):
    """Names and arrays of a safetensors file."""
    data = np.memmap(path, np.uint8, 'r')
    start = 8 + int(data[:8].view('<u8')[0])
    for name, of in json.loads(bytes(data[8:start])).items():
        if name != '__metadata__':
            if of['dtype'] != 'F32':
                sys.exit('gguf.py: %s is %s, not F32' % (name, of['dtype']))
            a, b = of['data_offsets']
            yield name, np.frombuffer(data[start + a:start + b], '<f4').reshape(of['shape'])


def interleave(x, heads):
    """The rows of each head: theirs are rotated in pairs i and i + half, those of GGUF's llama 2i and 2i + 1."""
    return x.reshape(heads, 2, -1, *x.shape[1:]).swapaxes(1, 2).reshape(x.shape)


def tensors(c, path):
    family, tied = c['model_type'], c.get('tie_word_embeddings', c['model_type'] == 'gpt2')
    for name, x in read(path):
        layer, stem, kind = re.fullmatch(r'(?:(?:model|transformer)\.)?(?:(?:layers|h)\.(\d+)\.)?(.*)\.(\w+)',
                                         name).groups()
        if stem not in NAMES[family] or stem == 'lm_head' and tied:
            continue  # a buffer that holds no weights
        if stem in ('self_attn.q_proj', 'self_attn.k_proj'):
            x = interleave(x, c['num_attention_heads' if 'q_' in stem else 'num_key_value_heads'])
        if family == 'gpt2' and layer and x.ndim == 2:
            x = x.T
        yield (layer and 'blk.%s.' % layer or '') + NAMES[family][stem] + '.' + kind, np.ascontiguousarray(x)
        if stem == 'wte' and tied:
            yield 'output.weight', x  # of which llama.cpp wants a copy, for gpt2 only


def metadata(c):
    family = c['model_type']
    if family == 'llama':
        each = c.get('head_dim') or c['hidden_size'] // c['num_attention_heads']
        sizes = {'context_length': c['max_position_embeddings'], 'embedding_length': c['hidden_size'],
                 'block_count': c['num_hidden_layers'], 'feed_forward_length': c['intermediate_size'],
                 'attention.head_count': c['num_attention_heads'],
                 'attention.head_count_kv': c['num_key_value_heads'], 'attention.key_length': each,
                 'attention.value_length': each, 'attention.layer_norm_rms_epsilon': float(c['rms_norm_eps']),
                 'rope.dimension_count': each, 'rope.freq_base': float(c.get('rope_theta', 10000))}
    else:
        sizes = {'context_length': c['n_positions'], 'embedding_length': c['n_embd'], 'block_count': c['n_layer'],
                 'feed_forward_length': c.get('n_inner') or 4 * c['n_embd'], 'attention.head_count': c['n_head'],
                 'attention.layer_norm_epsilon': float(c['layer_norm_epsilon'])}
    return {'general.architecture': family, 'general.file_type': 0,
            **{family + '.' + key: size for key, size in sizes.items()},
            'tokenizer.ggml.model': 'llama', 'tokenizer.ggml.tokens': ['<%d>' % i for i in range(c['vocab_size'])]}


def string(s):
    return struct.pack('<Q', len(s)) + s.encode()


def value(v):
    """The type and the bytes of a value."""
    if isinstance(v, list):
        return ARRAY, struct.pack('<IQ', value(v[0])[0], len(v)) + b''.join(value(x)[1] for x in v)
    if isinstance(v, str):
        return STRING, string(v)
    return (F32, struct.pack('<f', v)) if isinstance(v, float) else (U32, struct.pack('<I', v))


def main(policy, file):
    with open(policy + '/config.json') as f:
        c = json.load(f)
    if c['model_type'] not in NAMES or c.get('rope_scaling') or c.get('rope_parameters'):
        sys.exit('gguf.py: not a llama or gpt2, or with scaled rotations')
    c.setdefault('num_key_value_heads', c.get('num_attention_heads'))
    arrays, about, at = list(tensors(c, policy + '/model.safetensors')), metadata(c), 0
    header = b'GGUF' + struct.pack('<IQQ', 3, len(arrays), len(about))
    for key, v in about.items():
        kind, data = value(v)
        header += string(key) + struct.pack('<I', kind) + data
    for name, x in arrays:
        header += string(name) + struct.pack('<I%dQIQ' % x.ndim, x.ndim, *x.shape[::-1], 0, at)
        at += x.nbytes + -x.nbytes % 32
    with open(file, 'wb') as f:
        for block in [header] + [x for _, x in arrays]:
            f.write(block)
            f.write(bytes(-f.tell() % 32))


main(*sys.argv[1:])
