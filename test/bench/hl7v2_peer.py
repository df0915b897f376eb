#!/usr/bin/env python3
"""Prints how many messages a second python3-hl7 parses for the ten values of test/bench/hl7v2.sh.

    hl7v2_peer.py < messages as COPY text
"""
import sys
import time

import hl7


def value(message, segment, field, component=1):
    try:
        found = message.segment(segment)[field]
        return found[0][component - 1] if not isinstance(found, str) else found
    except (KeyError, IndexError, TypeError):
        return None


def main():
    messages = [line.rstrip("\n").replace("\\r", "\r").replace("\\\\", "\\") for line in sys.stdin]
    started = time.perf_counter()
    for text in messages:
        m = hl7.parse(text)
        for where in (("MSH", 7), ("MSH", 9), ("MSH", 10), ("PID", 3), ("PID", 5), ("PID", 5, 2),
                      ("PID", 7), ("PID", 8), ("PV1", 2), ("OBX", 5)):
            value(m, *where)
    print(len(messages) / (time.perf_counter() - started))


main()
