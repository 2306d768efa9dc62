#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""usage: litmus.py FILE.litmus...

Check litmus tests against the axioms of the kernel's memory model
(tools/memory-model/linux-kernel.cat): coherence, happens-before and
propagation. All executions of a test are tried. herd7 does the same for the
whole model; this program knows only straight code with READ_ONCE(),
WRITE_ONCE(), smp_store_release(), smp_load_acquire(), smp_mb(), smp_rmb() and
smp_wmb(). It uses no dependencies, so it may allow more than the model does.
"""
import itertools
import re
import sys


class Unknown(Exception):
    """The test has a statement that this program does not know."""


class Event:
    """A read, a write or a fence."""

    def __init__(self, thread, kind, loc=None, value=None, reg=None, sync=False):
        self.thread = thread
        self.kind = kind
        self.loc = loc
        self.value = value
        self.reg = reg
        self.sync = sync


PATTERNS = [
    (r'(\w+) = READ_ONCE\(\*(\w+)\)',
     lambda t, m: Event(t, 'R', m[2], reg=m[1])),
    (r'(\w+) = smp_load_acquire\((\w+)\)',
     lambda t, m: Event(t, 'R', m[2], reg=m[1], sync=True)),
    (r'WRITE_ONCE\(\*(\w+), (\d+)\)',
     lambda t, m: Event(t, 'W', m[1], int(m[2]))),
    (r'smp_store_release\((\w+), (\d+)\)',
     lambda t, m: Event(t, 'W', m[1], int(m[2]), sync=True)),
    (r'smp_(mb|rmb|wmb)\(\)', lambda t, m: Event(t, m[1])),
]


def parse_statement(thread, text):
    for pattern, make in PATTERNS:
        match = re.fullmatch(pattern, text)
        if match:
            return make(thread, match)
    raise Unknown(text)


def parse(path):
    """Return the events, the condition, and the expected result."""
    text = open(path).read()
    result = re.search(r'Result: (Never|Sometimes)', text)
    text = re.sub(r'\(\*\s.*?\*\)', '', text, flags=re.S)
    text = re.sub(r'//[^\n]*', '', text)
    condition = re.search(r'\nexists\s*(.*)', text, re.S)
    if not result or not condition:
        raise Unknown('no result or no exists clause')
    result, condition = result[1], condition[1]
    events = []
    if not re.search(r'\n\{\s*\}', text):
        raise Unknown('initial values')
    for thread, body in re.findall(r'\nP(\d)\([^)]*\)\s*\{(.*?)\n\}', text, re.S):
        for line in body.split(';'):
            line = ' '.join(line.split())
            if line and not re.fullmatch(r'int \w+', line):
                events.append(parse_statement(int(thread), line))
    return events, condition, result


def compose(left, right):
    return {(a, d) for a, b in left for c, d in right if b == c}


def closure(relation):
    while True:
        more = relation | compose(relation, relation)
        if more == relation:
            return relation
        relation = more


def cyclic(relation):
    return any(a == b for a, b in closure(relation))


def program_orders(events, po):
    """What fences, releases and acquires order, as in linux-kernel.cat."""
    def around(kind, before, after):
        return {(a, b) for a, f in po if events[f].kind == kind
                for c, b in po if c == f and
                events[a].kind in before and events[b].kind in after}
    strong = around('mb', 'RW', 'RW')
    rmb, wmb = around('rmb', 'R', 'R'), around('wmb', 'W', 'W')
    release = {(a, b) for a, b in po if events[b].kind == 'W' and
               events[b].sync and events[a].kind in 'RW'}
    acquire = {(a, b) for a, b in po if events[a].kind == 'R' and
               events[a].sync and events[b].kind in 'RW'}
    return strong, rmb, wmb, release, acquire


def allowed(events, po, orders, rf, co):
    """Is the execution allowed by the three axioms?"""
    strong, rmb, wmb, release, acquire = orders
    fr = {(r, later) for w, r in rf for a, later in co if a == w}
    same = {(a, b) for a, b in po if events[a].loc is not None and
            events[a].loc == events[b].loc}
    if cyclic(same | rf | co | fr):
        return False
    same_thread = {(a, b) for a in range(len(events)) for b in range(len(events))
                   if events[a].thread == events[b].thread}
    identity = {(a, a) for a in range(len(events))}
    rfe = rf - same_thread
    cumulative = strong | release
    cumul_fence = cumulative | compose(rfe, cumulative) | wmb
    prop = compose(((co | fr) - same_thread) | identity,
                   closure(cumul_fence) | identity)
    prop = prop | compose(prop, rfe)
    hb = strong | rmb | wmb | release | acquire | rfe
    hb = hb | ((prop - identity) & same_thread)
    if cyclic(hb):
        return False
    return not cyclic(compose(compose(prop, strong), closure(hb) | identity))


def orders_of(writes, init):
    """All coherence orders of the writes of each location."""
    by_loc = []
    for loc, first in init.items():
        by_loc.append([(first,) + p for p in itertools.permutations(writes[loc])])
    for choice in itertools.product(*by_loc):
        co = {(a, b) for order in choice for a, b in itertools.combinations(order, 2)}
        yield co, [order[-1] for order in choice]


def holds(condition, events, source, last):
    """Is the condition true of what was read and what was written last?"""
    for event, write in source.items():
        name = f'{events[event].thread}:{events[event].reg}'
        condition = re.sub(rf'\b{name}\b', str(events[write].value), condition)
    for write in last:
        condition = re.sub(rf'(?<!:)\b{events[write].loc}\b',
                           str(events[write].value), condition)
    condition = condition.replace('/\\', ' and ').replace('\\/', ' or ')
    condition = re.sub(r'(?<![<>=!])=(?!=)', '==', condition)
    strange = re.sub(r'\b(and|or)\b|[\d\s()=]', '', condition)
    if strange:
        raise Unknown(strange)
    return eval(condition.strip())      # of our own files only


def outcome(events, condition):
    locs = sorted({e.loc for e in events if e.loc})
    init = {}
    for loc in locs:
        init[loc] = len(events)
        events.append(Event(-1 - init[loc], 'W', loc, 0))
    po = {(a, b) for a, b in itertools.combinations(range(len(events)), 2)
          if events[a].thread == events[b].thread}
    orders = program_orders(events, po)
    reads = [i for i, e in enumerate(events) if e.kind == 'R']
    writes = {loc: [i for i, e in enumerate(events) if e.kind == 'W' and
                    e.loc == loc and i != init[loc]] for loc in locs}
    choices = [[init[events[r].loc]] + writes[events[r].loc] for r in reads]
    for chosen in itertools.product(*choices):
        source = dict(zip(reads, chosen))
        rf = {(w, r) for r, w in source.items()}
        if any(holds(condition, events, source, last) and
               allowed(events, po, orders, rf, co)
               for co, last in orders_of(writes, init)):
            return 'Sometimes'
    return 'Never'


def main(paths):
    failed = False
    for path in paths:
        name = path.rsplit('/', 1)[-1]
        try:
            events, condition, expected = parse(path)
            result = outcome(events, condition)
        except Unknown as what:
            print(f'skip {name}: this program does not know "{what}"')
            continue
        good = result == expected
        failed |= not good
        print(f'{"ok" if good else "not ok"} {name}: {result}'
              f'{"" if good else ", expected " + expected}')
    return failed


sys.exit(main(sys.argv[1:]))
