"""What was found of each case, counted, and the line that a conformance runner closes with."""
from collections import Counter


class Verdicts:
    def __init__(self):
        self.passed = self.failed = 0
        self.faults = Counter()

    def add(self, faults):
        """One case, with what is wrong with it; a fault counts once a case."""
        self.faults.update(set(faults))
        if faults:
            self.failed += 1
        else:
            self.passed += 1

    def report(self):
        for fault, count in self.faults.most_common(40):
            print(f"{count:7d} x {fault}")
        print(f"{self.passed} passed, {self.failed} failed")
