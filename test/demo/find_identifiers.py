#!/usr/bin/env python3
"""Looks for the source's identifiers in texts that must hold none.

    find_identifiers.py SOURCE ORDINARY RELEASE FILE...

Knows nothing of the extension: reads the raw messages below SOURCE, collects what names a person
(names, numbers, telephones, streets, birth dates) by field, and searches RELEASE and the FILEs for
each as a whole word or number.  Dates are sought in RELEASE only; words of ORDINARY, the report of
an empty warehouse, are no finding in the FILEs (some patient is called NAME).

Prints a line per file, category and count, never a value; exits 1 when anything was found.
"""
import os
import re
import sys
import unicodedata

# (segment, field): (category, components); the fields that v2 defines as a person's identifiers
FIELDS = {
    ("PID", 2): ("number", [0]), ("PID", 3): ("number", [0]), ("PID", 4): ("number", [0]),
    ("PID", 5): ("name", [0, 1]), ("PID", 6): ("name", [0]), ("PID", 9): ("name", [0, 1]),
    ("PID", 11): ("street", [0]), ("PID", 13): ("telephone", [0, 11]),
    ("PID", 14): ("telephone", [0, 11]), ("PID", 18): ("number", [0]),
    ("PID", 19): ("number", [0]), ("PID", 20): ("number", [0]), ("PID", 7): ("date", [0]),
    ("NK1", 2): ("name", [0, 1]), ("NK1", 5): ("telephone", [0, 11]), ("NK1", 4): ("street", [0]),
    ("MRG", 1): ("number", [0]), ("MRG", 7): ("name", [0, 1]), ("PV1", 19): ("number", [0]),
    ("IN1", 16): ("name", [0, 1]), ("IN1", 36): ("number", [0]), ("IN1", 49): ("number", [0]),
    ("GT1", 3): ("name", [0, 1]), ("GT1", 6): ("telephone", [0, 11]),
}


def plain(text):
    """Lower case without accents: spellings of one name meet."""
    text = unicodedata.normalize("NFD", text.lower())
    return "".join(c for c in text if not unicodedata.combining(c))


def segments(source):
    for folder, _, names in os.walk(source):
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                raw = file.read()
            try:
                text = raw.decode("utf-8")
            except UnicodeDecodeError:
                text = raw.decode("latin-1")
            yield from re.split(r"[\r\n\x0b\x1c]+", text)


def identifiers(source):
    found = {}
    for segment in segments(source):
        fields = segment.split("|")
        for number, field in enumerate(fields):
            rule = FIELDS.get((fields[0], number))
            if not rule:
                continue
            category, components = rule
            for repetition in field.split("~"):
                parts = repetition.split("^")
                for component in components:
                    if component < len(parts):
                        value = plain(parts[component].split("&")[0].strip())
                        digits = re.sub(r"\D", "", value)
                        if category == "telephone":
                            value = digits
                        if category == "date":
                            value = digits[:8] if len(digits) >= 8 else ""
                            if value:
                                found[f"{value[:4]}-{value[4:6]}-{value[6:]}"] = category
                        if category == "number" and not digits:
                            continue  # a word such as "unknown" in the place of a number
                        # Shorter ones cannot be told from other words and numbers.
                        if len(value) >= (4 if category == "name" else 6) and value != '""':
                            found[value] = category
                        if len(digits) >= 7 and category != "street":
                            found[digits] = category
    return found


def main():
    source, ordinary, *names = sys.argv[1:]
    wanted = identifiers(source)
    with open(ordinary, encoding="utf-8") as file:
        ordinary = set(re.findall(r"\w+", plain(file.read())))
    leaked = False
    for position, name in enumerate(names):
        with open(name, encoding="utf-8") as file:
            text = plain(file.read())
        words = set(re.findall(r"[^\W_]+(?:['\-][^\W_]+)*", text)) | set(re.findall(r"\w+", text))
        # Telephones and the like come with all sorts of separators.
        numbers = set(re.findall(r"\d{7,}", re.sub(r"(?<=\d)[ ().\-]{1,2}(?=\d)", "", text)))
        counts = {}
        for value, category in wanted.items():
            if position > 0 and (category == "date" or value in ordinary):
                continue
            if value in words or value in numbers or (not value.isalnum() and value in text):
                counts[category] = counts.get(category, 0) + 1
        for category, count in sorted(counts.items()):
            print(f"{os.path.basename(name)}: {count} values of category {category}")
            leaked = True
    print(f"{len(wanted)} identifiers looked for in {len(names)} files")
    return 1 if leaked else 0


if __name__ == "__main__":
    sys.exit(main())
