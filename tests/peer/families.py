#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# Families of models against transformers: policies that it writes are read
# here, with the same log-probabilities and the same gradient of the likelihood
# to 1e-4; what is trained and written here loads there, and agrees again.
#
#	tests/peer/families.py [CASE ...]              compare
#	tests/peer/families.py --vectors [CASE ...]    and write families/ anew
#
# Needs torch, transformers and peft, and our tools in build/bin (or $BIN).
# Prints the Test Anything Protocol; without the packages, that it skips.
#
# Weights are those of a generator that tests/pipe/families.t has too, so the
# vectors are a config.json and what transformers computes with it.
import os
import shutil
import sys
import tempfile

os.environ['HF_HUB_DISABLE_PROGRESS_BARS'] = '1'
try:
    import torch
    import transformers
    from peft import PeftModel
    from safetensors.torch import load_file, save_file
except ImportError as e:
    print('1..0 # SKIP no Python package %s' % e.name)
    sys.exit(0)

from ours import HERE, gradient, logps, step, tool

VOCAB = 120
SIZES = dict(vocab_size=VOCAB, hidden_size=32, intermediate_size=48, num_hidden_layers=3,
             num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=64,
             bos_token_id=0, eos_token_id=1, pad_token_id=None)
TOKENS = [(7 * i * i + 3 * i + 2) % VOCAB for i in range(40)]
ROWS = [0, 7, 20, 38]     # of log-probabilities in the vectors
ELEMENTS = 5              # of each gradient there

# Name, model_type, and what its config has beside SIZES.
CASES = [
    ('llama', 'llama', dict(attention_bias=True, mlp_bias=True, rope_parameters=dict(
        rope_type='llama3', factor=4.0, low_freq_factor=1.0, high_freq_factor=4.0,
        original_max_position_embeddings=16, rope_theta=500.0))),
    ('mistral', 'mistral', dict(head_dim=12, sliding_window=12)),
    ('granite', 'granite', dict(embedding_multiplier=3.0, residual_multiplier=0.4,
                                attention_multiplier=0.2, logits_scaling=2.0,
                                attention_bias=True, mlp_bias=True, tie_word_embeddings=True)),
    ('smollm3', 'smollm3', dict(no_rope_layer_interval=2, tie_word_embeddings=False,
                                use_sliding_window=True, sliding_window=15)),
    ('olmo2', 'olmo2', dict()),
    ('qwen2-yarn', 'qwen2', dict(rope_parameters=dict(
        rope_type='yarn', factor=4.0, beta_fast=8.0, beta_slow=1.0, rope_theta=1000.0,
        original_max_position_embeddings=32), use_sliding_window=False)),
    ('qwen2-window', 'qwen2', dict(use_sliding_window=True, sliding_window=8,
                                   max_window_layers=1)),
    ('qwen3-yarn', 'qwen3', dict(head_dim=16, rope_parameters=dict(
        rope_type='yarn', factor=8.0, mscale=1.0, mscale_all_dim=0.5, truncate=False,
        rope_theta=500.0, original_max_position_embeddings=16))),
    ('phi3', 'phi3', dict(sliding_window=17, rope_parameters=dict(partial_rotary_factor=0.5))),
    ('phi3-short', 'phi3', dict(original_max_position_embeddings=48, rope_parameters=dict(
        rope_type='longrope', short_factor=[1.0, 1.1, 1.3, 1.7], long_factor=[2.0, 3.0, 5.0, 9.0]))),
    ('phi3-long', 'phi3', dict(original_max_position_embeddings=16, rope_parameters=dict(
        rope_type='longrope', short_factor=[1.0, 1.1, 1.3, 1.7], long_factor=[2.0, 3.0, 5.0, 9.0]))),
    ('gemma3', 'gemma3_text', dict(
        num_hidden_layers=4, head_dim=12, query_pre_attn_scalar=20, sliding_window=10,
        layer_types=['sliding_attention', 'full_attention'] * 2,
        rope_parameters=dict(sliding_attention=dict(rope_type='default', rope_theta=100.0),
                             full_attention=dict(rope_type='linear', factor=4.0, rope_theta=5000.0)))),
    ('gpt_neox', 'gpt_neox', dict(rotary_pct=0.5, num_key_value_heads=None)),
    ('gpt_neox-sequential', 'gpt_neox', dict(
        use_parallel_residual=False, attention_bias=False, num_key_value_heads=None)),
]
# Names of tensors in memory that files have otherwise.
NAMES = {('gpt_neox', 'lm_head.weight'): 'embed_out.weight'}
count = bad = 0


def ok(good, name):
    global count, bad
    count += 1
    bad += not good
    print('%sok %d - %s' % ('' if good else 'not ', count, name), flush=True)


class Generator:
    """Numbers in -0.3 .. 0.3, the same in tests/pipe/families.t."""
    state = 1

    def next(self):
        self.state = (self.state * 1103515245 + 12345) % 2**31
        return 0.6 * (self.state / 2**31 - 0.5)


def fill(folder, gain):
    """Weights of the generator, by the sorted names; gain is added to those of norms."""
    path = os.path.join(folder, 'model.safetensors')
    found, g = load_file(path), Generator()
    for name in sorted(found):
        base = gain if 'norm' in name and name.endswith('weight') else 0.0
        x = [base + g.next() for _ in range(found[name].numel())]
        found[name] = torch.tensor(x, dtype=torch.float32).reshape(found[name].shape)
    save_file(found, path, metadata={'format': 'pt'})
    return found


def load(folder):
    return transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).double()


def theirs(model):
    with torch.no_grad():
        logits = model.eval()(torch.tensor([TOKENS])).logits[0, :-1]
    return torch.log_softmax(logits, -1)


