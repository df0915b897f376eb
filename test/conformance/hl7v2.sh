#!/usr/bin/env bash
# Every message of the HL7 v2 suites, read from its file's bytes and compared with a second, naive
# reading in Python: nothing is lost between records, every MSH line is a record, the text is the
# bytes' text, goes through type hl7v2 (text and binary) and comes out the same, the segments are
# the lines, MSH-9 and MSH-10 are their fields.  What is refused must break the rule it is said to.
set -euo pipefail
cd "$(dirname "$0")/../.."
suites=../shared/suites/hl7v2
[ -d "$suites" ] || { echo "no $suites: not run"; exit 0; }

cluster=conformance_hl7v2
read -r host port < <(test/server.sh start "$cluster")
work=$(mktemp -d)
trap 'rm -rf "$work"; test/server.sh drop "$cluster"' EXIT
sql() { psql -X -q -h "$host" -p "$port" -U postgres -v ON_ERROR_STOP=1 "$@"; }

sql -c 'SET client_min_messages = warning' -c 'DROP EXTENSION IF EXISTS pgclinical' \
    -c 'CREATE EXTENSION pgclinical' -c 'CREATE TABLE file (suite text, name text, body bytea)'
python3 test/conformance/hl7v2_compare.py files "$suites" |
    sql -c 'COPY file FROM STDIN (FORMAT csv)'
sql <<SQL
CREATE TABLE record AS
    SELECT f.suite, f.name, r.*
    FROM file f, _pgclinical.hl7v2_records(f.body, NULL) r;
CREATE TABLE again (LIKE record);
\copy (SELECT suite, name, ordinal, byte_offset, raw, sha256, message FROM record) TO '$work/binary' (FORMAT binary)
\copy again (suite, name, ordinal, byte_offset, raw, sha256, message) FROM '$work/binary' (FORMAT binary)
SQL
sql -At -o "$work/answers" <<'SQL'
SELECT json_build_object('suite', r.suite, 'name', r.name, 'offset', r.byte_offset,
    'raw', encode(r.raw, 'hex'), 'hash_is', sha256(r.raw) = r.sha256, 'text', r.message::text,
    'text_again', r.message::text::hl7v2 = r.message, 'binary_again', r.message = a.message,
    'key', r.key, 'type', r.message ->> 'MSH-9.1', 'control', r.message ->> 'MSH-10',
    'segments', (SELECT json_agg(s.segment ORDER BY s.ordinal) FROM hl7v2_segments(r.message) s),
    'issue', (r.issue).format_code, 'place', (r.issue).location, 'rule', (r.issue).message)
FROM record r JOIN again a USING (suite, name, ordinal)
ORDER BY r.suite, r.name, r.ordinal
SQL
status=0
python3 test/conformance/hl7v2_compare.py check "$suites" <"$work/answers" >"$work/read" || status=1
sed '$d' "$work/read"

# What is wrong and where, against a list made by reading the files (test/data/hl7v2_findings.csv).
# A code of none: no errors at all.
sql <<SQL
CREATE TABLE expected (file text, profile text, code text, place text, reading text);
\copy expected FROM 'test/data/hl7v2_findings.csv' (FORMAT csv, HEADER, FORCE_NOT_NULL (profile, place))
CREATE TABLE profile (name text, rules jsonb);
SQL
sql -v phin="$(cat test/data/hl7v2_profile_phin.json)" \
    -v cosyte="$(cat "$suites/cosyte-edge-cases/conformance/profile-adt-min.json")" <<'SQL'
INSERT INTO profile VALUES ('', NULL), ('phin', :'phin'), ('cosyte', :'cosyte');
SQL
sql -At -F' ' -o "$work/findings" <<'SQL'
SELECT CASE WHEN found THEN 'found' ELSE 'missed' END, e.file, e.profile, e.code, e.place
FROM (SELECT e.*, CASE e.code WHEN 'none' THEN bool_or(r.message IS NOT NULL)
            AND coalesce(bool_and(i.severity NOT IN ('error', 'fatal')), true)
        ELSE coalesce(bool_or(i.format_code = e.code AND i.severity <> 'information'
            AND (i.location = e.place OR i.location LIKE e.place || '^%')), false) END AS found
    FROM expected e JOIN profile p ON p.name = e.profile
    LEFT JOIN record r ON r.name = e.file
    LEFT JOIN LATERAL hl7v2_issues(r.message, NULL, p.rules) i ON true
    GROUP BY e.file, e.profile, e.code, e.place, e.reading) e
ORDER BY 1 DESC, 2, 5
SQL
found=$(grep -c '^found' "$work/findings" || true)
missed=$(grep -c '^missed' "$work/findings" || true)
grep '^missed' "$work/findings" || true
echo "findings             $found/$((found + missed)): the code and place that reading shows"

read -r passed failed < <(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$work/read")
echo "$((passed + found)) passed, $((failed + missed)) failed"
[ "$status" -eq 0 ] && [ "$missed" -eq 0 ]
