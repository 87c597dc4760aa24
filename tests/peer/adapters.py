#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# Adapters against PEFT: what it saves is read by our tools, what our tools
# save is loaded by it, and both give the same log-probabilities, and the same
# gradient of the likelihood, to 1e-4.
#
#	tests/peer/adapters.py              compare
#	tests/peer/adapters.py --vectors    and write tests/peer/vectors anew
#
# Needs torch, transformers and peft, and our tools in build/bin (or $BIN).
# Prints the Test Anything Protocol; without the packages, that it skips.
import json
import os
import shutil
import subprocess
import sys
import tempfile

os.environ['HF_HUB_DISABLE_PROGRESS_BARS'] = '1'
try:
    import torch
    import transformers
    from peft import LoraConfig, PeftModel, get_peft_model
except ImportError as e:
    print('1..0 # SKIP no Python package %s' % e.name)
    sys.exit(0)

HERE = os.path.dirname(os.path.abspath(__file__))
BIN = os.environ.get('BIN', os.path.join(HERE, '..', '..', 'build', 'bin'))
VOCAB = 12
TOKENS = [2, 7, 5, 5, 3, 11, 4]
SIZES = ['--dim', '8', '--layers', '2', '--heads', '2', '--ff', '12',
         '--vocab', str(VOCAB), '--context', '16']

# Name, family, keys of PEFT's configuration, options of mkpolicy.
ALL = {'llama': ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'],
       'gpt2': ['c_attn', 'c_proj', 'c_fc']}
CASES = [
    ('llama-plain', 'llama', dict(target_modules=ALL['llama']), []),
    ('llama-rslora', 'llama', dict(target_modules=['q_proj', 'mlp.up_proj'], use_rslora=True),
     ['--rslora', '--lora-targets', 'q_proj,mlp.up_proj']),
    ('gpt2-plain', 'gpt2', dict(target_modules=ALL['gpt2'], fan_in_fan_out=True), []),
    ('gpt2-rslora', 'gpt2',
     dict(target_modules=['c_attn', 'mlp.c_proj'], use_rslora=True, fan_in_fan_out=True),
     ['--rslora', '--lora-targets', 'c_attn,mlp.c_proj']),
    ('llama-saved', 'llama',
     dict(target_modules=['v_proj'], modules_to_save=['embed_tokens', 'lm_head', 'norm']),
     ['--lora-targets', 'v_proj', '--lora-save', 'embed_tokens,lm_head,norm']),
    ('gpt2-saved', 'gpt2',
     dict(target_modules=['c_attn'], modules_to_save=['wpe', 'ln_f', 'mlp.c_fc'],
          fan_in_fan_out=True),
     ['--lora-targets', 'c_attn', '--lora-save', 'wpe,ln_f,mlp.c_fc']),
]
RANK, ALPHA = 3, 5
count = bad = 0


def ok(good, name):
    global count, bad
    count += 1
    bad += not good
    print('%sok %d - %s' % ('' if good else 'not ', count, name), flush=True)


def tool(name, *args, stdin=''):
    return subprocess.run([os.path.join(BIN, name), *args], input=stdin, text=True,
                          check=True, stdout=subprocess.PIPE).stdout


def segment(role='expert'):
    return '\n'.join([
        '{"apprentice":{"kind":"traj","version":1}}',
        json.dumps({'id': 'a', 'role': role, 'tokens': TOKENS, 'actions': [1, len(TOKENS)]}),
        '{"end":{"count":1,"more":false}}', ''])


