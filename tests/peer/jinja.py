#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
#
# What Jinja2 makes of small templates, with the options that the transformers
# library sets for chat templates.
#
#	tests/peer/jinja.py        compare tests/peer/jinja.jsonl with it
#	tests/peer/jinja.py --vectors    and write the file anew
#
# A line has a template, the name of a context, and the text, or the error: its
# words if something is undefined, or else nothing.  tests/unit/jinja.c renders
# all of them.  The first
# lines are the contexts.  Needs jinja2; prints the Test Anything Protocol.
import datetime
import json
import os
import sys

try:
    import jinja2
    import jinja2.ext
    import jinja2.nodes
    import jinja2.sandbox
except ImportError as e:
    print('1..0 # SKIP no Python package %s' % e.name)
    sys.exit(0)

HERE = os.path.dirname(os.path.abspath(__file__))
FILE = os.path.join(HERE, 'jinja.jsonl')
NOW = 1767268800  # 2026-01-01 12:00 UTC

CONTEXTS = {
    'none': {},
    'chat': {
        'messages': [
            {'role': 'system', 'content': ' Be brief. \n'},
            {'role': 'user', 'content': 'Grüße, 世界 <b>&amp;</b> {{ x }}'},
            {'role': 'assistant', 'content': '<think>\nHm.\n</think>\n\nHi "you".', 'tool_calls': [
                {'id': 'c1', 'type': 'function', 'function': {
                    'name': 'weather', 'arguments': {'city': 'Köln', 'days': 3, 'deep': {'a': [1, 2.5, None, True]}}}}]},
            {'role': 'tool', 'name': 'weather', 'content': '{"sky": "grey"}'},
            {'role': 'user', 'content': [{'type': 'text', 'text': ' a '}, {'type': 'image'}]},
        ],
        'tools': [{'type': 'function', 'function': {'name': 'weather', 'description': "It's \"now\" & later",
                                                    'parameters': {'type': 'object', 'properties': {}, 'required': []}}}],
        'bos_token': '<s>', 'eos_token': '</s>', 'add_generation_prompt': True, 'documents': None,
    },
    'mixed': {
        'n': None, 't': True, 'f': False, 'i': 7, 'neg': -7, 'x': 2.5, 'big': 1e22, 'small': 1e-7, 'e': '', 's': 'abc',
        'u': 'äß世👩', 'l': [3, 1, 2], 'll': [[1, 'a'], [2, 'b']], 'd': {'b': 1, 'a': 2, 'items': 5}, 'em': [], 'ed': {},
        'words': ['pear', 'Apple', 'fig', 'apple'], 'blank': ' \t x y\n', 'nl': 'a\nb\r\nc\n\nd',
        'quote': 'it\'s "so"', 'mix': [1, 'a', None, True, 2.0, {'k': [1]}], 'ds': [{'a': 1, 'b': 'x'}, {'a': 2, 'b': 'y'}, {'b': 'z'}],
        'ctl': 'a\x00b\x07\x1b\x7f\u2028\u00a0é', 'lines': 'x\n  y\n\nz', 'nums': [1, 2, 3, 4, 5, 6], 'deep': {'a': {'b': [10, 20]}},
    },
}


class Generation(jinja2.ext.Extension):
    tags = {'generation'}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(['name:endgeneration'], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method('_mark'), [], [], body).set_lineno(line)

    def _mark(self, caller):
        return '\ue000' + caller() + '\ue001'


def environment():
    env = jinja2.sandbox.ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True,
                                                       extensions=[Generation, jinja2.ext.loopcontrols])

    def raise_exception(message):
        raise jinja2.exceptions.TemplateError(message)

    def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)
    env.filters['tojson'] = tojson
    env.globals['raise_exception'] = raise_exception
    now = datetime.datetime.fromtimestamp(NOW, datetime.timezone.utc).replace(tzinfo=None)
    env.globals['strftime_now'] = lambda form: now.strftime(form)
    return env


def expressions():
    """Expressions, printed with the context `mixed`."""
    return r'''
        n | t | f | i | neg | x | big | small | e | s | u | l | ll | d | em | ed | words | quote | mix | ctl | nl
        1 | 1.0 | 1e3 | 1.5e-3 | 1_000 | 0 | 0.1 + 0.2 | 1e15 | 1e16 | 123456789012345680.0 | 1e-4 | 1e-5 | 100.0 | 0.5 | 1e100
        "a" | 'a' | 'it\'s' | "tab\tnew\nline" | 'a\\b' | '\x41\u00e9\U0001F469' | '\101' | 'a' 'b' "c" | '\z' | "\q\d" | ''
        true | false | none | True | False | None | [] | () | {} | [1, 2] | (1,) | (1, 2) | {'a': 1} | {'a': [1, {'b': ()}]} | [1, 2,] | {1: 'x', 2.5: 'y', none: 3, true: 4}
        1 + 2 | 1 - 2 | 2 * 3 | 7 / 2 | 7 // 2 | -7 // 2 | 7 % 3 | -7 % 3 | 7 % -3 | 2 ** 10 | 2 ** -1 | 2.0 ** 3 | 7.5 // 2 | -7.5 % 2 | 6 / 3 | 1 + 2 * 3 | (1 + 2) * 3 | 2 ** 3 ** 2 | -2 ** 2 | - 3 + 4 | +3 | -x | --3 | 2 * -3 | true + true | 1 - true
        'a' + 'b' | 'ab' * 3 | 3 * 'ab' | 'a' * -1 | [1] + [2] | [1, 2] * 2 | (1,) + (2,) | 'a' ~ 1 ~ none ~ true ~ 1.5 ~ [1] | 1 ~ 2 | n ~ '' | 'a' ~ nope ~ 'b' | 1 + 2 ~ 3 | 'x' ~ 1 + 2
        1 == 1 | 1 == 1.0 | 1 == true | 'a' == 'a' | 'a' == 1 | none == none | [1, 2] == [1, 2] | [1] == (1,) | {'a': 1} == {'a': 1.0} | {'a': 1, 'b': 2} == {'b': 2, 'a': 1} | nope == none | nope == nope2 | 1 != 2 | 'a' != 'b' | n == none | n != none
        1 < 2 | 2 <= 2 | 3 > 2 | 3 >= 4 | 'a' < 'b' | 'Z' < 'a' | 'a' < 'ab' | [1, 2] < [1, 3] | (1,) < (1, 0) | 1 < 2 < 3 | 1 < 3 < 2 | 1 < 2 > 1 == 1 | 1 < 2.5 | true < 2 | 'ä' > 'z'
        1 in [1, 2] | 3 in [1, 2] | 1.0 in [1] | 'a' in 'abc' | 'bc' in 'abc' | '' in 'abc' | 'x' not in 'abc' | 'a' in d | 'z' in d | 'z' not in d | not 'z' in d | 1 in nope | none in [none] | 'a' in ['a'] and true | 2 in (1, 2) | 'b' in words | 1 in range(3)
        true and false | true or false | not true | not not 1 | 0 or 'x' | 1 and 'x' | '' or 'y' | 0 and nope.a | 1 or nope.a | not e | not em | not ed | not nope | not 0.0 | not '0' | n or f or 'z' | true and not false | not 1 == 2
        1 if true else 2 | 1 if false else 2 | 1 if false | (1 if false) is defined | 'a' if t else 'b' if f else 'c' | 'a' if f else 'b' if f else 'c' | ('x' if t) ~ 'y' | 1 if e else 2 if l else 3
        d.a | d['a'] | d.b | d.nope | d['nope'] | d.items | d['items'] | d.nope is defined | deep.a.b[1] | deep['a']['b'][0] | deep.a['b'].0 | deep.a.b.1 | deep.nope.x | nope.x | nope['x'] | l[0] | l[-1] | l[5] | l[-4] | l.0 | s[0] | s[-1] | s[9] | u[0] | u[2] | u[-1] | n.x | n['x'] | i.x | x['a'] | l['a'] | l.foo | (1, 2)[1] | 'abc'[1] | [1, 2][0] | {'a': 5}.a | {'a': 5}['a'] | words[0][0] | d[1] | s.a
        l[:] | l[1:] | l[:1] | l[:-1] | l[-2:] | l[::2] | l[::-1] | l[1:2] | l[5:] | l[-9:2] | l[2:0:-1] | nums[1:5:2] | nums[-1:-4:-1] | nums[::-2] | s[1:] | s[:2] | s[::-1] | s[-2:] | s[1:2] | u[1:3] | u[:-1] | u[::-1] | u[::2] | (1, 2, 3)[1:] | n[1:] | d[1:] | em[1:] | ''[1:] | s[none:2] | s[5:1] | nums[4:1:-1] | nums[10::-1] | nums[true:] | u[3:0:-2] | list[1:]
    '''