def apart(x, y):
    return (torch.as_tensor(x, dtype=torch.float64) - y.double()).abs().max().item()


def their_gradient(model):
    model.zero_grad()
    logp = torch.log_softmax(model(torch.tensor([TOKENS])).logits[0, :-1], -1)
    (-logp.gather(1, torch.tensor(TOKENS[1:])[:, None]).sum()).backward()
    return {NAMES.get((model.config.model_type, n), n): p.grad.flatten()
            for n, p in model.named_parameters() if p.grad is not None}


def gradients_apart(found, want):
    """The largest difference of an element, of the largest element."""
    if set(found) != set(want):
        return float('inf')
    most = max(g.abs().max().item() for g in want.values())
    return max(apart(found[n], want[n]) for n in want) / most


def write_vector(name, folder, gain, shapes, logp, grad):
    to = os.path.join(HERE, 'families', name)
    os.makedirs(to, exist_ok=True)
    shutil.copy(os.path.join(folder, 'config.json'), to)
    with open(os.path.join(to, 'expected'), 'w') as f:
        f.write('gain %g\n' % gain)
        for n in sorted(shapes):
            f.write('tensor %s %s\n' % (n, ' '.join(map(str, shapes[n].shape))))
        f.write('tokens %s\n' % ' '.join(map(str, TOKENS)))
        for i in ROWS:
            f.write('logp %d %s\n' % (i, ' '.join('%.5f' % x for x in logp[i].tolist())))
        for n in sorted(grad):
            g = grad[n].tolist()
            at = [k * (len(g) - 1) // (ELEMENTS - 1) for k in range(ELEMENTS)]
            f.write('gradient %s %.6g %s\n' % (n, grad[n].norm().item(),
                                               ' '.join('%d:%.6g' % (i, g[i]) for i in at)))


def check_written(name, back):
    """A policy that our tools wrote, loaded there."""
    model = load(back)
    d = apart(logps(back, TOKENS, VOCAB), theirs(model))
    ok(d < 1e-4, '%s: within %.1e there' % (name, d))


def check_case(work, name, kind, keys, vectors):
    config = transformers.AutoConfig.for_model(kind, **{**SIZES, **keys})
    folder = os.path.join(work, name)
    transformers.AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    gain = 0.0 if kind.startswith('gemma') else 1.0
    shapes = fill(folder, gain)
    model = load(folder)
    want, grad = theirs(model), their_gradient(model)
    d = apart(logps(folder, TOKENS, VOCAB), want)
    ok(d < 1e-4, '%s: log-probabilities within %.1e' % (name, d))
    d = gradients_apart(gradient(folder, TOKENS), grad)
    ok(d < 1e-4, '%s: gradients of all tensors within %.1e' % (name, d))
    if vectors:
        write_vector(name, folder, gain, shapes, want, grad)
    back = folder + '.back'
    tool('mkpolicy', '-q', '--from', folder, back)
    step(back, TOKENS, 0.01)
    check_written('%s, copied and trained' % name, back)
    d = apart(logps(back, TOKENS, VOCAB), want)
    ok(d > 1e-3, '%s: the step changed it by %.1e' % (name, d))
    tuned = folder + '.tuned'
    tool('mkpolicy', '-q', '--from', folder, '--lora', '3', tuned)
    for _ in range(2):
        step(tuned, TOKENS, 0.05)
    model = PeftModel.from_pretrained(load(folder), tuned).double()
    d = apart(logps(tuned, TOKENS, VOCAB), theirs(model))
    ok(d < 1e-4, '%s: adapters made here, by PEFT within %.1e' % (name, d))
    d = apart(logps(tuned, TOKENS, VOCAB), want)
    ok(d > 1e-3, '%s: the adapters changed it by %.1e' % (name, d))


def check_new(work, kind):
    """A policy that mkpolicy makes, and its classifier's head in place."""
    new = os.path.join(work, kind + '.new')
    tool('mkpolicy', '-q', '--like', kind, '--dim', '32', '--layers', '4', '--heads', '2',
         '--vocab', str(VOCAB), '--context', '64', new)
    step(new, TOKENS, 0.05)
    check_written('%s, made here' % kind, new)


def check_inside(work):
    """A language model inside one that reads images."""
    text = dict(SIZES, head_dim=8, query_pre_attn_scalar=8, sliding_window=10)
    config = transformers.Gemma3Config(
        text_config=text, mm_tokens_per_image=4, vision_config=dict(
            hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=2,
            image_size=8, patch_size=4))
    folder = os.path.join(work, 'inside')
    transformers.Gemma3ForConditionalGeneration(config).save_pretrained(folder)
    fill(folder, 0.0)
    model = transformers.Gemma3ForConditionalGeneration.from_pretrained(
        folder, dtype=torch.float32).double()
    want = theirs(model)
    d = apart(logps(folder, TOKENS, VOCAB), want)
    ok(d < 1e-4, 'inside a larger model: log-probabilities within %.1e' % d)
    back = folder + '.back'
    tool('mkpolicy', '-q', '--from', folder, back)
    d = apart(theirs(load(back)), want)
    ok(d < 1e-4, 'inside a larger model: a copy stands alone there, within %.1e' % d)


def main():
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    vectors = '--vectors' in sys.argv
    only = [a for a in sys.argv[1:] if a != '--vectors']
    with tempfile.TemporaryDirectory() as work:
        for name, kind, keys in CASES:
            if not only or name in only:
                check_case(work, name, kind, keys, vectors)
        for kind in sorted({kind for name, kind, _ in CASES if not only or name in only}):
            check_new(work, kind)
        if not only or 'inside' in only:
            check_inside(work)
    print('1..%d' % count)
    return bad > 0


sys.exit(main())
