# SPDX-License-Identifier: MIT
"""peer.py THREADS llama|gpt2 training|sampling: the work of tools.sh by PyTorch, where that is installed: a step of training on whole and on padded
batches, or sampling with a cache of keys and values; of the same policies with random weights, in F32, and steps in BF16
where the processor has instructions for it."""
import math
import resource
import sys
import time

import torch
import torch.nn.functional as F

torch.set_num_threads(int(sys.argv[1]))
torch.manual_seed(1)


def weights(*shape):
    return (torch.randn(*shape) * 0.02).requires_grad_()


class Policy:
    """[batch, time] of tokens to the hidden state, with the keys and values so far; `swiglu` is the llama, else the gpt2."""

    def __init__(self, swiglu, layers, D, H, wide, V, context):
        self.H, self.swiglu, self.V = H, swiglu, V
        self.embed, self.head, self.place = weights(V, D), weights(V, D), weights(context, D)
        self.layers = [[weights(3 * D, D), weights(D, D), weights((1 + swiglu) * wide, D), weights(D, wide)]
                       for _ in range(layers)]
        self.all = [self.embed, self.place] + ([self.head] if swiglu else []) + sum(self.layers, [])
        self.head = self.head if swiglu else self.embed
        angle = torch.arange(context)[:, None] * 10000 ** (-torch.arange(0, D // H, 2) / (D // H))
        self.cos, self.sin = angle.cos(), angle.sin()

    def rotate(self, x, at):
        a, b = x.chunk(2, -1)
        cos, sin = self.cos[at:at + x.shape[2]], self.sin[at:at + x.shape[2]]
        return torch.cat((a * cos - b * sin, b * cos + a * sin), -1)

    def norm(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) if self.swiglu else F.layer_norm(x, x.shape[-1:])

    def attend(self, q, k, v, at):
        B, H, T, E = q.shape
        score = q @ k.transpose(2, 3) / math.sqrt(E)
        if T > 1:
            score = score + torch.full((T, T), -math.inf).triu(1)
        return (score.softmax(-1) @ v).transpose(1, 2).reshape(B, T, H * E)

    def hidden(self, tokens, cache=None, at=0):
        B, T = tokens.shape
        x = self.embed[tokens] + (0 if self.swiglu else self.place[at:at + T])
        for i, (qkv, out, up, down) in enumerate(self.layers):
            q, k, v = (y.view(B, T, self.H, -1).transpose(1, 2) for y in F.linear(self.norm(x), qkv).chunk(3, -1))
            if self.swiglu:
                q, k = self.rotate(q, at), self.rotate(k, at)
            if cache is not None:
                cache[i] = k, v = [torch.cat(p, 2) for p in zip(cache[i], (k, v))] if cache[i] else (k, v)
            x = x + F.linear(self.attend(q, k, v, at), out)
            y = F.linear(self.norm(x), up)
            if self.swiglu:
                gate, y = y.chunk(2, -1)
            x = x + F.linear(F.silu(gate) * y if self.swiglu else F.gelu(y, approximate='tanh'), down)
        return self.norm(x)


def best(work, least=3.0):
    """Seconds of the fastest of several, of which the first warms up, or of that one where it takes long."""
    took, began = [], time.time()
    while time.time() - began < least or len(took) == 1 and took[0] < least:
        t = time.time()
        work()
        took.append(time.time() - t)
    return min(took)


def report(name, what, tokens, seconds):
    print('%s\tPyTorch %s, %s\t%.0f tokens/s' % (name, torch.__version__, what, tokens / seconds), flush=True)


def memory(name, what):
    print('%s\tPyTorch, %s\t%d MiB at most' % (name, what, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024))


def training(name, N, T, **shape):
    p = Policy(**shape, context=T)
    optimizer = torch.optim.AdamW(p.all, lr=1e-9)

    def step(tokens, use, rounded=False):
        optimizer.zero_grad()
        with torch.autocast('cpu', torch.bfloat16, enabled=rounded):
            logits = F.linear(p.hidden(tokens[:, :-1])[use[:, 1:]], p.head)
            loss = F.cross_entropy(logits.float(), tokens[:, 1:][use[:, 1:]])
        loss.backward()
        optimizer.step()

    tokens = torch.randint(3, p.V, (N, T))
    every = torch.ones(N, T, dtype=torch.bool)
    report(name, 'step', N * T, best(lambda: step(tokens, every)))
    memory(name, 'step')
    long = torch.randint(8, T + 1, (N,))
    place = torch.arange(int(long.max()))
    use = (place >= (long // 2)[:, None]) & (place < long[:, None])
    report(name, 'step, real lengths, padded', int(long.sum()), best(lambda: step(tokens[:, :len(place)], use)))

    if 'avx512_bf16' in open('/proc/cpuinfo').read():
        report(name, 'step, bf16', N * T, best(lambda: step(tokens, every, True)))
        memory(name, 'step, bf16 too')


def sampling(name, N, T, **shape):
    p = Policy(**shape, context=T)
    tokens = torch.randint(3, p.V, (N, T))

    @torch.no_grad()
    def sample(n, most=64):
        cache, x = [None] * len(p.layers), tokens[:1, :16].expand(n, 16)
        for i in range(most):
            z = F.linear(p.hidden(x, cache, at=0 if i == 0 else 15 + i)[:, -1], p.head)
            x = z.softmax(-1).multinomial(1)

    for n in (1, 16, 64):
        report(name, 'sampling of %d' % n, 64 * n, best(lambda: sample(n)))
        memory(name, 'sampling of %d' % n)


measure = training if sys.argv[3] == 'training' else sampling
if sys.argv[2] == 'llama':
    measure('llama 6x288', 16, 256, swiglu=True, layers=6, D=288, H=6, wide=768, V=32000)
else:
    measure('gpt2 12x768', 4, 512, swiglu=False, layers=12, D=768, H=12, wide=3072, V=50257)