FILTERED = r'''
    s | upper ;; 'ABC' | lower ;; 'aBC dEF' | capitalize ;; 'hello wORLD-foo (bar) x' | title ;; 'äÖü' | upper ;; 'ÄÖÜ' | lower ;; 5 | upper ;; none | upper
    blank | trim ;; 'xxabxx' | trim('x') ;; 'xyaxy' | trim('xy') ;; '\u00a0a\u2003' | trim ;; 5 | trim ;; 'äaä' | trim('ä') ;; none | trim ;; '' | trim
    l | length ;; u | length ;; d | length ;; '' | length ;; 5 | length ;; none | length ;; l | count ;; (1, 2) | length ;; range(7) | length
    l | first ;; l | last ;; em | first ;; em | last ;; s | first ;; s | last ;; d | first ;; u | last ;; (em | first) is defined ;; range(3) | last
    l | join ;; l | join(', ') ;; words | join('-') ;; mix | join('|') ;; s | join('.') ;; ds | join(',', attribute='b') ;; d | join(',') ;; em | join(',') ;; 5 | join ;; [1, [2]] | join(';') ;; ds | join(', ', 'b') ;; u | join('-')
    l | sort ;; l | sort(reverse=true) ;; words | sort ;; words | sort(case_sensitive=true) ;; ds | sort(attribute='b', reverse=true) | map(attribute='b') | join ;; ['b', 1] | sort ;; words | sort(true) ;; 'hello' | sort ;; [[2, 1], [1, 2]] | sort ;; d | sort
    l | list ;; s | list ;; d | list ;; u | list ;; em | list ;; 5 | list ;; (1, 2) | list ;; range(3) | list ;; d.items() | list ;; d.keys() | list ;; d.values() | list ;; none | list
    d | dictsort ;; d | dictsort(by='value') ;; d | dictsort(reverse=true) ;; {'B': 1, 'a': 2} | dictsort ;; {'B': 1, 'a': 2} | dictsort(true) ;; ed | dictsort ;; {'x': 2, 'y': 1} | dictsort(false, 'value')
    l | min ;; l | max ;; words | min ;; words | max ;; em | min ;; em | max is defined ;; ds[:2] | max(attribute='a') ;; [1, 2.5, true] | max ;; 'hello' | max ;; ['b', 'B'] | min ;; ['b', 'B'] | min(case_sensitive=true)
    l | sum ;; em | sum ;; ds[:2] | sum(attribute='a') ;; l | sum(start=10) ;; [1.5, 2] | sum ;; ['a'] | sum ;; [[1], [2]] | sum(start=[])
    l | reverse | list ;; s | reverse ;; u | reverse ;; (1, 2) | reverse | list ;; em | reverse | list ;; 5 | reverse
    words | unique | list ;; words | unique(true) | list ;; [1, 1.0, true, 2] | unique | list ;; ds | unique(attribute='b') | map(attribute='a') | list ;; em | unique | list
    words | map('upper') | list ;; words | map('length') | list ;; ds | map(attribute='a') | list ;; ds | map(attribute='a', default=0) | list ;; ll | map('first') | list ;; ll | map(attribute=0) | list ;; ll | map(attribute='1') | list ;; words | map('replace', 'p', 'b') | join(',') ;; ds | map('tojson') | join(' ') ;; nope | map('upper') | list ;; s | map('upper') | join ;; words | map('trim') | map('lower') | sort | join(' ')
    nums | select('odd') | list ;; nums | select('divisibleby', 3) | list ;; nums | reject('even') | list ;; mix | select | list ;; mix | reject | list ;; mix | select('string') | list ;; nums | select('gt', 3) | list ;; nums | select('>', 4) | sum ;; words | select('equalto', 'fig') | list ;; words | reject('in', ['fig']) | join(',') ;; nums | select('none') | first is defined ;; (nums | select('odd') | list) | length ;; em | select | list | length
    ds | selectattr('a') | list | length ;; ds | selectattr('a', 'equalto', 2) | map(attribute='b') | join ;; ds | rejectattr('a') | list ;; ds | selectattr('a', 'defined') | list | length ;; ds | rejectattr('b', 'in', ['x', 'y']) | map(attribute='b') | list ;; ds | selectattr('b', '==', 'y') | first ;; ds | selectattr('nope', 'undefined') | list | length ;; [{'f': {'g': 3}}] | selectattr('f.g', 'eq', 3) | list ;; ds | selectattr('a', 'gt', 1) | list
    nope | default('x') ;; n | default('x') ;; e | default('x') ;; e | default('x', true) ;; n | default('x', true) ;; nope | d('y') ;; nope | default ;; d.nope | default(5) ;; f | default('z', boolean=true) ;; s | default('q') ;; nope | default(default_value='w')
    'a-b-c' | replace('-', '+') ;; 'aaa' | replace('a', 'b', 2) ;; 'abc' | replace('', '.') ;; 'abc' | replace('x', 'y') ;; 5 | replace('5', '6') ;; u | replace('ß', 'ss') ;; 'aaa' | replace('aa', 'b') ;; 'a\nb' | replace('\n', ' ') ;; 'abc' | replace('b', '') ;; 'aXbX' | replace('X', 'XX')
    i | string ;; x | string ;; n | string ;; l | string ;; d | string ;; t | string ;; s | string ;; nope | string
    '42' | int ;; '42.9' | int ;; 'x' | int ;; 'x' | int(7) ;; 3.9 | int ;; -3.9 | int ;; none | int ;; true | int ;; ' 5 ' | int ;; '' | int ;; l | int ;; '-8' | int ;; '+8' | int ;; '1e3' | int
    '1.5' | float ;; 'x' | float ;; 'x' | float(2.5) ;; 3 | float ;; none | float ;; true | float ;; '1e3' | float ;; ' 2 ' | float ;; '-0.5' | float
    neg | abs ;; x | abs ;; -2.5 | abs ;; 's' | abs ;; true | abs
    2.4 | round ;; 2.5 | round ;; 3.5 | round ;; -2.5 | round ;; 2.45 | round(method='ceil') ;; 2.99 | round(method='floor') ;; 2.456 | round(2, 'floor') ;; 2.451 | round(2, 'ceil') ;; 7 | round ;; 7 | round(method='ceil') ;; 2.5 | round | int ;; -0.5 | round
    lines | indent ;; lines | indent(2) ;; lines | indent(2, true) ;; lines | indent(2, first=true, blank=true) ;; lines | indent('> ') ;; '' | indent ;; 'a\n' | indent ;; lines | indent(width=0) ;; 'a\n\n' | indent(2, blank=true) ;; nl | indent(1)
    'a b  c\n d' | wordcount ;; '' | wordcount ;; '%s-%s' | format('a', 1) ;; '%d%%' | format(5) ;; '%.2f' | format(2.5) ;; '%s' % 'a' ;; '%s %r' % ('a', 'b') ;; '%d' % 3.7 ;; '%s' % none ;; '%s' ;; 'a%' % () ;; '%s %s' % ('a',) ;; '%s' % ('a', 'b') ;; '%.1e' % 12345.678 ;; '%s' % [1, 'x'] ;; '%r' % 'it\'s' ;; '%g' % 0.0001
    'a' | safe ;; '<b>' | safe ;; s | safe | length ;; ('<' | safe) is string ;; ('<' | safe) + '<&\'"' ;; 'a<' + ('<' | safe) ;; ('<' | safe) + ('>' | safe) ;; ('<' | safe) ~ '<' ;; (('<' | safe) + '<') + '>' ;; ['<' | safe, '>'] | join('&') ;; (' <' | safe | trim) + '<' ;; ('<b' | safe)[:1] + '<' ;; ('<' | safe | upper) + '<' ;; ('<' | safe | replace('<', '>')) + '<' ;; ('<' | safe | string) + '<'
    l | tojson ;; d | tojson ;; s | tojson ;; u | tojson ;; n | tojson ;; t | tojson ;; f | tojson ;; x | tojson ;; i | tojson ;; big | tojson ;; small | tojson ;; mix | tojson ;; ctl | tojson ;; quote | tojson ;; em | tojson ;; ed | tojson ;; nl | tojson ;; '</script>&\'' | tojson
    d | tojson(indent=2) ;; ll | tojson(indent=4) ;; mix | tojson(indent=1) ;; em | tojson(indent=2) ;; ed | tojson(indent=2) ;; {'a': [], 'b': {}} | tojson(indent=2) ;; d | tojson(sort_keys=true) ;; u | tojson(ensure_ascii=true) ;; u | tojson(true) ;; ll | tojson(separators=(',', ':')) ;; d | tojson(indent=2, separators=(',', ' : ')) ;; d | tojson(indent=0) ;; l | tojson(indent='\t') ;; (1, 2) | tojson ;; {1: 2, none: 3, true: 4} | tojson ;; range(3) | tojson ;; nope | tojson ;; [nope] | tojson ;; d | tojson(false, 2) ;; {1.5: 'a'} | tojson ;; mix | tojson(indent=none)
    d.items() | list ;; d | items | list ;; ed | items | list ;; nope | items | list ;; l | items | list ;; deep | items | first ;; d.get('a') ;; d.get('zz') ;; d.get('zz', 5) ;; d.get('items') ;; d.keys() | join(',') ;; d.values() | sum ;; d.copy() ;; d.keys() | length ;; 'a' in d.keys() ;; 5 in d.values() ;; d.items() | first ;; d.pop('a') ;; d.update({'a': 3}) ;; l.append(4) ;; l.index(1) ;; l.index(9) ;; l.count(3) ;; l.copy() ;; l.pop() ;; l.sort() ;; words.index('fig')
    s.upper() ;; s.title() ;; 'they\'re bill\'s' .title() ;; s.capitalize() ;; 'ABC'.lower() ;; blank.strip() ;; blank.lstrip() ;; blank.rstrip() ;; 'xxaxx'.strip('x') ;; 'xxaxx'.lstrip('x') ;; 'xxaxx'.rstrip('x') ;; 'abc'.strip('ac') ;; '\n\na\n'.strip('\n') ;; 'äöä'.strip('ä') ;; s.strip(none)
    s.startswith('a') ;; s.startswith('b') ;; s.startswith(('x', 'a')) ;; s.endswith('c') ;; s.endswith(('x', 'bc')) ;; s.startswith('') ;; s.startswith(1) ;; s.startswith('abcd') ;; s.removeprefix('a') ;; s.removesuffix('c') ;; s.removeprefix('x') ;; ''.startswith('')
    'a,b,c'.split(',') ;; 'a b  c'.split() ;; 'a b  c'.split(' ') ;; 'a,b,c'.split(',', 1) ;; 'a,b,c'.rsplit(',', 1) ;; ''.split(',') ;; ''.split() ;; 'abc'.split('x') ;; 'a<x>b<x>c'.split('<x>')[-1] ;; 'a,b'.split(',')[5] ;; 'a,b,c'.split(sep=',', maxsplit=1) ;; ' a b '.split(none) ;; ' a b c '.split(none, 1) ;; 'abc'.split('') ;; 'a,b,c'.rsplit(',') ;; u.split('ß') ;; nl.splitlines() ;; nl.splitlines(true) ;; ''.splitlines() ;; 'a\n'.splitlines() ;; 'a=b=c'.partition('=') ;; 'a=b=c'.rpartition('=') ;; 'abc'.partition('x') ;; 'abc'.rpartition('x') ;; ' '.split() ;; 'aXXbXXc'.rsplit('XX', 1)
    'abcabc'.find('c') ;; 'abcabc'.rfind('c') ;; 'abc'.find('x') ;; 'abc'.index('b') ;; 'abc'.index('x') ;; u.find('世') ;; 'abcabc'.count('bc') ;; 'abc'.count('') ;; 'aaa'.count('aa') ;; u.rfind('世') ;; ''.find('') ;; 'abc'.rfind('')
    'a-b'.replace('-', '+') ;; 'aaa'.replace('a', 'b', 1) ;; 'abc'.replace('', '-') ;; ', '.join(['a', 'b']) ;; ''.join(words) ;; '-'.join('abc') ;; ','.join([1]) ;; ','.join(d)
    '12'.isdigit() ;; 'a1'.isdigit() ;; ''.isdigit() ;; 'ab'.isalpha() ;; 'ä'.isalpha() ;; 'a1'.isalnum() ;; 'a b'.isalnum() ;; '  '.isspace() ;; ''.isspace() ;; 'AB'.isupper() ;; 'Ab'.isupper() ;; 'ab'.islower() ;; 'a1'.islower() ;; '1'.islower() ;; 'Ä'.isupper() ;; '世'.isalpha()
    i is odd ;; i is even ;; 6 is divisibleby 3 ;; 6 is divisibleby(4) ;; s is string ;; i is string ;; i is number ;; x is number ;; t is number ;; i is integer ;; t is integer ;; x is float ;; i is float ;; t is boolean ;; i is boolean ;; n is none ;; s is none ;; d is mapping ;; l is mapping ;; l is iterable ;; s is iterable ;; d is iterable ;; i is iterable ;; l is sequence ;; s is sequence ;; d is sequence ;; i is sequence ;; t is true ;; f is false ;; 1 is true ;; s is defined ;; s is undefined ;; s is lower ;; s is upper ;; 'ABC' is upper
    1 is eq 1 ;; 1 is equalto 2 ;; 1 is ne 2 ;; 1 is lt 2 ;; 2 is le 2 ;; 3 is gt 2 ;; 3 is ge 4 ;; 1 is lessthan 2 ;; 1 is greaterthan 2 ;; 'a' is in 'abc' ;; 1 is in [2] ;; 1 is not in [2] ;; s is not none ;; s is not string ;; not s is string ;; s is string and i is number ;; s is defined or nope ;; 1 is eq(1) ;; range is callable ;; s is callable ;; t is sameas true ;; t is sameas false ;; n is sameas none ;; i is sameas true ;; s is not sameas false ;; i is odd ~ 'x' ;; (i is odd) ~ 'x' ;; 3 is odd and 4 is even ;; d.a is defined ;; d.zz is defined ;; d['zz'] is not defined ;; l[9] is defined ;; s is string if t else 1
    range(5) | list ;; range(1, 4) | list ;; range(5, 0, -2) | list ;; range(0) | list ;; range(3)[1] ;; 2 in range(3) ;; range(100001) ;; range(1, 2, 0) ;; dict(a=1, b='x') ;; dict({'a': 1}, b=2) ;; dict() ;; namespace(a=1).a ;; namespace(a=1).b ;; strftime_now('%d %b %Y') ;; strftime_now('%Y-%m-%d %H:%M') ;; raise_exception('no') ;; range('a') ;; strftime_now('') ;; dict(a=1).a
    s is nosuch ;; s | nosuch ;; (1, 2) ;; 1, 2 ;; () | length ;; [[1, 2], [3]] | map('sum') | list ;; 'x' in nope ;; words | first | upper ;; words | map('first') | join ;; -1 | abs ;; -x | abs ;; 1 + 1 | string ;; (1 + 1) | string ~ 'a' ;; 2 * l | length ;; [1, 2] | sum + 1 ;; 'a' ~ 'b' | upper ;; ('a' ~ 'b') | upper ;; 'a' + 'b' | upper ;; not l | length ;; l | length == 3 ;; l | length > 2 and s ;; s | length - 1 ;; (s | length) - 1 ;; 5 - s | length ;; loop ;; loop is defined
    nope ;; nope is defined ;; nope is undefined ;; nope is none ;; not nope ;; nope | default('x') ;; nope ~ 'a' ;; nope + 'a' ;; 'a' + nope ;; nope + 1 ;; -nope ;; nope < 1 ;; nope() ;; nope.a.b ;; nope[0] ;; nope[1:] ;; nope | length ;; nope | list ;; nope | join ;; nope | upper ;; nope | trim ;; nope | string ;; nope | int ;; nope in [1] ;; nope * 2 ;; [nope] ;; nope | first ;; nope | tojson ;; nope is string ;; nope is iterable ;; nope is mapping ;; nope is sequence ;; nope is callable ;; nope is number ;; nope is boolean ;; nope is eq none
'''

