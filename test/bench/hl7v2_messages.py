#!/usr/bin/env python3
"""Prints COUNT messages of about 1.9 kB as COPY text, made from a folder's messages (or from those
of test/data/generate.py) with their control id, patient id and birth date varied.

    hl7v2_messages.py COUNT [FOLDER]
"""
import os
import random
import re
import subprocess
import sys
import tempfile

HEAD = re.compile(r"(?:^|[\r\n])(?=MSH\|)")


def messages_of(folder):
    for where, _, files in sorted(os.walk(folder)):
        for name in sorted(files):
            if not name.endswith(".hl7"):
                continue
            with open(os.path.join(where, name), "rb") as file:
                text = file.read().decode("utf-8", "replace").lstrip("\ufeff")
            for message in HEAD.split(text):
                if message.startswith("MSH|^~\\&|"):
                    yield re.sub(r"[\r\n]+", "\r", message.strip()) + "\r"


def templates(folder):
    found = sorted({m for m in messages_of(folder) if "\rPID|" in m}, key=len)
    # As many as give 1.9 kB on average, shortest left out first.
    found = [m for m in found if 500 < len(m.encode()) < 8000]
    while len(found) > 10 and sum(len(m.encode()) for m in found) / len(found) > 1950:
        found.pop()
    while len(found) > 10 and sum(len(m.encode()) for m in found) / len(found) < 1850:
        found.pop(0)
    return found


def main():
    count = int(sys.argv[1])
    with tempfile.TemporaryDirectory() as made:
        folder = sys.argv[2] if len(sys.argv) > 2 else made
        if folder == made:
            script = os.path.join(os.path.dirname(__file__), "..", "data", "generate.py")
            subprocess.run([sys.executable, script, made], check=True, stdout=subprocess.DEVNULL)
        base = templates(folder)
    size = sum(len(m.encode()) for m in base) / len(base)
    print(f"{len(base)} templates of {size:.0f} bytes", file=sys.stderr)
    chance = random.Random(1)
    for n in range(count):
        segments = base[n % len(base)].split("\r")
        msh = segments[0].split("|")
        msh[9:10] = [f"C{n:08d}"]
        segments[0] = "|".join(msh)
        for i, segment in enumerate(segments):
            if segment.startswith("PID|"):
                pid = segment.split("|") + [""] * 9
                pid[3] = re.sub(r"^[^~^]*", f"{chance.randrange(10**8):08d}", pid[3])
                pid[7] = f"{chance.randrange(1920, 2020)}{pid[7][4:]}"
                segments[i] = "|".join(pid)
        text = "\r".join(segments)
        print(text.replace("\\", "\\\\").replace("\r", "\\r").replace("\n", "\\n")
              .replace("\t", "\\t"))


main()
