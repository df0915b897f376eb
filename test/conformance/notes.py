"""Measures note scrubbing: what docs/deid_text.md defines, on corpora whose identifiers are known.

    notes.py collect SUITES NOTES.csv       notes to scrub: (n, note, known)
    notes.py judge SUITES SPANS.csv ABLATION.csv [PEER]
                                            reads (n, spans, chain) and (n, detector, spans) and prints
                                            the figures; PEER: a file with one JSON text a note, in the
                                            same order

Development and test halves are told apart by a hash that never changes; nothing was tuned on the
test half.
"""
import csv
import difflib
import hashlib
import json
import math
import pathlib
import re
import sys
from collections import Counter, defaultdict

import notes_adversarial
from notes_generate import generate

csv.field_size_limit(1 << 30)
DIRECT = {"name", "phone", "fax", "email", "ssn", "mrn", "health_plan", "account", "license", "device",
          "address",
          "NAME", "MEDICAL_RECORD_NUMBER", "HEALTH_PLAN_BENEFICIARY_NUMBER", "SOCIAL_SECURITY_NUMBER",
          "UNIQUE_IDENTIFIER", "ACCOUNT_NUMBER", "DEVICE_IDENTIFIER", "VEHICLE_IDENTIFIER", "LICENSE_NUMBER",
          "PERSON", "STREET_ADDRESS", "ADDRESS", "PHONE_NUMBER", "EMAIL_ADDRESS", "CREDIT_CARD", "US_SSN",
          "IBAN_CODE", "US_DRIVER_LICENSE", "IP_ADDRESS", "DOMAIN_NAME", "ZIP_CODE"}
TOKEN = re.compile(r"[^\W_]+")
YEAR = re.compile(r"(19|20)\d\d")


def is_test(key):
    return hashlib.sha256(("pgclinical-notes-1:" + key).encode()).digest()[0] & 1 == 1


def asq(suites):
    for line in open(suites / "deid/asq-phi/asq-phi.ndjson"):
        row = json.loads(line)
        spans = []
        for item in row["phi"]:
            places = [m.start() for m in re.finditer(re.escape(item["value"]), row["text"])]
            if not places:
                spans.append((None, None, item["identifier_type"]))
            spans += [(p, p + len(item["value"]), item["identifier_type"]) for p in places]
        yield "asq-phi", is_test(f"asq:{row['id']}"), row["text"], spans, None, f"asq:{row['id']}"


def presidio(suites):
    folder = suites / "deid/presidio-research"
    rows = [("v2", json.loads(line)) for line in open(folder / "synth_dataset_v2.ndjson")]
    rows += [("small", row) for row in json.load(open(folder / "generated_small.json"))]
    for kind, row in rows:
        spans = [(s["start_position"], s["end_position"], s["entity_type"]) for s in row["spans"]]
        key = f"presidio:{kind}:{row['template_id']}"
        yield "presidio-research", is_test(key), row["full_text"], spans, None, key


def aci(suites):
    for row in csv.DictReader(open(suites / "deid/aci-bench/train.csv")):
        key = f"aci:{row['encounter_id']}"
        yield "aci-bench", is_test(key), row["note"], [], None, key


def generated(_):
    for split in ("dev", "test"):
        for how in (None, "known", "wrong"):
            for i, note in enumerate(generate(split, 600)):
                spans = [tuple(s) for s in note["spans"]]
                yield (f"generated, {how or 'nothing'} known" if how != "wrong" else "generated, one known fact in ten wrong",
                       split == "test", note["text"], spans, note[how] if how else None,
                       f"template {note['template']}")


def corpora(suites):
    for source in (generated, asq, presidio, aci):
        yield from source(suites)


def wilson(k, n):
    if n == 0:
        return 0, 0
    z = 1.96
    p = k / n
    centre, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (centre - half) / (1 + z * z / n), (centre + half) / (1 + z * z / n)


def covered_by(text, out):
    """Characters of `text` that are gone in `out`, by an alignment of their words."""
    a = [m.span() for m in TOKEN.finditer(text)]
    words = [text[x:y] for x, y in a]
    matcher = difflib.SequenceMatcher(None, words, TOKEN.findall(out), autojunk=False)
    kept = set()
    for block in matcher.get_matching_blocks():
        kept.update(range(block.a, block.a + block.size))
    return {i for k, (x, y) in enumerate(a) if k not in kept for i in range(x, y)}