# Corners of Python and Jinja in which a copy of them may differ.
CORNERS = r'''
    [{}] | sort(attribute='a') ;; [{}, {}] | sort(attribute='a') ;; [none, none] | sort ;; [[1], [1]] | unique | list ;; [nope] | sort ;; [none, 1] | sort
    ds | map(attribute='a.b', default='x') | list ;; ds | map(attribute='a', default=none) | list ;; [{'a': {'b': 1}}, {}] | map(attribute='a.b', default='x') | list ;; [{}] | map(attribute='a.b') | list
    ['a', 'b'] | sum(start='') ;; [true, true] | sum ;; 5 | map('upper') | list
    1.0 // 0.1 ;; 1 // 0.1 ;; 7.5 // -2 ;; -7.5 // 2 ;; -4.0 % 2.0 ;; 4.0 % -2.0 ;; 0.0 % 5 ;; -0.0 % 5 ;; 0.3 % 0.1 ;; -1e-20 % 3 ;; 5.5 // 0.1 ;; -0.0 // 3 ;; 0 // -3.0 ;; 6 // 0.2 ;; 1 % 0.1
    9007199254740993 == 9007199254740992.0 ;; 9007199254740993 > 9007199254740992.0 ;; 9223372036854775807 == 9223372036854775807.0 ;; 9007199254740993 in [9007199254740992.0] ;; 9223372036854775807 < 9223372036854775808.0 ;; 9223372036854775807 * 1.0 ;; 2 ** 62 ;; (-2) ** 63 ;; 2 ** 0.5 ;; 0 ** 0 ;; 0.0 ** 0 ;; 0 ** -1 ;; 10 ** -3 ;; 3 ** -2 ;; -1 ** 3 ;; 2 ** -1074 ;; true ** 2 ;; 2 ** true ;; true / 2 ;; true // 2 ;; true % 2 ;; -true ;; +false ;; - - 3 ;; 5 - -3
    '-9223372036854775808' | int ;; '1_000' | int ;; '1_000.5' | float ;; '+-5' | int ;; '+-5' | float ;; '-+5' | int ;; '--5' | int ;; '+ 5' | int ;; '0x1f' | int ;; '0x1f' | float ;; '0b1' | int ;; '1e999' | int ;; 'nan' | int ;; '5.' | int ;; '.5' | float ;; '5.' | float ;; '.' | float ;; '1e' | float ;; '1e+2' | int ;; '1,000' | int ;; '12abc' | int ;; '\t7\n' | int ;; '\x1c7' | int ;; '007' | int ;; '-0' | int ;; '-0' | float ;; '1 2' | int ;; '0x1p3' | float ;; '1f' | float ;; '1d' | float ;; 'infinity' | int ;; [1] | int ;; [1] | float ;; d | int(5) ;; none | int(default=7) ;; '5' | int(default='x') ;; 'q' | int(none) ;; 'q' | float('z') ;; '1__0' | int ;; '_1' | int ;; '1_' | int ;; '0_0' | int
    2.5 | round(1) ;; 2.45 | round(1) ;; 2.675 | round(2) ;; 1.005 | round(2) ;; 7 | round(2) ;; 0.5 | round(3) ;; 1234.5678 | round(2) ;; 1e22 | round(2) ;; -2.675 | round(2) ;; 2.4 | round(0, 'ceil') ;; -2.5 | round(0, 'floor') ;; 2.5 | round(method='common') ;; 7 | round(2, 'ceil') ;; true | round ;; 1e300 | round(10, 'ceil')
    'a-b' | wordcount ;; 'a_b c' | wordcount ;; "it's" | wordcount ;; 'a, b' | wordcount ;; 'ä é' | wordcount ;; '世界 a' | wordcount ;; '- -' | wordcount ;; 5 | wordcount ;; 'e\u0301a' | wordcount ;; 'x\u00b2' | wordcount ;; '\u0e01\u0e31\u0e19 a' | wordcount
    5 | indent ;; none | indent ;; [1] | indent ;; 'a\n\nb' | indent(first=true) ;; '\n' | indent ;; '\n\na' | indent(1, true) ;; 'a\r\nb' | indent(1) ;; 'a\x0cb' | indent(1) ;; '' | indent(2, true) ;; '' | indent(2, true, true) ;; 'a' | indent(-3, true) ;; 'a\nb' | indent(true) ;; 'a\nb' | indent('') ;; 'a\n' | indent(2, false, true)
    ('<' | safe) * 2 + '<' ;; ['<' | safe] ;; {'a': '<' | safe} ;; ('<' | safe) | list ;; (('<x' | safe) | first) + '<' ;; (('<x y' | safe) | title) + '<' ;; (('<x' | safe) | capitalize) + '<' ;; (('<\nx' | safe) | indent) + '<' ;; '%s' % ('<' | safe) ~ '<' ;; ('<' | safe).upper() + '<' ;; ('< <' | safe).split()[0] + '<' ;; ('<' | safe | default('x')) + '<' ;; (('<' | safe) ~ 'a') + '<' ;; '<' in ('<' | safe) ;; ('<' | safe) == '<' ;; '<' + ('<' | safe) * 2 ;; ('<=x' | safe).partition('=')[0] + '<' ;; ('<' | safe).strip() + '<' ;; (('<' | safe) | string) + '<' ;; (('<' | safe) | trim) + '<' ;; 'a' ~ ('<' | safe) + '<' ;; ('<' | safe | tojson) + '<'
    [1] in {1: 2} ;; {}.get([1]) ;; {'a': 1}[[1]] ;; {'a': 1}.get({}) ;; range(3) == range(3) ;; range(0) == range(2, 2) ;; [1, 2] == range(1, 3)
    range(3).count(1) ;; range(3).index(2) ;; (1, 2).copy() ;; (1, 2).append(3) ;; (1, 2).append is defined ;; d.items().append is defined ;; range(3).append is defined ;; s.nope is defined ;; d.__class__ ;; d.__class__ is defined ;; d.__len__ is defined ;; s.__class__ ;; s.__len__() ;; l.__class__.__mro__ ;; n.__class__ is defined ;; i.__class__ is defined ;; s['__class__'] is defined
    s.strip(chars='a') ;; s.startswith(prefix='a') ;; s.replace(old='a', new='b') ;; s.replace('a', 'b', count=1) ;; s.split(sep='b') ;; s.split(maxsplit=1) ;; s.splitlines(keepends=true) ;; d.get(key='a') ;; d.get('zz', default=3) ;; s.join(iterable=['a', 'b']) ;; range(stop=3) ;; s.find(sub='b') ;; l.index(value=1) ;; l.count(value=1) ;; s.removeprefix(prefix='a') ;; raise_exception(message='x') ;; s.partition(sep='b') ;; s | trim(chars='a') ;; s | replace(old='a', new='b') ;; s | replace(s='a', old='b', new='c')
    'a b'.split(' ', -3) ;; 'a b c'.split(' ', -9223372036854775807 - 1) ;; 'aaa'.replace('a', 'b', -9223372036854775807 - 1) ;; 'aaa' | replace('a', 'b', -9223372036854775807 - 1) ;; l[1::9223372036854775807] ;; s[1::9223372036854775807] ;; l[::-9223372036854775807] ;; l[1:9223372036854775807] ;; l[-9223372036854775807:] ;; s[::-9223372036854775807 - 1] ;; l[::-9223372036854775807 - 1] ;; 'a' * (-9223372036854775807 - 1) ;; nums[4::-3] ;; 'abcdef'[4::-3] ;; 'abcdef'[-1:-9:-2]
    {1: 'a', 'b': 2} | tojson(sort_keys=true) ;; {2: 1, 10: 2} | tojson(sort_keys=true) ;; {none: 1, true: 2} | tojson(sort_keys=true) ;; ctl | tojson(ensure_ascii=true) ;; '\x7f' | tojson(true) ;; '\x7f\x80\xa0' | tojson ;; [1.0, 1e16, 1e-7, -0.0] | tojson ;; {1e16: 1} | tojson ;; d | tojson(indent=true) ;; d | tojson(indent=false) ;; d | tojson(indent=-2) ;; d | tojson(indent='') ;; d | tojson(separators=[';', '=']) ;; d | tojson(separators=('a',)) ;; d | tojson(indent=2, sort_keys=true) ;; '/' | tojson ;; '\u2028' | tojson ;; '\ufeff\ufffe' | tojson(true) ;; (l, s) | tojson ;; {'a': (1,)} | tojson ;; [[], {}, ()] | tojson(indent=2) ;; d.items() | list | tojson ;; d.keys() | tojson ;; [[[]]] | tojson(indent=1)
    '%.3d' % 5 ;; '%s' % d ;; 'abc' % {} ;; '%i' % 3.9 ;; '%d' % true ;; '%d' % -0.5 ;; '%f' % 1 ;; '%.0f' % 2.5 ;; '%g' % 1e20 ;; '%e' % 0 ;; '%s' % nope ;; '%r' % nope ;; '%s %s' % l ;; '%%' % () ;; '%' % () ;; 'a%' ;; '%s' | format(nope) ;; '%s' | format ;; '%d' % '3' ;; '%.15g' % 0.1 ;; '%r' % ('<' | safe) ;; '%s' % (s,) ;; '%s' % ((1, 2),) ;; '%.100f' % 0.1 ;; '%f' % 1e300
    strftime_now('%Z') ;; strftime_now('%z') ;; strftime_now('%Z%z|') ;; strftime_now('%-d %B %Y') ;; strftime_now('%e') ;; strftime_now('%%') ;; strftime_now('%j %U %W %u %w %V %G') ;; strftime_now('%I:%M %p') ;; strftime_now('%c') ;; strftime_now('%x %X') ;; strftime_now('%D %T %R %F') ;; strftime_now('%s') ;; strftime_now('%h %C %y') ;; strftime_now('äß %d') ;; strftime_now('%q') ;; strftime_now('%') ;; strftime_now('%:z') ;; strftime_now('%^a') ;; strftime_now('%10d') ;; strftime_now('%n%t')
    '\777' ;; '\8' ;; '\0' | length ;; '\x00a' | trim('\x00') ;; "\'" ;; '\"'
    'a\u00a0b c' | title ;; 'a\x1cb' | title ;; 'a\x00b' | title ;; 'ßa ßb' | title ;; 'ß' | capitalize ;; 'ßA'.capitalize() ;; 'ßa'.title() ;; 'ǆa' | title ;; '世a'.title() ;; "they're".title() ;; 'a1b'.title() ;; 'ა' | upper ;; '1a' | capitalize ;; 'ªb'.title() ;; 'aªb'.title() ;; 'ĸ'.islower() ;; 'ª'.islower() ;; 'ǅ'.isupper() ;; 'ǅ'.islower() ;; 'Ⅷ'.isupper() ;; 'ⓐ'.islower() ;; 'ⓐ'.title() ;; '²'.isdecimal() ;; '½'.isnumeric() ;; '½'.isalnum() ;; 'Ⅷ'.isalpha() ;; 'Ⅷ'.isnumeric() ;; '\u0345a'.isalpha() ;; 'a\u0301'.isalpha()
    loop.index is defined ;; 'abc' | truncate(2) ;; s | foo.bar ;; s is foo.bar
    [*l] ;; {**d} ;; (l) ;; l[(1)] ;; a if b ;; not not s ;; 1 if 1 else ;; l[:, 1] ;; (1) ;; (1,)[0] ;; s.upper ().lower( ) ;; d . a ;; l [0] ;; -l[0] ;; -s|length ;; 'a' 'b'|upper ;; s is string is string ;; s is not not string ;; 1 < 2 == true ;; not 1 in [1] ;; 1 not in [1] ;; not 1 not in [2] ;; 1 is not none ;; 3 is divisibleby 3 and 4 is divisibleby 2 ;; 'a' is in ['a'] ;; s is in(['abc']) ;; 1 == 1 != 2 ;; 1 if 2 > 1 and not f else 3 ;; 2 + 3 ~ 4 * 5 ;; 2 ~ 3 + 4 ;; 1 - 2 - 3 ;; 2 / 2 * 3 ;; 7 // 2 ** 2 ;; -7 // 2 * 2 ;; 2 * 3 % 4 ;; 'a' * 2 + 'b' ;; l | length > 2 ;; (l | length) ** 2 ;; 1 + l | length ;; s[l | length - 1] ;; l[l | length - 1] ;; l[(l | length) - 1]
    {'a': 1, 'a': 2} ;; {1: 'a', true: 'b', 1.0: 'c'} ;; {none: 1}[none] ;; {1.5: 2}[1.5] ;; d['b'] ;; {'x': nope} ;; [nope, none] ;; {[1]: 2} ;; {1: 2}[true] ;; {'0': 1}[0] ;; {'0': 1}['0'] ;; l['0'] ;; l[none] ;; l[1.0] ;; s[1.0] ;; {'a': 1}.a.b ;; d.get('a').b is defined ;; deep.a.b | first ;; deep.a.b[-1] ;; deep['a'].b
    nope | abs ;; nope | round ;; nope | float ;; nope | title ;; nope | wordcount ;; nope | indent ;; nope | safe ;; nope | sort ;; nope | unique | list ;; nope | min ;; nope | max ;; nope | sum ;; nope | reverse | list ;; nope | dictsort ;; nope | last ;; nope | select | list ;; nope | selectattr('a') | list ;; nope | capitalize ;; nope | replace('a', 'b') ;; nope | format ;; nope | count ;; nope is odd ;; nope is lower ;; nope is in [1] ;; nope == '' ;; nope != none ;; nope is sameas none ;; nope | d(nope2) ;; nope | default(none) ;; nope if nope else 'x' ;; nope or 'y' ;; nope and 'y' ;; (nope or none) is none ;; nope is divisibleby 3 ;; nope is integer ;; nope is float ;; nope ~ nope ;; nope | join('a') ;; nope is true ;; [nope] | join ;; [nope] | list ;; {'a': nope}.a is defined ;; [nope][0] is defined ;; (nope, 1)[0] ;; nope.__x__
    'a' in 'abc' and 'b' in 'abc' ;; nope in 'abc' ;; none in 'abc' ;; 1 in 'a1' ;; 'a' in none ;; 'a' in 5 ;; '' in '' ;; '' in [] ;; [] in [[]] ;; {} in [{}] ;; 'a' in ('a',) ;; 'ab' in d ;; none in d ;; 1.0 in (1,) ;; true in [1] ;; 'a' in d.items() ;; ('a', 2) in d.items() ;; 5 in range(10) ;; 5.0 in range(10) ;; 'x' in range(3) ;; 1 in (l | select('odd'))
    words | sort(attribute=0) ;; words | sort(attribute='0') ;; ll | sort(attribute=1, reverse=true) ;; 'bA' | sort ;; d | dictsort(by='nope') ;; d | dictsort(false, 'key', true) ;; {'a': 'B', 'b': 'a'} | dictsort(by='value') ;; {1: 2, 'a': 3} | dictsort ;; words | unique(attribute=0) | list ;; 'aA' | unique | list ;; words | max(case_sensitive=true) ;; ds | min(attribute='b') ;; [] | min ;; [1, 'a'] | min ;; l | join(attribute='x') ;; ll | join(', ', attribute=1) ;; 5 | first ;; d | last ;; d.keys() | last ;; d.items() | last ;; d | reverse | list ;; (l | map('string')) | last ;; (l | select('odd') | sort) ;; range(3) | reverse | list ;; 'ab' | last ;; none | first ;; none | join ;; none | sort
    'x' | default('y', true) | upper ;; '' | default(none, true) ;; 0 | d(5) ;; 0 | d(5, true) ;; none | default ;; none | default('x') ;; [] | default('e', true) ;; nope | default(boolean=true) ;; 'a' | d(boolean=true, default_value='z') ;; nope | default('x', 'y', 'z')
    'a,b' .split(',', 0) ;; 'abc'.split('b', 5) ;; 'a  b'.split(' ', 1) ;; ' a b'.split(none, 0) ;; 'a b'.rsplit() ;; 'a b c'.rsplit(' ', 0) ;; 'aXbX'.rsplit('X') ;; 'x'.split('xx') ;; 'a\u2003b'.split() ;; 'a\x1cb'.split() ;; 'a\u200bb'.split() ;; 'aaa'.split('a') ;; 'aaa'.rsplit('aa') ;; 'aaa'.split('aa') ;; 'ab'.splitlines() ;; 'a\x0bb\x0cc\x1cd\x85e\u2028f'.splitlines() ;; '\r\n\r'.splitlines() ;; '\n'.splitlines(true) ;; 'aXbXc'.partition('X') ;; 'ab'.partition('') ;; 'aaa'.rpartition('aa') ;; 'ababa'.count('aba') ;; 'aaa'.rfind('aa') ;; 'äöä'.rfind('ä') ;; 'ab'.rfind('') ;; 'ab'.find('') ;; ''.rfind('a') ;; 'ab'.rindex('c') ;; 'ab'.index('') ;; 'a'.count('') ;; ''.count('') ;; 'aXa'.strip('a') ;; 'äa'.strip('aä') ;; 'abc'.strip('') ;; 'a\u3000'.strip() ;; '\ufeffa'.strip() ;; '\u200ba'.strip() ;; 'a\x1f'.strip() ;; 'abc'.lstrip('cba') ;; 'a'.join('') ;; 'a'.join('x') ;; ''.join([]) ;; '-'.join(d) ;; '-'.join([nope]) ;; '-'.join(range(3)) ;; 'aa'.replace('', '-', 2) ;; ''.replace('', 'x') ;; 'ä'.replace('', '-') ;; 'ab'.replace('b', '', 0) ;; 'a.b'.startswith('') ;; 'a'.startswith(()) ;; 'a'.endswith(['a'])
    'aB1'.isalnum() ;; '1.5'.isdigit() ;; '-1'.isdigit() ;; '１'.isdigit() ;; 'a_b'.isalnum() ;; 'é'.isalpha() ;; '\n\t'.isspace() ;; '\u200b'.isspace() ;; 'A1'.isupper() ;; 'A b'.isupper() ;; '1'.isupper() ;; 'aB'.islower() ;; 'ß'.isupper() ;; 'ß'.islower()
    1e17 ;; 123456789012345678 ;; 1.5e300 ;; 5e-324 ;; 2.2250738585072014e-308 ;; 100 / 3 ;; 1e22 ;; 1e23 ;; 9007199254740993.0 ;; 4.35 ;; 0.000123 ;; 0.0000123 ;; 1.0e5 ;; 1e5 | int ;; 3.0 ;; -0.0 ;; 1E5 ;; 1e+5 ;; 1_0.5 ;; 1_000_000 ;; 00 ;; 0_0 ;; 01 ;; 1__0 ;; 1.e5 ;; .5 ;; 5. ;; 1.2.3
'''

