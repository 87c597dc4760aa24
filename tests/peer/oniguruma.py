#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# How the tokenizers library cuts texts by expressions, which it gives to
# Oniguruma.
#
#	tests/peer/oniguruma.py              compare tests/peer/oniguruma.jsonl
#	tests/peer/oniguruma.py --vectors    and write the file anew
#
# A line has an expression, a text, and the pieces of the text: all matches and
# the gaps between them.  tests/unit/oniguruma.c cuts the same.  The characters
# are in Unicode 14.  Needs tokenizers; prints the Test Anything Protocol.
import json
import os
import sys

try:
    from tokenizers import Regex, pre_tokenizers
except ImportError as e:
    print('1..0 # SKIP no Python package %s' % e.name)
    sys.exit(0)

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'oniguruma.jsonl')

# digits of other scripts, marks, joiners, underscores, fractions, numbers and
# letters in circles, kinds of blanks, symbols
TEXT = ('a1_b\u0663\u096a cafe\u0301 \u0915\u093f\u200d\u0937 \u203fx \u2167 \u00b2 \u00bd \u2460 \u24b6 '
        '\u00ad\u200b DEADbeef\tq\u00a0r \u00aa\u00ba \u4e2d\u3001\u0345 \U0001d7d8 \u20dd \u203f\u2040 '
        '\u180e \u2028\x0b\x0c\x85 $+<=>^`|~ \u20ac\u00a2 \u0391\u03b2 \u01c5 \U0001f170 \u00a9')
CLASSES = [r'\w', r'\W', r'\d', r'\D', r'\s', r'\S', r'\h', r'\H', r'[\w]', r'[^\w]', r'[\W]', r'[^\W]', r'[^\W\d_]', r'[a\W]',
           r'[\D]', r'[\S]', r'[\h_]', r'[\H]', r'[^\h]', r'\v', r'[\v]', r'\O', r'\p{Han}', r'\p{^Han}', r'[^\p{Greek}]',
           r'\P{Latin}', r'[\p{L}\p{M}]', r'[[:^alpha:]]', r'[[:^space:]]', r'[[:^xdigit:]]', r'[_[:digit:]]', r'[a[\w]]'] + [
    '[[:%s:]]' % name for name in 'alpha alnum lower upper digit space blank cntrl punct graph print xdigit word'.split()]
OTHERS = [
    (r'\b', TEXT), (r'\B', TEXT), (r'\b\w+\b', TEXT), (r'\B\w', TEXT), (r'[\b]', 'a\bb'),
    (r'\d{1,2}+', '12345 1'), (r'\p{N}{1,3}+', 'a12345'), (r'(?:ab){2}+', 'ababababab'), (r'\u00e9{2}+', '\u00e9' * 5),
    (r'[\h]{2}+x', 'abcdx'), (r'(a(b)){2}+', 'abababab'), (r'a{2}?', 'aaa'), (r'a{1,2}?', 'aaa'), (r'a{2,}+', 'aaaaa'),
    (r'\d{,2}', '12345'), ('a{,}', 'aa{,}'), ('a{x}', 'aa{x}'), (r'(?m:a.b)', 'a\nb'), (r'(?im)A.b', 'a\nb'), (r'a.b', 'a\nb'),
    (r'(?-m:a.b)', 'a\nba.b'), (r'a$', 'a\nb'), (r'^a', 'b\na'), (r'\u0041+', 'AAB'), (r'[\u0041-\u0043]+', 'ABCD'),
    (r"(?i:'s|'t)", "'\u017f 'S"), (r'[^\r\n\p{L}\p{N}]?+\p{L}++', ' ab c'), (r'[]a]+', 'a]b'), (r'[^]a]+', 'a]b'),
    (r'\R', 'a\r\nb\n'), (r'(?<=\w)\W', 'a\u00b2-b'), (r'(?<n>a)\k<n>', 'aab'),
]


def cut(expression, text):
    pieces = pre_tokenizers.Split(Regex(expression), 'isolated').pre_tokenize_str(text)
    return [piece for piece, _ in pieces]


cases = [(c + q, TEXT) for c in CLASSES for q in ('', '+')] + OTHERS
lines = [json.dumps([e, t, cut(e, t)], ensure_ascii=True) for e, t in cases]
if '--vectors' in sys.argv[1:]:
    with open(FILE, 'w') as f:
        f.write('\n'.join(lines) + '\n')
stored = open(FILE).read().splitlines()
print('1..1')
same = stored == lines
print('%s 1 - %d texts are cut as they were' % ('ok' if same else 'not ok', len(lines)))
sys.exit(not same)
