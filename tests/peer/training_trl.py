# SPDX-License-Identifier: MIT
"""training_trl.py WORK JSON: the work of training.py by TRL, peft and PyTorch.  TRL is set to what is fastest here:
attention by sdpa, no layer computed twice unless asked, the fused AdamW, and for BF16 a base in BF16 with autocast;
adapters are F32 in both.  It pads the batches, whose order is not its own to choose, to their longest sequence.  On a CPU
TRL 1.16 computes the logits of all positions, also of prompts and padding, and again in the backward pass; no setting
changes that."""
import importlib.metadata
import json
import os
import resource
import sys
import time
import warnings

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(1, os.path.join(HERE, '..', 'bench'))
warnings.simplefilter('ignore')
os.environ['HF_HUB_OFFLINE'] = '1'

import datasets
import peft
import safetensors.torch
import torch
import transformers
import trl

from peers import THREADS, tell, trajectories

torch.set_num_threads(THREADS)
transformers.logging.set_verbosity_error()
transformers.logging.disable_progress_bar()
datasets.disable_progress_bars()
TYPES = {'f32': torch.float32, 'bf16': torch.bfloat16}


def about():
    tell('PyTorch %s (%s), transformers %s, peft %s, TRL %s; %d threads' % (
        torch.__version__, torch.backends.cpu.get_cpu_capability(),
        *map(importlib.metadata.version, ('transformers', 'peft', 'trl')), THREADS))


def load(base, kind):
    return transformers.AutoModelForCausalLM.from_pretrained(
        os.path.realpath(base), dtype=TYPES[kind], attn_implementation='sdpa')


def masked(rows):
    for r in rows:
        begin, end = r['actions']
        yield {'input_ids': r['tokens'], 'labels': [-100] * begin + r['tokens'][begin:end]}


def paired(rows):
    for a, b in zip(rows[::2], rows[1::2]):
        chosen, rejected = (a, b) if a['role'] == 'chosen' else (b, a)
        begin = chosen['actions'][0]
        assert chosen['group'] == rejected['group'] and chosen['tokens'][:begin] == rejected['tokens'][:begin]
        yield {'prompt_ids': chosen['tokens'][:begin], 'chosen_ids': chosen['tokens'][begin:],
               'rejected_ids': rejected['tokens'][begin:]}


class TokenPairs(trl.DPOTrainer):
    """That trainer tokenizes texts; these are tokens already."""

    def _prepare_dataset(self, dataset, *args, **more):
        return dataset


METHODS = {'sft': (trl.SFTTrainer, trl.SFTConfig, masked), 'dpo': (TokenPairs, trl.DPOConfig, paired)}


def train(method, kind, batch, steps, lr, decay, beta, recompute, base, start, records, out):
    trainer, config, form = METHODS[method]
    settings = config(
        output_dir=out, per_device_train_batch_size=batch, max_steps=steps, train_sampling_strategy='sequential',
        max_length=None, use_cpu=True, bf16=kind == 'bf16', gradient_checkpointing=recompute, optim='adamw_torch_fused',
        learning_rate=lr, lr_scheduler_type='cosine', weight_decay=decay, max_grad_norm=1, logging_steps=1,
        save_strategy='no', report_to='none', disable_tqdm=True, dataloader_pin_memory=False,
        **{'beta': beta} if method == 'dpo' else {})
    adapters = peft.LoraConfig.from_pretrained(start)
    adapters.inference_mode = False
    at = trainer(model=load(base, kind), args=settings, train_dataset=datasets.Dataset.from_list(
        list(form(trajectories(records)))), processing_class=transformers.AutoTokenizer.from_pretrained(base),
        peft_config=adapters)
    peft.set_peft_model_state_dict(at.model, safetensors.torch.load_file(os.path.join(start, 'adapter_model.safetensors')))
    at.remove_callback(transformers.PrinterCallback)
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, time.time()
    at.train()
    seconds = time.time() - began
    at.model.save_pretrained(out)  # without the tokenizer, whose file it would write otherwise
    steps = [x for x in at.state.log_history if 'loss' in x]
    tell('TRL', seconds=seconds, before=before, loss=[x['loss'] for x in steps], norm=[x['grad_norm'] for x in steps])


def measure(base, policies, records):
    """Nats of each trajectory, in F32."""
    nats = {}
    for policy in policies:
        model = load(base, 'f32')
        if policy != base:
            model = peft.PeftModel.from_pretrained(model, policy)
        nats[policy] = {}
        with torch.inference_mode():
            for r in trajectories(records):
                begin, end = r['actions']
                ids = torch.tensor([r['tokens']])
                logp = model(ids).logits[0, begin - 1:end - 1].log_softmax(-1).gather(1, ids[0, begin:end, None])
                nats[policy][r['id']] = -logp.double().sum().item()
    tell('PyTorch', nats=nats)


{'about': about, 'train': train, 'measure': measure}[sys.argv[1]](**json.loads(sys.argv[2]))