CORNER_STATEMENTS = r'''
{% for i in [1] %}{% continue %}{% else %}E{% endfor %}
{% for i in [1] %}{% break %}{% else %}E{% endfor %}
{% for i in [1,2] %}{% if i == 1 %}{% continue %}{% endif %}x{% else %}E{% endfor %}
{% for i in [1,2] %}{% if i == 2 %}{% break %}{% endif %}x{% else %}E{% endfor %}
{% for i in l %}{% macro m() %}{{ loop.index }}{% endmacro %}{{ m() }}{% endfor %}
{% for a in l %}{% for i in nums if loop.index > 1 %}{{ i }}{% endfor %};{% endfor %}
{% for a in l %}{% for i in [1,2] if a > 1 %}{{ i }}{{ loop.index }}{% endfor %};{% endfor %}
{% macro m() %}{{ v }}{% endmacro %}{{ m() }}{% set v = 7 %}{{ m() }}
{% macro m() %}{{ s }}{% set s = 9 %}{{ s }}{% endmacro %}{{ m() }}{{ s }}
{{ s }}{% macro m() %}{{ s }}{% endmacro %}{{ m() }}{% set s = 7 %}{{ m() }}
{% if t %}{% macro m() %}A{% endmacro %}{% endif %}{{ m() }}
{% if f %}{% macro m() %}A{% endmacro %}{% endif %}{{ m is defined }}
{{ m is defined }}{% macro m() %}A{% endmacro %}{{ m() }}
{% for i in l %}{% macro m() %}A{% endmacro %}{% endfor %}{{ m is defined }}
{% macro a() %}{% macro b() %}{{ caller is defined }}{% endmacro %}{{ b() }}{{ caller() }}{% endmacro %}{% call a() %}X{% endcall %}
{% macro a() %}[{{ caller() }}]{% endmacro %}{% macro b() %}{% call a() %}{{ caller() }}{% endcall %}{% endmacro %}{% call b() %}X{% endcall %}
{% macro a() %}[{{ caller() }}]{% endmacro %}{% macro b() %}{% call a() %}{{ caller is defined }}{% endcall %}{% endmacro %}{% call b() %}X{% endcall %}
{% set a, b %}xy{% endset %}{{ a }}{{ b }}
{% for i in l %}{% set x %}{% if i == 1 %}{% break %}{% endif %}{{ i }}{% endset %}{{ x }},{% endfor %}
{% for i in l %}{% filter upper %}{% if i == 1 %}{% break %}{% endif %}a{% endfilter %},{% endfor %}
{% set ns = namespace(a=1) %}{{ dict(ns) }}
{% set ns = namespace(a=1) %}{{ namespace(ns).a }}
{% set ns = namespace({'a': 1}, b=2) %}{{ ns.a }}{{ ns.b }}{{ ns['b'] }}
{% set ns = namespace(a=1) %}{% set m = ns %}{% set m.a = 2 %}{{ ns.a }}
{% set ns = namespace(l=[]) %}{% for i in l %}{% set ns.l = ns.l + [i] %}{% endfor %}{{ ns.l }}
{% set d = dict(d, z=1) %}{{ d }}
{% with s = s ~ 'x' %}{{ s }}{% endwith %}{{ s }}
{% for s in s %}{{ s }}{% endfor %}{{ s }}
{% for k in d if k != 'a' %}{{ loop.length }}{{ k }}{% endfor %}
{% set x = 1 %}{% for i in l %}{% if i == 1 %}{% set x = 5 %}{% endif %}{{ x }}{% endfor %}{{ x }}
{% for i in l %}{% set x = i %}{% for j in l %}{{ x }}{% set x = j %}{{ x }}{% endfor %}{{ x }} {% endfor %}
{% set loop = 5 %}{{ loop }}
{% for m in messages %}{{ loop.index0 }}{% else %}none{% endfor %}
{{ range is callable }}{{ dict is callable }}{{ namespace is callable }}
{% macro m(a=nope) %}{{ a is defined }}{{ a }}{% endmacro %}{{ m() }}{{ m(none) }}
{% macro m(a, b=a ~ 'x') %}{{ b }}{% endmacro %}{{ m('q') }}
{% macro m(s=s) %}{{ s }}{% endmacro %}{{ m() }}
{% macro m(a) %}{% if a > 0 %}{{ a }}{{ m(a - 1) }}{% endif %}{% endmacro %}{{ m(3) }}
{% set f1 %}{% macro q() %}Q{% endmacro %}{{ q() }}{% endset %}{{ f1 }}
{% if true %}{% set z = 3 %}{% else %}{% set z = 4 %}{% endif %}{{ z }}
{% for i in range(3) %}{% for j in range(2) %}{{ loop.index }}{{ loop.depth }}{% endfor %}{% endfor %}
{% for i in l %}{{ loop.changed(i // 2) }}{% endfor %}
{% for i in nums | select('odd') %}{{ loop.length }}{{ loop.last }}{{ loop.revindex }} {% endfor %}
{% set it = d.items() %}{{ it | length }}{{ it | list }}{{ it | list }}
{% generation %}{% for i in l %}{{ i }}{% endfor %}{% endgeneration %}
{% for i in l %}{% generation %}{{ i }}{% set s = 5 %}{% endgeneration %}{{ s }}{% endfor %}
{% for i in l %}{% generation %}{{ loop.index }}{% endgeneration %}{% endfor %}
{%- macro m() -%} {{ 1 }} {%- endmacro -%} {{ m() }} {{- m() -}} x
{% set x = 1 -%}   
{%- set x = 2 %}
z
{{ '{%' }}{{ "%}" }}{{ '#}' }}
{#- a -#} b {#+ c +#} d {# e -#}
 f
   {#+ keep #} x
   {%+ if t %} x{% endif +%}
{% if t %}{{- 'a' -}}{% endif %} b
'''

