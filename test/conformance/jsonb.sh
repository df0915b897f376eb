#!/usr/bin/env bash
# Every JSON document of the suites, and every resource inside a bundle, through fhir_parse and
# through ::jsonb: equal as values, as text and byte for byte as stored; the same through the
# reader and writer events (jsonb_rewrite) and through copies of subtrees (jsonb_copy).
set -euo pipefail
cd "$(dirname "$0")/../.."
suites=${1:-../shared/suites}
[ -d "$suites" ] || { echo "no $suites: not run"; exit 0; }

read -r host port < <(test/server.sh start conformance_jsonb)
trap 'test/server.sh drop conformance_jsonb' EXIT
sql() { psql -X -q -h "$host" -p "$port" -U postgres -v ON_ERROR_STOP=1 "$@"; }

sql -c 'SET client_min_messages = warning' -c 'DROP EXTENSION IF EXISTS pgclinical, bridge_test' \
    -c 'CREATE EXTENSION pgclinical' -c 'CREATE EXTENSION bridge_test' \
    -c 'DROP TABLE IF EXISTS document' -c 'CREATE TABLE document (place text, body text)'

python3 - "$suites" <<'PY' | sql -c "COPY document FROM STDIN (FORMAT csv)"
import csv, os, sys
root = sys.argv[1]
out = csv.writer(sys.stdout)
for top in ("fhir", "synthea", "sql-on-fhir", "anonymizer", "v2-to-fhir-ig", "terminology", "fhirpath", "deid"):
    for folder, folders, files in os.walk(os.path.join(root, top)):
        folders.sort()
        for name in sorted(files):
            path = os.path.join(folder, name)
            place = os.path.relpath(path, root)
            if not name.endswith((".json", ".ndjson")):
                continue
            try:
                text = open(path, encoding="utf-8", newline="").read()
            except UnicodeDecodeError:
                continue
            if "\0" in text:
                continue
            if name.endswith(".ndjson"):
                for number, line in enumerate(text.split("\n"), 1):
                    if line.strip():
                        out.writerow((f"{place}:{number}", line))
            else:
                out.writerow((place, text))
PY

# Type json keeps the text of what it cuts out.
sql <<'SQL'
CREATE FUNCTION pg_temp.is_json(t text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN PERFORM t::jsonb; RETURN true; EXCEPTION WHEN data_exception THEN RETURN false; END $$;
CREATE FUNCTION pg_temp.has_duplicate(t text) RETURNS boolean LANGUAGE sql AS $$
    WITH RECURSIVE node AS (
        SELECT t::json AS v
        UNION ALL
        SELECT c.v FROM node CROSS JOIN LATERAL (
            SELECT value AS v FROM json_each(CASE json_typeof(node.v) WHEN 'object' THEN node.v END)
            UNION ALL
            SELECT value FROM json_array_elements(CASE json_typeof(node.v) WHEN 'array' THEN node.v END)
        ) c
    )
    SELECT EXISTS (SELECT FROM node WHERE json_typeof(v) = 'object'
                   AND (SELECT count(*) > count(DISTINCT k) FROM json_object_keys(v) k)) $$;

ALTER TABLE document ADD json boolean;
UPDATE document SET json = pg_temp.is_json(body);
INSERT INTO document
SELECT place || '#' || ordinality, (entry -> 'resource')::text, true
FROM (SELECT * FROM document WHERE json AND body ~ '"entry"' AND json_typeof(body::json) = 'object') d,
     json_array_elements(CASE json_typeof(body::json -> 'entry') WHEN 'array' THEN body::json -> 'entry' END)
         WITH ORDINALITY AS e (entry, ordinality)
WHERE json_typeof(entry) = 'object' AND entry -> 'resource' IS NOT NULL;

CREATE TABLE verdict AS
SELECT place, json, fhir_try_parse(body) IS NOT NULL AS accepted,
       CASE WHEN json THEN
           fhir_try_parse(body) = body::jsonb
           AND fhir_try_parse(body)::text = body::jsonb::text
           AND jsonb_image(fhir_try_parse(body)) = jsonb_image(body::jsonb)
           AND pg_column_size(fhir_try_parse(body)) = pg_column_size(body::jsonb) END AS equal,
       CASE WHEN json THEN jsonb_image(jsonb_rewrite(body::jsonb)) = jsonb_image(body::jsonb)
           AND jsonb_image(jsonb_copy(body::jsonb)) = jsonb_image(body::jsonb) END AS rewritten,
       CASE WHEN json AND fhir_try_parse(body) IS NULL THEN pg_temp.has_duplicate(body) END AS duplicate,
       length(body) AS length
FROM document;
\pset footer off
SELECT count(*) AS documents, pg_size_pretty(sum(length)) AS bytes, max(length) AS longest,
       count(*) FILTER (WHERE accepted) AS accepted,
       count(*) FILTER (WHERE equal) AS "byte for byte as ::jsonb",
       count(*) FILTER (WHERE NOT json) AS "refused by both",
       count(*) FILTER (WHERE duplicate) AS "refused for a duplicate key"
FROM verdict WHERE json OR NOT accepted;
SELECT place AS "not as expected" FROM verdict
WHERE NOT coalesce(CASE WHEN json THEN rewritten AND (equal OR duplicate) ELSE NOT accepted END, false)
ORDER BY place LIMIT 20;
\pset tuples_only on
\pset format unaligned
SELECT count(*) FILTER (WHERE good) || ' passed, ' || count(*) FILTER (WHERE NOT good) || ' failed'
FROM (SELECT coalesce(CASE WHEN json THEN rewritten AND (equal OR duplicate) ELSE NOT accepted END,
                      false) AS good FROM verdict) v;
SQL
