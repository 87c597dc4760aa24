# SPDX-License-Identifier: MIT
"""peer_llama.py WORK ...: the work of peers.py by llama.cpp, through the Python package that has it as a library."""
import ctypes
import json
import sys
import time

import gguf
import llama_cpp as L
import numpy
import safetensors

from peers import PROMPT, SAMPLES, THREADS, differ, tell, trajectories


def convert(base, kind):
    """weights.gguf, for llama.cpp: matrices in a type, all else in F32; without a tokenizer."""
    with open(base + '/config.json') as f:
        c = json.load(f)
    family, layers = c['model_type'], c.get('num_hidden_layers') or c['n_layer']
    heads, to = c.get('num_attention_heads') or c['n_head'], gguf.GGUFWriter('weights.gguf', family, use_temp_file=True)
    to.add_block_count(layers)
    to.add_head_count(heads)
    to.add_vocab_size(c['vocab_size'])
    to.add_tokenizer_model('no_vocab')
    to.add_context_length(c['max_position_embeddings' if family == 'llama' else 'n_positions'])
    to.add_embedding_length(c['hidden_size' if family == 'llama' else 'n_embd'])
    if family == 'llama':
        to.add_feed_forward_length(c['intermediate_size'])
        to.add_head_count_kv(c['num_key_value_heads'])
        to.add_rope_dimension_count(c['head_dim'])
        to.add_rope_freq_base(c['rope_theta'])
        to.add_layer_norm_rms_eps(c['rms_norm_eps'])
    else:
        to.add_feed_forward_length(c.get('n_inner') or 4 * c['n_embd'])
        to.add_layer_norm_eps(c['layer_norm_epsilon'])
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH[family.upper()], layers)
    kinds = {'f32': gguf.GGMLQuantizationType.F32, 'bf16': gguf.GGMLQuantizationType.BF16,
             'int8': gguf.GGMLQuantizationType.Q8_0}
    weights = safetensors.safe_open(base + '/model.safetensors', 'pt')
    for name in weights.keys():
        x, new = weights.get_tensor(name).float().numpy(), names.get_name(name, try_suffixes=('.weight', '.bias'))
        if new is None or new == 'output.weight' and c['tie_word_embeddings']:
            continue
        if family == 'gpt2' and '.c_' in name and x.ndim == 2:
            x = x.T.copy()
        if '.q_proj' in name or '.k_proj' in name:  # theirs rotate pairs 2i and 2i + 1, not i and i + half
            n = heads if '.q_proj' in name else c['num_key_value_heads']
            x = x.reshape(n, 2, -1, x.shape[1]).swapaxes(1, 2).reshape(x.shape)
        of = kinds[kind if x.ndim == 2 and 'position' not in new else 'f32']
        to.add_tensor(new, gguf.quants.quantize(x, of), raw_dtype=of)
        if new == 'token_embd.weight' and family == 'gpt2' and c['tie_word_embeddings']:
            to.add_tensor('output.weight', gguf.quants.quantize(x, of), raw_dtype=of)
    to.write_header_to_file()
    to.write_kv_data_to_file()
    to.write_tensors_to_file()
    to.close()


def sample(samples, new):
    """Draws by llama.cpp's own sampler; the faster of its two ways of attention."""
    quiet = L.llama_log_callback(lambda *args: None)
    L.llama_log_set(quiet, ctypes.c_void_p())
    settings = L.llama_model_default_params()
    settings.n_gpu_layers = 0
    model = L.llama_model_load_from_file(b'weights.gguf', settings)
    vocab, own = L.llama_vocab_n_tokens(L.llama_model_get_vocab(model)), trajectories(samples)[0]

    def session(n, long, flash):
        c = L.llama_context_default_params()
        c.n_ctx, c.n_batch, c.n_seq_max, c.n_threads, c.n_threads_batch = n * long, n * long, n, THREADS, THREADS
        c.flash_attn_type, c.kv_unified = flash, False
        return L.llama_init_from_model(model, c)

    def decode(at, rows):
        """Rows of a token, its position, its sequence, and whether logits are wanted there."""
        b = L.llama_batch_init(len(rows), 0, 1)
        b.n_tokens = len(rows)
        for i, row in enumerate(rows):
            b.n_seq_id[i] = 1
            b.token[i], b.pos[i], b.seq_id[i][0], b.logits[i] = row
        if L.llama_decode(at, b):
            raise RuntimeError('llama_decode')
        L.llama_batch_free(b)

    def draw(n, new, flash):
        at = session(n, PROMPT + new, flash)
        chain = L.llama_sampler_chain_init(L.llama_sampler_chain_default_params())
        L.llama_sampler_chain_add(chain, L.llama_sampler_init_dist(1))
        decode(at, [(t, k, j, k == PROMPT - 1) for j in range(n) for k, t in enumerate(own['tokens'][:PROMPT])])
        last = [(j + 1) * PROMPT - 1 for j in range(n)]
        began = time.time()
        for k in range(new):
            tokens = [L.llama_sampler_sample(chain, at, i) for i in last]
            decode(at, [(t, PROMPT + k, j, True) for j, t in enumerate(tokens)])
            last = range(n)
        L.llama_synchronize(at)
        took = time.time() - began
        L.llama_sampler_free(chain)
        L.llama_free(at)
        return took

    at = session(1, len(own['tokens']), 1)
    decode(at, [(t, k, 0, True) for k, t in enumerate(own['tokens'])])
    logits = numpy.ctypeslib.as_array(L.llama_get_logits(at), (len(own['tokens']), vocab))
    logits = logits - logits.max(1, keepdims=True)
    logp = logits - numpy.log(numpy.exp(logits).sum(1, keepdims=True))
    far = differ([float(logp[k, t]) for k, t in enumerate(own['tokens'][1:])], own)
    L.llama_free(at)
    for n in SAMPLES:
        tell('llama.cpp', n=n, seconds=min(draw(n, int(new), flash) for flash in (0, 1)), differ=far)


{'convert': convert, 'sample': sample}[sys.argv[1]](*sys.argv[2:])