STATEMENTS = r'''
{% if t %}a{% endif %}
{% if f %}a{% elif t %}b{% else %}c{% endif %}
{% if f %}a{% elif n %}b{% else %}c{% endif %}
{% if l and 3 in l %}yes{% endif %}
{% if not nope %}none{% endif %}
{% for i in l %}{{ i }},{% endfor %}
{% for i in em %}x{% else %}nothing{% endfor %}
{% for c in u %}[{{ c }}]{% endfor %}
{% for k in d %}{{ k }};{% endfor %}
{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}
{% for k, v in d | items %}{{ k }}={{ v }};{% endfor %}
{% for k, v in d | dictsort %}{{ k }}={{ v }};{% endfor %}
{% for (a, b) in ll %}{{ a }}{{ b }}{% endfor %}
{% for a, b in [[1, [2, 3]]] %}{{ a }}{{ b }}{% endfor %}
{% for a, (b, c) in [[1, [2, 3]]] %}{{ a }}{{ b }}{{ c }}{% endfor %}
{% for a, b in [[1]] %}{{ a }}{% endfor %}
{% for i in nope %}x{% else %}y{% endfor %}
{% for i in 5 %}x{% endfor %}
{% for i in n %}x{% endfor %}
{% for i in nums if i is odd %}{{ i }}{{ loop.index }}{{ loop.last }} {% endfor %}
{% for i in nums if i > 9 %}x{% else %}none{% endfor %}
{% for i in l %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.depth }}{{ loop.depth0 }} {% endfor %}
{% for i in l %}{{ loop.previtem }}<{{ i }}>{{ loop.nextitem }} {% endfor %}
{% for i in l %}{{ loop.previtem is defined }}{{ loop.nextitem is defined }} {% endfor %}
{% for i in nums %}{{ loop.cycle('a', 'b', 'c') }}{% endfor %}
{% for i in [1, 1, 2, 2, 1] %}{% if loop.changed(i) %}{{ i }}{% endif %}{% endfor %}
{% for a in l %}{% for b in s %}{{ loop.index }}{% endfor %}{{ loop.index }} {% endfor %}
{% for i in nums %}{% if i == 3 %}{% break %}{% endif %}{{ i }}{% endfor %}
{% for i in nums %}{% if i == 3 %}{% continue %}{% endif %}{{ i }}{% endfor %}
{% for i in nums %}{% for j in nums %}{% if j > i %}{% break %}{% endif %}{{ j }}{% endfor %};{% endfor %}
{% for i in range(3) %}{{ i }}{% endfor %}
{% for i in l[::-1] %}{{ i }}{% endfor %}
{% for i in (1, 2) %}{{ i }}{% endfor %}
{% for i in 1, 2, 3 %}{{ i }}{% endfor %}
{% for i in l | sort %}{{ i }}{% endfor %}
{% for i in l if false else [9] %}{{ i }}{% endfor %}
{% break %}
{% set v = 5 %}{{ v }}
{% set a, b = 1, 2 %}{{ a }}{{ b }}
{% set a, b = [3, 4] %}{{ a }}{{ b }}
{% set a, b = 1 %}{{ a }}
{% set (a, b) = (1, 2) %}{{ a + b }}
{% set v = 1 %}{% if t %}{% set v = 2 %}{% endif %}{{ v }}
{% set v = 1 %}{% for i in l %}{% set v = i %}{% endfor %}{{ v }}
{% set v = 1 %}{% for i in l %}{{ v }}{% set v = i %}{{ v }} {% endfor %}{{ v }}
{% for i in l %}{% if i == 3 %}{% set w = 9 %}{% endif %}{{ w }};{% endfor %}{{ w is defined }}
{% set ns = namespace(x=0, y='a') %}{% for i in l %}{% set ns.x = ns.x + i %}{% endfor %}{{ ns.x }}{{ ns.y }}
{% set ns = namespace() %}{% set ns.z = 1 %}{{ ns.z }}{{ ns.w is defined }}
{% set ns.z = 1 %}{{ ns.z }}
{% set v %}a{{ i }}b{% endset %}[{{ v }}]
{% set v | upper %}abc{% endset %}{{ v }}
{% set v | replace('b', 'x') | upper %}abc{% endset %}{{ v }}
{% set v %}{% set inner = 3 %}{{ inner }}{% endset %}{{ v }}{{ inner is defined }}
{% set v = s %}{% set v = v ~ 'd' %}{{ v }}
{% set s = s | upper %}{{ s }}
{% macro m(a, b=2) %}{{ a }}-{{ b }}{% endmacro %}{{ m(1) }} {{ m(1, 3) }} {{ m(a=5) }} {{ m(b=1, a=0) }} {{ m() }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(c=2) }}
{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, a=2) }}
{% macro m(a, b=a) %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}
{% macro m() %}{{ v }}{% endmacro %}{% set v = 7 %}{{ m() }}
{% set v = 1 %}{% macro m() %}{% set v = 2 %}{{ v }}{% endmacro %}{{ m() }}{{ v }}
{% macro fact(n) %}{% if n <= 1 %}1{% else %}{{ n * (fact(n - 1) | int) }}{% endif %}{% endmacro %}{{ fact(5) }}
{% macro m(x) %}{% if x %}[{{ x[0] }}{{ m(x[1:]) }}]{% endif %}{% endmacro %}{{ m(l) }}
{% macro m(a) -%}  x{{ a }}  {%- endmacro %}{{ m(1) | length }}{{ m(1) | upper }}
{% macro wrap() %}<{{ caller() }}>{% endmacro %}{% call wrap() %}in{% endcall %}
{% macro each(xs) %}{% for x in xs %}{{ caller(x) }}{% endfor %}{% endmacro %}{% call(y) each(l) %}({{ y }}){% endcall %}
{% macro m() %}{{ caller is defined }}{% endmacro %}{{ m() }}
{% macro m(n) %}{{ n }}{% endmacro %}{% for i in l %}{{ m(i) }}{% endfor %}
{% filter upper %}abc{{ s }}{% endfilter %}
{% filter replace('a', 'b') | upper %}aac{% endfilter %}
{% with a = 1, b = 2 %}{{ a }}{{ b }}{% endwith %}{{ a is defined }}
{% with %}{% set q = 1 %}{{ q }}{% endwith %}{{ q is defined }}
{% with a = 1 %}{% with a = 2, b = a %}{{ a }}{{ b }}{% endwith %}{{ a }}{% endwith %}
{% raw %}{{ a }}{% if %}{% endraw %}
{% raw -%}  a  {%- endraw %}
{%- raw %} b {% endraw -%} c
a{# comment #}b{#- c -#} d
{# a #}
{#
  many
#}x
{{ 'a' if t }}{{ 'b' if f }}
{{ "{{" }}{{ '}}' }}{{ '%}' }}
{{ {'a': {'b': 1}} }}
{{ {'a': 1}.a }}
{{- s -}} x {{- s }}
 {{- s -}} 
{{ s }}
a
{{ s }}

b
  {% if t %}
  x
  {% endif %}
  y
{% for i in l %}
  {{ i }}
{% endfor %}
end
{%- if t %}
 a
{%- endif %}
 b
{% if t -%}
   c
{%- endif -%}
   d
  {%+ if t %}e{% endif %}
x {% if t +%}
f{% endif %}
	{# tab #}	z
a {% if t %} b {% endif %} c
{% if t %}

two
{% endif %}

three
{{ s }}  {% if t %}
x{% endif %}  
{% set x = 1 %}
{% set y = 2 %}
{{ x + y }}
{%- for i in l -%}
    {%- if not loop.first -%}, {% endif -%}
    {{ i }}
{%- endfor %}
{% generation %}a{{ s }}{% endgeneration %}
x{% generation %}
 a
{% endgeneration %}
y
{% for i in l %}{{ i }}{%- generation -%} {{ i }}! {%- endgeneration -%}{% endfor %}
{% generation %}{% set gg = 1 %}{% endgeneration %}{{ gg is defined }}
{% for i in l %}{% generation %}{{ loop.index }}{{ i }}{% endgeneration %}{% endfor %}
{{ raise_exception('Only ' ~ s ~ ' is known') }}
{% if f %}{{ raise_exception('no') }}{% endif %}fine
{{ 'a' 'b' ~ 'c' }}
{{ 1 if s is string else 2 }}
{{ s|upper|lower|length }}
{{ (l | select('gt', 1) | list)[0] }}
{{ l | map('string') | map('upper') | join('') }}
{% if messages is defined %}x{% else %}y{% endif %}
{% unknown %}
{% if t %}
{{ s
{{ s }
{% for %}{% endfor %}
{{ }}
{{ 1 + }}
{{ (1 }}
{{ [1, }}
{% endif %}
{% set %}
{% if t %}{% endfor %}
{{ 'abc }}
{# open
{{ a b }}
{{ 1 2 }}
{% macro %}{% endmacro %}
{% raw %}open
{{ s.x.y }}
{{ s | }}
{{ s is }}
{% for i l %}{% endfor %}
{{ {1} }}
{{ {'a' 1} }}
{{ s['a' }}
{{ f(1 }}
{{ l[1:2:3:4] }}
{{ $ }}
{{ a! }}
'''

