#!/usr/bin/env bash
# Every HL7 v2 message of the public collections is converted twice, in two sessions: what it makes is
# valid FHIR R4 (no error by fhir_issues: resources, and the message Bundle with its header),
# references resolve within the message or are named as parents, and both sessions give the same bytes.
# The same holds of messages made from them by exchanging fields (convert_mutations.py).
#
#   test/conformance/convert_validity.sh [-v]      -v: every error with its place
set -euo pipefail
cd "$(dirname "$0")/../.."
suites=../shared/suites
if [ ! -d "$suites/hl7v2" ]; then
    echo "no ../shared here: validity of conversions not checked"
    echo "0 passed, 0 failed"
    exit 0
fi
read -r host port < <(test/server.sh start conformance)
trap 'test/server.sh stop conformance' EXIT
run() { psql -XqAt -v ON_ERROR_STOP=1 -h "$host" -p "$port" -U postgres "$@"; }
run -c 'DROP DATABASE IF EXISTS validity_check' -c 'CREATE DATABASE validity_check'
run -d validity_check -c 'CREATE EXTENSION pgclinical' \
    -c 'CREATE TABLE message (name text, record int, message hl7v2)' \
    -c 'CREATE TABLE said (session int, name text, record int, ordinal int, kind text, type text,
                           id text, parents text[], resource jsonb)'
python3 test/conformance/convert_validity.py "$suites" | run -d validity_check
python3 test/conformance/convert_mutations.py "$suites" 1000 | run -d validity_check
convert() {
    run -d validity_check <<SQL
INSERT INTO said
SELECT $1, m.name, m.record, c.ordinal, c.kind, c.resource_type, c.id, c.parents,
       coalesce(c.resource, to_jsonb(c.issue))
FROM message m, _pgclinical.hl7v2_convert(m.message, NULL) c;
INSERT INTO said
SELECT $1, m.name, m.record, 0, 'bundle', 'Bundle', NULL, NULL, hl7v2_bundle(m.message)
FROM message m WHERE m.name NOT LIKE 'mutation %' AND NOT EXISTS (SELECT FROM said s WHERE s.session = $1 AND s.name = m.name
                                 AND s.record = m.record AND s.kind = 'refused');
SQL
}
convert 1
convert 2
run -d validity_check -v verbose="$([ "${1:-}" = -v ] && echo on || echo off)" <<'SQL'
CREATE TEMP TABLE finding AS
SELECT s.name, s.record, s.kind, s.type, s.ordinal, i.format_code, i.expression, i.message
FROM said s, fhir_issues(s.resource) i
WHERE s.session = 1 AND s.kind IN ('resource', 'bundle') AND i.severity IN ('fatal', 'error');
CREATE TEMP TABLE dangling AS
SELECT s.name, s.record, s.type, f.reference
FROM said s, fhir_references(s.resource) f
WHERE s.session = 1 AND s.kind = 'resource' AND f.reference ~ '^[A-Za-z]+/'
  AND f.reference <> ALL (coalesce(s.parents, '{}'))
  AND NOT EXISTS (SELECT FROM said o WHERE o.session = 1 AND o.kind = 'resource'
                  AND o.name = s.name AND o.record = s.record
                  AND o.type || '/' || o.id = f.reference);
CREATE TEMP TABLE differs AS
SELECT name, record FROM (
    SELECT session, name, record, md5(string_agg(concat_ws(' ', kind, type, id, resource::text), E'\n'
                                                 ORDER BY ordinal, kind)) AS bytes
    FROM said GROUP BY 1, 2, 3) s
GROUP BY name, record HAVING count(DISTINCT bytes) <> 1 OR count(*) <> 2;
\if :verbose
SELECT concat_ws(' | ', f.name, f.record, f.expression, f.message) FROM finding f ORDER BY 1;
\endif
SELECT format('%s: %s in %s %s, as in %s #%s', f.format_code, f.message, count(*), f.place,
              min(f.name), min(f.record))
FROM (SELECT *, regexp_replace(regexp_replace(expression, '\[\d+\]', '', 'g'),
                               '^Bundle\.entry\.resource', 'Bundle: ') AS place FROM finding) f
GROUP BY f.format_code, f.message, f.place ORDER BY count(*) DESC LIMIT 60;
SELECT format('%s #%s: %s refers to nothing of the message', name, record, type) FROM dangling;
SELECT format('%s #%s: two sessions, two results', name, record) FROM differs;
SELECT format('%s: %s messages, %s refused; resources without an error: %s of %s; message Bundles: %s of %s;'
              ' references that resolve: %s of %s; the same bytes twice: %s of %s',
              CASE WHEN mutated THEN 'mutations' ELSE 'suites' END, m.n, r.refused, r.n - b.n, r.n,
              r.bundles - b.bundles, r.bundles, q.n - d.n, q.n, m.n - x.n, m.n)
FROM (VALUES (false), (true)) k(mutated),
     LATERAL (SELECT count(*) FILTER (WHERE kind = 'resource') AS n,
                     count(*) FILTER (WHERE kind = 'bundle') AS bundles,
                     count(*) FILTER (WHERE kind = 'refused') AS refused
              FROM said WHERE session = 1 AND name LIKE 'mutation %' = mutated) r,
     LATERAL (SELECT count(DISTINCT (name, record, ordinal)) FILTER (WHERE kind = 'resource') AS n,
                     count(DISTINCT (name, record)) FILTER (WHERE kind = 'bundle') AS bundles
              FROM finding WHERE name LIKE 'mutation %' = mutated) b,
     LATERAL (SELECT count(*) AS n FROM said s, fhir_references(s.resource) f
              WHERE s.session = 1 AND s.kind = 'resource' AND f.reference ~ '^[A-Za-z]+/'
                AND name LIKE 'mutation %' = mutated) q,
     LATERAL (SELECT count(*) AS n FROM dangling WHERE name LIKE 'mutation %' = mutated) d,
     LATERAL (SELECT count(*) AS n FROM message WHERE name LIKE 'mutation %' = mutated) m,
     LATERAL (SELECT count(*) AS n FROM differs WHERE name LIKE 'mutation %' = mutated) x
ORDER BY mutated;
WITH bad AS (
    SELECT (SELECT count(DISTINCT (name, record, ordinal)) FROM finding)
           + (SELECT count(*) FROM dangling) + (SELECT count(*) FROM differs) AS n
), total AS (
    SELECT (SELECT count(*) FROM said WHERE session = 1 AND kind IN ('resource', 'bundle'))
           + (SELECT count(*) FROM said s, fhir_references(s.resource) f
              WHERE s.session = 1 AND s.kind = 'resource' AND f.reference ~ '^[A-Za-z]+/')
           + (SELECT count(*) FROM message) AS n
)
SELECT format('%s passed, %s failed', total.n - bad.n, bad.n) FROM bad, total;
SQL