def ours(policy):
    """Log-probabilities of every token at each action, by our tools."""
    out = tool('discrim', '-q', '--json', '--export-topk', str(VOCAB), policy, stdin=segment())
    record = next(r for r in map(json.loads, out.splitlines()) if 'id' in r)
    rows = [[0.0] * VOCAB for _ in TOKENS[1:]]
    for k, (token, logp) in enumerate(zip(record['teacher_token'], record['teacher_logp'])):
        rows[k // VOCAB][token] = logp
    return torch.tensor(rows)


def theirs(model):
    with torch.no_grad():
        logits = model.eval()(torch.tensor([TOKENS])).logits[0, :-1]
    return torch.log_softmax(logits.float(), -1)


def our_gradient(policy):
    """Gradient of the negative log-likelihood by tensor, flat."""
    parts = {}
    for line in tool('divgrad', '-q', '--json', '-d', 'fkl', policy, stdin=segment()).splitlines():
        r = json.loads(line)
        if 'name' in r:
            parts.setdefault(r['name'], [0.0] * r['of'])[r['offset']:r['offset'] + len(r['data'])] = r['data']
    return parts


def gradient_apart(model, policy):
    """The largest difference of an element from torch's, of the largest element."""
    model.zero_grad()
    logp = torch.log_softmax(model(torch.tensor([TOKENS])).logits[0, :-1].float(), -1)
    (-logp.gather(1, torch.tensor(TOKENS[1:])[:, None]).sum()).backward()
    found = our_gradient(policy)
    want = {n.replace('.default', '').replace('.modules_to_save', ''): p.grad.flatten()
            for n, p in model.named_parameters() if p.requires_grad}
    if set(found) != set(want):
        return float('inf')
    most = max(g.abs().max().item() for g in want.values())
    return max(near(torch.tensor(found[n]), want[n]) for n in want) / most


def load(base):
    return transformers.AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)


def save_theirs(base, folder, keys):
    """A model with adapters of PEFT, of random weights, saved in `folder`."""
    model = get_peft_model(load(base), LoraConfig(
        task_type='CAUSAL_LM', r=RANK, lora_alpha=ALPHA, lora_dropout=0.0, **keys))
    torch.manual_seed(1)
    for p in model.parameters():
        if p.requires_grad:
            p.data = p.data + 0.4 * torch.randn_like(p)
    model.save_pretrained(folder)
    # A path from the adapters, so that they can be moved together with the base.
    path = os.path.join(folder, 'adapter_config.json')
    config = json.load(open(path))
    config['base_model_name_or_path'] = os.path.relpath(base, folder)
    json.dump(config, open(path, 'w'), indent=1, sort_keys=True)
    return model


def make_ours(base, folder, options):
    """Adapters of mkpolicy, trained for three steps."""
    tool('mkpolicy', '-q', '--from', base, '--lora', str(RANK), '--lora-alpha', str(ALPHA),
         *options, folder)
    for _ in range(3):
        with tempfile.NamedTemporaryFile() as grad:
            tool('divgrad', '-q', '-d', 'fkl', '-o', grad.name, folder, stdin=segment())
            tool('apply-update', '-q', '--lr', '0.05', folder, grad.name)


def write_vector(name, folder, logp):
    to = os.path.join(HERE, 'vectors', name)
    os.makedirs(to, exist_ok=True)
    for f in 'adapter_config.json', 'adapter_model.safetensors':
        shutil.copy(os.path.join(folder, f), to)
    with open(os.path.join(to, 'logp'), 'w') as f:
        for row in logp.tolist():
            f.write(' '.join('%.6f' % x for x in row) + '\n')


def near(x, y):
    return (x - y).abs().max().item()


def main():
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    vectors = sys.argv[1:] == ['--vectors']
    with tempfile.TemporaryDirectory() as work:
        for family in ALL:
            tool('mkpolicy', '-q', '--like', family, *SIZES, os.path.join(work, family))
        for name, family, keys, options in CASES:
            base = os.path.join(work, family)
            folder = os.path.join(work, name)
            model = save_theirs(base, folder, keys)
            want = theirs(model)
            apart = near(ours(folder), want)
            ok(apart < 1e-4, '%s: made by PEFT, read here: within %.1e' % (name, apart))
            ok(near(want, theirs(load(base))) > 0.1, '%s: and not the base' % name)
            apart = gradient_apart(model, folder)
            ok(apart < 1e-4, '%s: gradients of all that is trained: within %.1e' % (name, apart))
            if vectors:
                write_vector(name, folder, want)
            merged = folder + '.merged'
            tool('mkpolicy', '-q', '--from', folder, merged)
            apart = near(theirs(load(merged)), want)
            ok(apart < 1e-4, '%s: merged here, loaded there: within %.1e' % (name, apart))
            made = folder + '.made'
            make_ours(base, made, options)
            model = PeftModel.from_pretrained(load(base), made)
            apart = near(theirs(model), ours(made))
            ok(apart < 1e-4, '%s: made here, loaded by PEFT: within %.1e' % (name, apart))
            ok(near(ours(made), ours(base)) > 1e-3, '%s: and not the base' % name)
    print('1..%d' % count)
    return bad > 0


sys.exit(main())
