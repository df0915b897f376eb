"""Hard notes (notes_adversarial.tsv): what must go is marked, everything else must stay.

A case passes when each word between [[ and ]] is covered and no other is; a title or degree beside
a name, a year and small words between dates may go or stay.  Column 4 says why a case is known to
fail: one that passes in spite of it counts as failed, so that the list stays true.
"""
import json
import pathlib
import re
from collections import Counter

LIST = pathlib.Path(__file__).with_suffix(".tsv")
TOKEN = re.compile(r"[^\W_]+")
EITHER = set("dr mr mrs ms nurse reverend md rn pa c m d medicare at on of the by office".split())


def may_do_both(token):
    return token.lower() in EITHER or re.fullmatch(r"(19|20)\d\d", token) is not None


def cases():
    for line in open(LIST, encoding="utf-8"):
        if line.startswith("#"):
            continue
        kind, marked, known, excuse = (line.rstrip("\n").split("\t") + ["", ""])[:4]
        text, spans = "", []
        for i, piece in enumerate(re.split(r"\[\[|\]\]", marked.replace("\\n", "\n").replace("\\t", "\t"))):
            if i % 2:
                spans.append((len(text), len(text) + len(piece)))
            text += piece
        yield kind, text, spans, json.loads(known) if known else None, excuse, marked


def is_right(text, spans, covered):
    marked = {i for b, e in spans for i in range(b, e)}
    for m in TOKEN.finditer(text):
        here = range(*m.span())
        if may_do_both(m.group()):
            continue
        if any(i in marked for i in here):
            if not all(i in covered for i in here if i in marked):
                return False
        elif any(i in covered for i in here):
            return False
    return True


def judge(rows):
    """rows: the spans found in each case, in order.  Prints a table; returns passed, failed, known."""
    passed, excused, failed = Counter(), Counter(), Counter()
    for (kind, text, spans, _, excuse, marked), found in zip(cases(), rows, strict=True):
        covered = {i for b, e in found for i in range(b, e)}
        right = is_right(text, spans, covered)
        if right and not excuse:
            passed[kind] += 1
        elif not right and excuse:
            excused[kind] += 1
            print(f"known  {kind}: {marked} ({excuse})")
        else:
            failed[kind] += 1
            print(f"FAILED {kind}: {marked}" + (" passes now: take its excuse away" if right else ""))
    for kind in dict.fromkeys(case[0] for case in cases()):
        print(f"    {kind:32} {passed[kind]:3} passed, {failed[kind]} failed, {excused[kind]} known to fail")
    return sum(passed.values()), sum(failed.values()), sum(excused.values())