CHATS = r'''
{% for m in messages %}<|{{ m.role }}|>{{ m['content'] }}{{ eos_token }}{% endfor %}
{% for m in messages %}{{ '<|' + m['role'] + '|>\n' + (m.content | string | trim) + eos_token + '\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}
{{ bos_token }}{% for m in messages %}{% if m.tool_calls %}{% for c in m.tool_calls %}{{ c.function.name }}({{ c.function.arguments | tojson }}){% endfor %}{% endif %}{% endfor %}
{{ messages[2].content.split('</think>')[-1].lstrip('\n') }}|{{ messages[2].content.split('</think>')[0].rstrip('\n').split('<think>')[-1].lstrip('\n') }}
{% for m in messages %}{% if m.content is string %}s{% elif m.content is iterable %}i{% for p in m.content %}{{ p.type }}{% if 'text' in p %}{{ p.text }}{% endif %}{% endfor %}{% endif %}{% endfor %}
{% for m in messages %}{{ 'tool_calls' in m }}{{ m.tool_calls is defined }}{{ m.get('name', '-') }} {% endfor %}
{{ tools | tojson(indent=4) }}
{{ tools[0] | tojson }}
{% for k, v in messages[2].tool_calls[0].function.arguments | items %}{{ k }}="{{ v }}" {% endfor %}
{% for k, v in messages[2].tool_calls[0].function.arguments.items() %}{{ k }}={{ v | tojson if v is mapping else v }};{% endfor %}
{%- set ns = namespace(last=messages | length - 1) %}{%- for m in messages[::-1] %}{%- set index = (messages | length - 1) - loop.index0 %}{%- if m.role == 'user' and m.content is string %}{%- set ns.last = index %}{%- endif %}{%- endfor %}{{ ns.last }}
{{ messages | selectattr('role', 'equalto', 'user') | list | length }}
{{ (messages | selectattr('role', 'equalto', 'user') | first).content }}
{{ messages | map(attribute='role') | join(' ') }}
{{ messages | map(attribute='role') | unique | join(' ') }}
{% set system = messages[0]['content'] if messages[0]['role'] == 'system' else '' %}{{ system | trim }}{% set messages = messages[1:] %}{{ messages | length }}
{% for m in messages if m.role != 'system' %}{{ loop.index0 }}{{ m.role }} {% endfor %}
{% for m in messages %}{{ loop.previtem.role if loop.previtem }}>{{ m.role }} {% endfor %}
{% if documents %}d{% else %}n{% endif %}{{ documents is none }}{{ documents is defined }}
{{ messages[4].content | selectattr('type', 'equalto', 'text') | map(attribute='text') | join('') | trim }}
{{ messages[-1].content[0].text }}{{ messages[-1]['content'][1]['type'] }}
{{ messages[2] }}
{{ messages[1].content | length }}{{ messages[1].content[:5] }}{{ messages[1].content[7:9] }}
{{ messages[1].content | upper }}{{ messages[1].content | replace('&amp;', '&') }}
{{ '%s: %s' | format(messages[0].role, messages[0].content | trim) }}
{{ strftime_now('%d %b %Y') }}
{% if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}
{{ messages[7].content }}
{{ messages[0].nope + 'a' }}
{% macro render(c) %}{% if c is string %}{{ c }}{% else %}{% for p in c %}{{ p.text if p.type == 'text' else '<' ~ p.type ~ '>' }}{% endfor %}{% endif %}{% endmacro %}{% for m in messages %}{{ render(m.content) }}{% endfor %}
'''


