#!/usr/bin/env python3
"""Rules of the SQL scripts that a reader would otherwise have to check by eye."""
import re
import sys

LABELS = ("VOLATILE", "STABLE", "IMMUTABLE")


def statements(text):
    """Statements with the line they start on; dollar-quoted bodies stay whole."""
    text_at = 0
    pattern = re.compile(r"--[^\n]*|'(?:[^']|'')*'|(\$\w*\$).*?\1|;", re.S)
    for match in pattern.finditer(text):
        if match.group() == ";":
            yield text.count("\n", 0, text_at) + 1, text[text_at:match.end()]
            text_at = match.end()


def check(name, text):
    # Literals may hold lines of their own (JSON), comments a lone apostrophe.
    outside = re.sub(r"(--[^\n]*)|'(?:[^']|'')*'",
                     lambda m: m.group(1) or "''" + "\n" * m.group().count("\n"), text)
    for line, content in enumerate(outside.split("\n"), 1):
        if len(content) > 120:
            yield line, "longer than 120 characters, literals not counted"
    for line, statement in statements(text):
        bare = re.sub(r"--[^\n]*", "", statement).strip()
        head = re.match(r"CREATE\s+(?:OR\s+REPLACE\s+)?(FUNCTION|PROCEDURE|AGGREGATE)\s+([^\s(]+)",
                        bare)
        if not head:
            continue
        line += len(statement[:statement.index("CREATE")].split("\n")) - 1
        kind, what = head.groups()
        options = re.sub(r"(\$\w*\$).*?\1", "", bare, flags=re.S)
        commits = kind == "PROCEDURE" and re.search(r"\bCOMMIT\b", bare)
        language = re.search(r"LANGUAGE\s+(\w+)", options)
        language = language.group(1).lower() if language else ""
        if "SECURITY DEFINER" in options and "SET search_path" not in options:
            yield line, f"{what}: SECURITY DEFINER without SET search_path"
        if language == "plpgsql" and not commits and "SET search_path" not in options:
            yield line, f"{what}: PL/pgSQL without SET search_path"
        if commits and ("SET search_path" in options or "SECURITY DEFINER" in options):
            yield line, f"{what}: commits, so it can carry neither SET nor SECURITY DEFINER"
        if kind == "FUNCTION":
            if not any(re.search(rf"\b{label}\b", options) for label in LABELS):
                yield line, f"{what}: no volatility"
            if not re.search(r"\bPARALLEL (SAFE|RESTRICTED|UNSAFE)\b", options):
                yield line, f"{what}: no parallel label"
            if not re.search(r"\bCOST \d+", options):
                yield line, f"{what}: no cost"
            if re.search(r"RETURNS\s+(SETOF|TABLE)", options) and "ROWS" not in options:
                yield line, f"{what}: no ROWS"


for path in sys.argv[1:]:
    for number, finding in check(path, open(path).read()):
        print(f"{path}:{number}: {finding}")
