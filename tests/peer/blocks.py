#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# blocks.py FILE: write the GGUF file FILE, a small llama without a tokenizer
# whose tensors have one of all types each, of random bytes, and print the
# CRC (cksum) of their values in F32 in the order of our files, as the package
# gguf reads them.  tests/peer/blocks.gguf and blocks.sum were made so.
import subprocess
import sys

import gguf
import numpy as np

SHAPES = [  # in the order of model.safetensors: name, type, rows, columns
    ('token_embd.weight', 'Q8_0', 32, 256), ('blk.0.attn_norm.weight', 'F16', 1, 256),
    ('blk.0.attn_q.weight', 'Q4_K', 32, 256), ('blk.0.attn_k.weight', 'Q5_K', 32, 256),
    ('blk.0.attn_v.weight', 'Q6_K', 32, 256), ('blk.0.attn_output.weight', 'Q4_0', 256, 32),
    ('blk.0.ffn_norm.weight', 'F32', 1, 256), ('blk.0.ffn_gate.weight', 'Q4_1', 32, 256),
    ('blk.0.ffn_up.weight', 'Q5_0', 32, 256), ('blk.0.ffn_down.weight', 'Q5_1', 256, 32),
    ('output_norm.weight', 'BF16', 1, 256), ('output.weight', 'F16', 32, 256)]
SCALES = {'Q4_1': (0, 2), 'Q5_1': (0, 2), 'Q4_K': (0, 2), 'Q5_K': (0, 2), 'Q6_K': (208,)}  # of a block, in F16


def main(path):
    rng = np.random.default_rng(1)
    w = gguf.GGUFWriter(path, 'llama')
    w.add_block_count(1), w.add_context_length(64), w.add_embedding_length(256), w.add_feed_forward_length(32)
    w.add_head_count(1), w.add_key_length(32), w.add_value_length(32), w.add_rope_dimension_count(32)
    w.add_layer_norm_rms_eps(1e-5), w.add_tokenizer_model('no_vocab')
    values = []
    for name, kind, rows, cols in SHAPES:
        kind = gguf.GGMLQuantizationType[kind]
        numbers, size = gguf.GGML_QUANT_SIZES[kind]
        data = rng.integers(0, 256, (rows, cols // numbers, size), np.uint8)
        if numbers == 1:
            x = rng.standard_normal((rows, cols)).astype(np.float32)
            data = gguf.quants.quantize(x, kind).view(np.uint8).reshape(data.shape)
        else:
            for at in SCALES.get(kind.name, (0,)):
                data[:, :, at + 1] %= 0x38  # below 1/2
        data = data.reshape(rows, -1)
        typed = data.view({'F32': np.float32, 'F16': np.float16}.get(kind.name, np.uint8))
        x = gguf.quants.dequantize(typed, kind).reshape(rows, cols)
        if name.endswith(('attn_q.weight', 'attn_k.weight')):
            x = x.reshape(16, 2, cols).swapaxes(0, 1).reshape(rows, cols)  # pairs become halves
        values.append(x.astype('<f4').tobytes())
        shaped = typed[0] if rows == 1 else typed
        w.add_tensor(name, shaped, raw_dtype=kind)
    w.write_header_to_file(), w.write_kv_data_to_file(), w.write_tensors_to_file()
    w.close()
    subprocess.run(['cksum'], input=b''.join(values), check=True)


main(*sys.argv[1:])