def exempt(category, token):
    """A year alone and a state may stay."""
    if category in ("date", "DATE", "DATE_TIME") and YEAR.fullmatch(token):
        return True
    return category == "address" and re.fullmatch("[A-Z]{2}", token) is not None


class Tally:
    def __init__(self):
        self.tokens, self.hit = Counter(), Counter()
        self.characters, self.character_hits = Counter(), Counter()
        self.spans, self.whole = Counter(), Counter()
        self.documents = self.leaking = self.name_leaking = 0
        self.removed = self.right = 0
        self.clean = self.unchanged = 0
        self.words = self.lost = 0

    def add(self, text, gold, covered, lexicon):
        self.documents += 1
        leak = name_leak = False
        inside = {i for b, e, _ in gold if b is not None for i in range(b, e)}
        for begin, end, category in gold:
            self.spans[category] += 1
            if begin is None:
                continue
            whole = True
            for m in TOKEN.finditer(text, begin, end):
                if exempt(category, m.group()):
                    continue
                hits = sum(i in covered for i in range(*m.span()))
                size = m.end() - m.start()
                self.tokens[category] += 1
                self.hit[category] += hits == size
                self.characters[category] += size
                self.character_hits[category] += hits
                if hits < size:
                    whole = False
                    leak = leak or category in DIRECT
                    name_leak = name_leak or category in ("name", "PERSON", "NAME")
            self.whole[category] += whole
        self.leaking += leak
        self.name_leaking += name_leak
        if not gold:
            self.clean += 1
            self.unchanged += not covered
        for m in TOKEN.finditer(text):
            gone = any(i in covered for i in range(*m.span()))
            if gone:
                self.removed += 1
                self.right += any(i in inside for i in range(*m.span()))
            if lexicon is not None and m.group().lower() in lexicon:
                self.words += 1
                self.lost += gone

    def ratio(self, a, b, only=None):
        top = sum(n for c, n in a.items() if only is None or c in only)
        bottom = sum(n for c, n in b.items() if only is None or c in only)
        return top / bottom if bottom else 1.0


def clinical_words(suites):
    """Lower-case words of ACI-Bench's notes, in at least two notes: no name is written so there."""
    seen = Counter()
    for row in csv.DictReader(open(suites / "deid/aci-bench/train.csv")):
        seen.update({m.group() for m in re.finditer(r"[a-z]{3,}", row["note"])})
    return {word for word, n in seen.items() if n >= 2}


def percent(x):
    return f"{100 * x:.2f} %"


def figures(who, name, half, tally):
    print(f"{name}, {half}: {who}")
    direct = [c for c in tally.tokens if c in DIRECT]
    if direct:
        low, high = wilson(tally.leaking, tally.documents)
        print(f"    direct identifiers: tokens {percent(tally.ratio(tally.hit, tally.tokens, direct))}, characters "
              f"{percent(tally.ratio(tally.character_hits, tally.characters, direct))}, whole "
              f"{percent(tally.ratio(tally.whole, tally.spans, direct))}; leaking documents {tally.leaking} of {tally.documents} "
              f"= {percent(tally.leaking / tally.documents)} (95 %: {percent(low)} to {percent(high)})")
    if tally.removed:
        print(f"    precision (tokens) {percent(tally.right / tally.removed)}")
    if tally.clean:
        print(f"    without identifiers {tally.clean}, unchanged {tally.unchanged} = {percent(tally.unchanged / tally.clean)}")
    for category in sorted(tally.spans):
        n = tally.spans[category]
        print(f"    {category:32} tokens {percent(tally.hit[category] / max(1, tally.tokens[category])):>9}  characters "
              f"{percent(tally.character_hits[category] / max(1, tally.characters[category])):>9}  whole {tally.whole[category]} of {n}")
    if tally.words:
        print(f"    clinical words lost {tally.lost} of {tally.words} = {percent(tally.lost / tally.words)}")


ABLATED = ("generated, nothing known", "asq-phi", "presidio-research")