def all_cases():
    for line in expressions().strip().splitlines():
        for e in line.strip().split(' | '):
            yield '{{ %s }}' % e, 'mixed'
    for line in (FILTERED + CORNERS).strip().splitlines():
        for e in line.strip().split(' ;; '):
            yield '{{ %s }}' % e, 'mixed'
    for line in CORNER_STATEMENTS.strip('\n').splitlines():
        yield line, 'mixed'
    block = []
    for line in STATEMENTS.strip('\n').splitlines():
        yield line, 'mixed'
        block.append(line)
    text = '\n'.join(block)
    start, end = text.index('{{ s }}\na\n'), text.index('{% generation %}a{{ s }}')
    many = text[start:end]
    yield many, 'mixed'
    for n in range(3, 40):
        yield '\n'.join(many.splitlines()[:n]), 'mixed'
    yield many.replace('\n', '\r\n'), 'mixed'
    yield many.replace('\n', '\r'), 'mixed'
    for tail in ('', '\n', '\n\n', ' \n', '\n '):
        for tag in ('{{ s }}', '{% if t %}x{% endif %}', '{# c #}', 'x'):
            yield tag + tail, 'mixed'
            yield tail + tag + tail, 'mixed'
            yield 'a' + tail + tag.replace('{{', '{{-').replace('%}', '-%}', 1).replace('#}', '-#}') + tail + 'b', 'mixed'
            yield ' ' + tag.replace('{%', '{%-').replace('}}', '-}}').replace('{#', '{#-') + tail + 'b', 'mixed'
    for line in CHATS.strip().splitlines():
        yield line, 'chat'


def render(env, template, context):
    try:
        return {'text': env.from_string(template).render(**CONTEXTS[context])}
    except jinja2.exceptions.UndefinedError as e:
        return {'error': str(e)}
    except Exception:
        return {'error': ''}


def main():
    env = environment()
    made = [json.dumps({'name': n, 'context': c}, ensure_ascii=False) for n, c in CONTEXTS.items()]
    seen = set()
    for template, context in all_cases():
        if (template, context) in seen:
            continue
        seen.add((template, context))
        result = render(env, template, context)
        if ' object at 0x' in result.get('text', '') or 'dict_' in result.get('text', '') or '<generator' in result.get('text', ''):
            continue
        made.append(json.dumps(dict(template=template, context=context, **result), ensure_ascii=False))
    text = '\n'.join(made) + '\n'
    if '--vectors' in sys.argv[1:]:
        with open(FILE, 'w', encoding='utf-8') as f:
            f.write(text)
    with open(FILE, encoding='utf-8') as f:
        same = f.read() == text
    print('%sok 1 - %d templates as in the file\n1..1' % ('' if same else 'not ', len(made) - len(CONTEXTS)))
    sys.exit(not same)


main()
