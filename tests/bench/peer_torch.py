# SPDX-License-Identifier: MIT
"""peer_torch.py WORK ...: the work of peers.py by PyTorch, transformers, peft and TRL, each at its best: attention by
sdpa, no layer computed twice unless asked, the fused AdamW, autocast for BF16, inference_mode."""
import importlib.metadata
import sys
import time

import torch
import transformers

from peers import FEW, LR, PROMPT, SAMPLES, STEPS, THREADS, differ, tell, trajectories

torch.set_num_threads(THREADS)
torch.manual_seed(1)
TYPES = {'f32': torch.float32, 'bf16': torch.bfloat16}


def load(base, kind):
    return transformers.AutoModelForCausalLM.from_pretrained(base, dtype=TYPES[kind], attn_implementation='sdpa')


def about():
    tell('PyTorch %s (%s), transformers %s, peft %s, TRL %s, llama.cpp of llama-cpp-python %s; %d threads' % (
        torch.__version__, torch.backends.cpu.get_cpu_capability(),
        *map(importlib.metadata.version, ('transformers', 'peft', 'trl', 'llama-cpp-python')), THREADS))


def steps(base, tokens, kind, adapters='', recompute=''):
    """Steps of AdamW by hand: F32 weights, rounded by autocast; or a frozen base in its type, and adapters."""
    model, by = load(base, kind if adapters else 'f32'), 'PyTorch'
    if adapters:
        import peft
        model, by = peft.PeftModel.from_pretrained(model, adapters, is_trainable=True), 'peft'
    if recompute:
        model.train()
        model.enable_input_require_grads()
        model.gradient_checkpointing_enable({'use_reentrant': False})
    rows = trajectories(tokens)
    ids, labels, mask = (torch.nn.utils.rnn.pad_sequence(
        [torch.tensor(x) for x in column], batch_first=True, padding_value=pad) for column, pad in (
            ([r['tokens'] for r in rows], 0),
            ([[-100] * r['actions'][0] + r['tokens'][r['actions'][0]:] for r in rows], -100),
            ([[1] * len(r['tokens']) for r in rows], 0)))
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer, took, loss = torch.optim.AdamW(trained, lr=LR, weight_decay=0, fused=True), [], []
    for _ in range(STEPS):
        began = time.time()
        with torch.autocast('cpu', torch.bfloat16, enabled=kind == 'bf16'):
            out = model(input_ids=ids, attention_mask=mask, labels=labels, use_cache=False).loss
        out.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1)
        optimizer.step()
        optimizer.zero_grad()
        took.append(time.time() - began)
        loss.append(out.item())
    tell(by, seconds=min(took[1:]), loss=loss)


def trainer(base, tokens, kind):
    """The same steps by TRL's trainer."""
    import datasets
    import tokenizers
    import trl
    model, rows, took = load(base, 'f32'), trajectories(tokens), []
    words = tokenizers.Tokenizer(tokenizers.models.WordLevel({'<pad>': 0, '<end>': 1}, unk_token='<pad>'))

    class Clock(transformers.TrainerCallback):
        def on_step_begin(self, *args, **more):
            took.append(-time.time())

        def on_step_end(self, *args, **more):
            took[-1] += time.time()

    settings = trl.SFTConfig(
        output_dir='trl', per_device_train_batch_size=len(rows), max_steps=STEPS, max_length=None, use_cpu=True,
        bf16=kind == 'bf16', gradient_checkpointing=False, learning_rate=LR, lr_scheduler_type='constant',
        weight_decay=0, logging_steps=1, save_strategy='no', report_to='none', disable_tqdm=True)
    at = trl.SFTTrainer(
        model=model, args=settings, callbacks=[Clock()],
        train_dataset=datasets.Dataset.from_list([{'input_ids': r['tokens']} for r in rows]),
        processing_class=transformers.PreTrainedTokenizerFast(
            tokenizer_object=words, pad_token='<pad>', eos_token='<end>'))
    at.train()
    tell('TRL', seconds=min(took[1:]), loss=[x['loss'] for x in at.state.log_history if 'loss' in x])


def generate(base, samples, kind, new):
    model, sample = load(base, kind).eval(), trajectories(samples)[0]
    model.generation_config.eos_token_id = None
    ids = torch.tensor([sample['tokens']])

    def draw(n, new):
        began = time.time()
        model.generate(ids[:, :PROMPT].expand(n, -1), attention_mask=torch.ones(n, PROMPT, dtype=torch.long),
                       do_sample=True, top_k=0, top_p=1.0, max_new_tokens=new, pad_token_id=0)
        return time.time() - began

    with torch.inference_mode():
        far = differ(model(ids).logits[0, :-1].float().log_softmax(-1).gather(1, ids[0, 1:, None])[:, 0].tolist(), sample)
        for n in SAMPLES:
            few, many = (min(draw(n, k) for _ in range(2)) for k in (FEW, FEW + int(new)))
            tell('transformers', n=n, seconds=many - few, differ=far)


{'about': about, 'steps': steps, 'trainer': trainer, 'generate': generate}[sys.argv[1]](*sys.argv[2:])