def ablation(suites, path, tallies):
    """Recall and precision when a detector finds nothing."""
    csv_rows = list(csv.reader(open(path, newline="")))
    notes = list(corpora(suites))
    without = defaultdict(Tally)
    for n, detector, spans in csv_rows:
        if int(n) >= len(notes):
            continue  # of the hard notes
        name, test, text, gold, known, _ = notes[int(n)]
        if test and known is None and name in ABLATED:
            covered = {i for b, e in json.loads(spans) for i in range(b, e)}
            without[detector, name].add(text, gold, covered, None)
    print("ablation, test half: direct identifiers covered (tokens) and precision without a detector")
    print(f"    {'without':12}" + "".join(f"{name:>28}" for name in ABLATED))
    show = lambda t: f"{percent(t.ratio(t.hit, t.tokens, DIRECT))}, {percent(t.right / t.removed)}"
    print(f"    {'(nothing)':12}" + "".join(f"{show(tallies['deid_text', name, 'test half']):>28}" for name in ABLATED))
    for detector in dict.fromkeys(row[1] for row in csv_rows):
        print(f"    {detector:12}" + "".join(f"{show(without[detector, name]):>28}" for name in ABLATED))


def judge(suites, path, ablated, peer):
    lexicon = clinical_words(suites)
    tallies = defaultdict(Tally)
    peers = [json.loads(line) for line in open(peer)] if peer else None
    with open(path, newline="") as lines:
        rows = csv.reader(lines)
        for (name, test, text, gold, known, key) in corpora(suites):
            n, spans, chain = next(rows)
            half = "test half" if test else "development half"
            words = lexicon if name == "aci-bench" else None
            covered = {i for b, e in json.loads(spans) for i in range(b, e)}
            tallies["deid_text", name, half].add(text, gold, covered, words)
            if known is None:
                tallies["regexp_replace chain", name, half].add(text, gold, covered_by(text, chain), words)
                if peers:
                    tallies["redact-pii", name, half].add(text, gold, covered_by(text, peers[int(n)]), words)
        hard = [json.loads(spans) for _, spans, _ in rows]
    for (who, name, half), tally in tallies.items():
        figures(who, name, half, tally)
    ablation(suites, ablated, tallies)
    passed, failed, excused = notes_adversarial.judge(hard)

    def target(what, value, good):
        nonlocal passed, failed
        passed, failed = passed + good, failed + (not good)
        print(f"{'ok    ' if good else 'FAILED'} {what}: {value}")

    print()
    for half in ("development half", "test half"):
        ours = {name: tally for (who, name, h), tally in tallies.items() if who == "deid_text" and h == half}
        t = ours["generated, known known"]
        names = t.ratio(t.hit, t.tokens, DIRECT)
        target(f"{half}: known people, names and identifiers (99.8 %)", percent(names), names >= 0.998)
        target(f"{half}: known people, leaking documents (1 %)", percent(t.leaking / t.documents), t.leaking < 0.01 * t.documents)
        t = ours["asq-phi"]
        whole = t.ratio(t.whole, t.spans)
        target(f"{half}: ASQ-PHI identifiers whole (99 %)", percent(whole), whole >= 0.99)
        target(f"{half}: ASQ-PHI queries without any unchanged (85 %)", percent(t.unchanged / t.clean), t.unchanged >= 0.85 * t.clean)
        t = ours["presidio-research"]
        recall = t.ratio(t.hit, t.tokens, DIRECT)
        target(f"{half}: presidio-research direct identifiers (97 %)", percent(recall), recall >= 0.97)
        target(f"{half}: presidio-research precision (85 %)", percent(t.right / t.removed), t.right >= 0.85 * t.removed)
        t = ours["aci-bench"]
        target(f"{half}: ACI-Bench clinical words lost (2 %)", percent(t.lost / t.words), t.lost <= 0.02 * t.words)
    print(f"{passed} passed, {failed} failed, {excused} known to fail")


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[2])
    if sys.argv[1] == "collect":
        with open(sys.argv[3], "w", newline="") as out:
            writer = csv.writer(out)
            notes = [(text, known) for _, _, text, _, known, _ in corpora(folder)]
            notes += [(text, known) for _, text, _, known, _, _ in notes_adversarial.cases()]
            for n, (text, known) in enumerate(notes):
                writer.writerow([n, text, json.dumps(known) if known else None])
    else:
        judge(folder, sys.argv[3], sys.argv[4], sys.argv[5] if len(sys.argv) > 5 else None)
