#!/usr/bin/env bash
# Note scrubbing measured on generated notes, ASQ-PHI, presidio-research and ACI-Bench, beside a
# chain of regexp_replace; with PEERS=1 also beside npm's redact-pii.  The definitions stand in
# docs/deid_text.md; the last line counts the targets.
set -euo pipefail
cd "$(dirname "$0")/../.."
suites=$(cd ../shared/suites && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"; test/server.sh stop notes_conformance' EXIT

read -r host port < <(test/server.sh start notes_conformance)
db() { PGOPTIONS=--client-min-messages=warning psql -X -q -h "$host" -p "$port" -U postgres -v ON_ERROR_STOP=1 "$@"; }
db -d postgres -c 'DROP DATABASE IF EXISTS notes_conformance' -c 'CREATE DATABASE notes_conformance'

python3 test/conformance/notes.py collect "$suites" "$work/notes.csv"
db -d notes_conformance <<SQL
\\i test/conformance/notes_chain.sql
CREATE EXTENSION pgclinical;
CREATE TABLE note (n int, note text, known jsonb);
\\copy note FROM '$work/notes.csv' CSV
CREATE VIEW judged AS
    SELECT n, (SELECT coalesce(jsonb_agg(jsonb_build_array(start_offset, end_offset)), '[]')
               FROM deid_text_spans(note, known)), CASE WHEN known IS NULL THEN scrub_chain(note) END
    FROM note;
\\copy (SELECT * FROM judged ORDER BY n) TO '$work/spans.csv' CSV
CREATE VIEW ablated AS
    SELECT n, detector, (SELECT coalesce(jsonb_agg(jsonb_build_array(start_offset, end_offset)), '[]')
                         FROM deid_text_spans(note, NULL, jsonb_build_object('without', jsonb_build_array(detector))))
    FROM unnest(ARRAY['shape', 'context', 'date', 'age', 'dictionary', 'unknown', 'propagated']) AS detector, note
    WHERE known IS NULL;
\copy (SELECT * FROM ablated) TO '$work/ablated.csv' CSV
SQL
peer=()
if [ "${PEERS:-}" = 1 ]; then
    npm install --silent --prefix build/peers redact-pii@3.4.0 >/dev/null
    db -d notes_conformance -At -c "SELECT to_json(note) FROM note ORDER BY n" >"$work/notes.json"
    NODE_PATH=build/peers/node_modules node -e '
        const { SyncRedactor } = require("redact-pii");
        const redactor = new SyncRedactor();
        for (const line of require("fs").readFileSync(process.argv[1], "utf8").split("\n").filter(Boolean))
            console.log(JSON.stringify(redactor.redact(JSON.parse(line))));' "$work/notes.json" >"$work/peer.json"
    peer=("$work/peer.json")
else
    echo "redact-pii: not run (PEERS=1 installs it from npm)"
fi
PYTHONPATH=test/conformance python3 test/conformance/notes.py judge "$suites" "$work/spans.csv" "$work/ablated.csv" "${peer[@]}"
