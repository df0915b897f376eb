#!/usr/bin/env python3
"""Writes damaged copies of messages: damage.py SOURCE TARGET.

Takes the first whole messages found below SOURCE and breaks each in another way.  A copy gets a
control id of its own, so that it is not taken for a repetition.
"""
import os
import re
import sys


def set_field(segment, separator, number, value):
    fields = segment.split(separator)
    fields.extend([b""] * (number + 1 - len(fields)))
    fields[number] = value
    return separator.join(fields)


def change(message, name, number, value):
    separator = message[3:4]
    return b"\r".join(
        set_field(s, separator, number - (name == b"MSH"), value) if s.startswith(name) else s
        for s in message.split(b"\r"))


KINDS = [
    ("cut-off", lambda m: m[:6]),
    ("unknown-type", lambda m: change(m, b"MSH", 9, b"ZZZ^Z99")),
    ("unknown-charset", lambda m: change(m, b"MSH", 18, b"X-NO-SUCH-CHARSET")),
    ("nobody", lambda m: b"\r".join(s for s in m.split(b"\r") if not s.startswith(b"PID"))),
    ("no-identifier", lambda m: change(change(m, b"PID", 3, b""), b"PID", 2, b"")),
    ("letter", lambda m: b"This is a letter, not a message.\r\n"),
]


def messages(source):
    for folder, folders, names in os.walk(source):
        folders.sort()
        for name in sorted(names):
            with open(os.path.join(folder, name), "rb") as file:
                text = re.sub(rb"\r?\n", b"\r", file.read())
            for part in re.split(rb"(?:^|[\r\x0b\x1c]+)(?=MSH[^A-Za-z0-9\r])", text):
                part = re.split(rb"\r(?=[BF]TS)|\x1c", part)[0].strip(b"\r\x0b")
                # Alone in its file, so that the damage is all that is wrong with it.
                if part.startswith(b"MSH") and b"\rPID" in part and re.search(
                        rb"^MSH.{5,}?ADT|ORU", part):
                    yield part


def main():
    source, target = sys.argv[1:]
    os.makedirs(target, exist_ok=True)
    for (kind, damage), message in zip(KINDS, messages(source)):
        message = damage(change(message, b"MSH", 10, b"DAMAGED-" + kind.encode()))
        with open(os.path.join(target, f"{kind}.hl7"), "wb") as out:
            out.write(message)


if __name__ == "__main__":
    main()
