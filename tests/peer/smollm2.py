#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# A real model against transformers and llama.cpp, on 50 prompts: the tokens of
# each prompt in the model's own template, the greedy answer, and the
# log-probability of each of its tokens.
#
#	examples/smollm2/get smollm2 && tests/peer/smollm2.py smollm2
#
# Greedy answers may part where two tokens are as likely to within rounding,
# which is then said.  Needs torch and transformers, and for llama.cpp
# llama_cpp (llama-cpp-python), and our tools in build/bin (or $BIN).  Prints
# the Test Anything Protocol; without a package or the model, that it skips.
import json
import os
import sys
import tempfile

from ours import tool

TOKENS = 48  # of an answer
LOGP = {'transformers': 1e-4, 'llama.cpp': 1e-3}  # log-probabilities differ by less
TIE = 1e-3  # logits that differ by less are as likely
PROMPTS = [
    'What is the capital of France?', 'Write a haiku about rain.', 'Explain gravity to a child of five.',
    'List three primary colours.', 'Translate "good morning" into Spanish.', 'What is 17 + 25?',
    'Who wrote "Pride and Prejudice"?', 'Give me a recipe for pancakes.', 'What does HTTP stand for?',
    'Write a Python function that reverses a string.', 'Name the planets of the solar system.', 'Why is the sky blue?',
    'Tell me a joke about cats.', 'Summarise: The quick brown fox jumps over the lazy dog.', 'What is photosynthesis?',
    'How do I boil an egg?', 'Is 91 a prime number? Answer yes or no, and say why.', 'Write a limerick about a pirate.',
    'What year did the Second World War end?', 'Give a synonym of "happy".', 'def f(x):\n    return x +', '1, 1, 2, 3, 5, 8,',
    'Qui a peint la Joconde ?', 'Was ist die Hauptstadt von Österreich?', '¿Cuántos días tiene un año?', '日本の首都はどこですか。',
    'Столица России?', 'Γειά σου! Τι κάνεις;', 'ما هي عاصمة مصر؟', 'Say hello 🙂🙃 with an emoji.', 'a', '?', '   leading blanks',
    'trailing blanks   ', 'two\n\nparagraphs', '\ttabs\tbetween\twords', 'ALL CAPITALS, PLEASE ANSWER', "I'll, don't, we're: what are these?",
    'x = 3.14159 * (y_1 + 2)**2; what is x if y_1 = 0?', '<b>Is this bold?</b>', 'C:\\Users\\me\\file.txt', 'SELECT name FROM people WHERE age > 30;',
    '{"city": "Paris", "population": 2102650}', 'Write <|im_end|> twice.', '<|im_start|>user', '100000000000000000000 + 1 = ?', 'e\u0301 and \u00e9',
    'a' * 200, 'Please ' * 40 + 'stop.', 'Write an email to my landlord: the heating is broken.']
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


def records(text):
    return [r for r in map(json.loads, text.splitlines()) if 'tokens' in r]


def compare(by, answers, logits_of):
    """logits_of(tokens): a row of logits after each token but the last."""
    worst, ties, apart = 0.0, 0, []
    for prompt, r in zip(PROMPTS, answers):
        begin, end = r['actions']
        rows = logits_of(r['tokens'])[begin - 1:]
        for row, token, logp in zip(rows, r['tokens'][begin:end], r['logp']):
            best = float(row.max())
            worst = max(worst, abs(float(row[token]) - best - float(logsumexp(row - best)) - logp))
            if int(row.argmax()) != token:
                ties += best - float(row[token]) < TIE
                if best - float(row[token]) >= TIE:
                    apart.append(prompt)
    ok(worst < LOGP[by], '%s: log-probabilities within %.1e' % (by, worst))
    ok(not apart, '%s: every token of ours is its likeliest (%d ties) %s' % (by, ties, apart or ''))


def logsumexp(x):
    import numpy
    return numpy.log(numpy.exp(numpy.asarray(x, dtype=numpy.float64)).sum())


def with_transformers(policy, prompts, answers):
    try:
        import torch
        import transformers
    except ImportError as e:
        return skip('transformers', 'no Python package %s' % e.name)
    tokenizer = transformers.AutoTokenizer.from_pretrained(policy)
    model = transformers.AutoModelForCausalLM.from_pretrained(policy, dtype=torch.float32).eval()
    chats = [[{'role': 'user', 'content': p}] for p in PROMPTS]
    texts = [tokenizer.apply_chat_template(c, add_generation_prompt=True, tokenize=False) for c in chats]
    ids = [tokenizer(t, add_special_tokens=False)['input_ids'] for t in texts]
    marks = [p for p in PROMPTS if '<|' in p]  # that library takes a turn's text for special tokens
    apart = [p for p, x, r in zip(PROMPTS, ids, prompts) if x != r['tokens'] and p not in marks]
    ok(not apart, 'transformers: the tokens of prompts: %s' % (apart or len(PROMPTS) - len(marks)))
    with torch.inference_mode():
        compare('transformers', answers, lambda tokens: model(torch.tensor([tokens])).logits[0, :-1].numpy())
        same = 0
        for r in answers:
            begin = r['actions'][0]
            out = model.generate(torch.tensor([r['tokens'][:begin]]), attention_mask=torch.ones(1, begin, dtype=torch.long),
                                 do_sample=False, max_new_tokens=TOKENS)
            same += out[0].tolist() == r['tokens']
    ok(same >= len(answers) - 1, 'transformers: generate gives the same answer to %d of %d' % (same, len(answers)))
    return texts


def with_llama(policy, prompts, answers, texts, work):
    try:
        import llama_cpp
        import numpy
    except ImportError as e:
        return skip('llama.cpp', 'no Python package %s' % e.name)
    path = os.path.join(work, 'policy.gguf')
    tool('mkpolicy', '-q', '--from', policy, '--gguf', '--dtype', 'f32', path)
    model = llama_cpp.Llama(path, n_ctx=1024, n_batch=512, logits_all=True, type_k=0, type_v=0, verbose=False)
    if texts:
        apart = [p for p, t, r in zip(PROMPTS, texts, prompts) if '<|' not in p and
                 model.tokenize(t.encode(), add_bos=False, special=True) != r['tokens']]
        ok(not apart, 'llama.cpp: the tokens of prompts: %s' % (apart or 'all'))

    def logits(tokens):
        model.reset()
        model.eval(tokens)
        return model.scores[:len(tokens) - 1].astype(numpy.float64)
    compare('llama.cpp', answers, logits)


def main(policy):
    lines = ''.join(json.dumps({'messages': [{'role': 'user', 'content': p}]}) + '\n' for p in PROMPTS)
    stream = tool('demo2traj', '-q', '--json', '--prompts', '-m', policy, stdin=lines)
    prompts = records(stream)
    answers = records(tool('rollout', '-q', '--json', '--greedy', '-l', str(TOKENS), policy, stdin=stream))
    ok(len(prompts) == len(answers) == len(PROMPTS), 'all prompts are answered')
    with tempfile.TemporaryDirectory() as work:
        texts = with_transformers(policy, prompts, answers)
        with_llama(policy, prompts, answers, texts, work)
    print('1..%d' % count)
    return bad > 0


if len(sys.argv) != 2:
    print('1..0 # SKIP no model is named: smollm2.py POLICY')
    sys.exit(0)
sys.exit(main(sys.argv[1]))
