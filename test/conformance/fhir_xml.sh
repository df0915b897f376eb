#!/usr/bin/env bash
# Every official R4 example, resource by resource: JSON -> XML -> JSON is the same document, and
# the XML is well-formed by another reader (Python's) too.  Every XML document of the suites that
# is accepted comes back the same after XML -> JSON -> XML -> JSON.
set -euo pipefail
cd "$(dirname "$0")/../.."
suites=${1:-../shared/suites}
[ -d "$suites/fhir" ] || { echo "no $suites: not run"; exit 0; }

read -r host port < <(test/server.sh start conformance_fhir_xml)
trap 'test/server.sh drop conformance_fhir_xml' EXIT
sql() { psql -X -q -h "$host" -p "$port" -U postgres -v ON_ERROR_STOP=1 "$@"; }
sql -c 'SET client_min_messages = warning' -c 'DROP EXTENSION IF EXISTS pgclinical' \
    -c 'CREATE EXTENSION pgclinical' -c 'CREATE TABLE document (place text, kind text, body text)'

python3 - "$suites" <<'PY' | sql -c "COPY document FROM STDIN (FORMAT csv)"
import csv, glob, os, sys
root = sys.argv[1]
out = csv.writer(sys.stdout)
for folder in ("fhir/r4-examples-ndjson", "fhir/test-data-r4-ndjson", "synthea/pathling-ndjson"):
    for path in sorted(glob.glob(os.path.join(root, folder, "*.ndjson"))):
        for number, line in enumerate(open(path, encoding="utf-8"), 1):
            if line.strip():
                out.writerow((f"{os.path.relpath(path, root)}:{number}", "json", line.strip()))
for path in sorted(glob.glob(os.path.join(root, "fhir", "validator-r4", "**", "*.xml"), recursive=True)):
    text = open(path, "rb").read().decode("utf-8", "replace").replace("\0", "")
    out.writerow((os.path.relpath(path, root), "xml", text))
PY
sql <<'SQL'
CREATE FUNCTION pg_temp.reason(statement text, body text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    why text;
BEGIN
    EXECUTE statement USING body;
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS why = PG_EXCEPTION_DETAIL;
    RETURN SQLERRM || ': ' || why;
END $$;
CREATE TABLE verdict AS
SELECT place, kind, body, pg_temp.reason('SELECT fhir_from_xml(fhir_to_xml(fhir_parse($1)))', body) AS refused,
       CASE WHEN pg_temp.reason('SELECT fhir_from_xml(fhir_to_xml(fhir_parse($1)))', body) IS NULL
            THEN fhir_from_xml(fhir_to_xml(fhir_parse(body)))::text = fhir_parse(body)::text
                 AND fhir_to_xml(fhir_parse(body))::xml IS DOCUMENT END AS same
FROM document WHERE kind = 'json'
UNION ALL
SELECT place, kind, body, pg_temp.reason('SELECT fhir_from_xml($1)', body),
       CASE WHEN fhir_try_from_xml(body) IS NOT NULL
                 AND pg_temp.reason('SELECT fhir_to_xml(fhir_from_xml($1))', body) IS NULL
            THEN fhir_from_xml(fhir_to_xml(fhir_from_xml(body)))::text = fhir_from_xml(body)::text END
FROM document WHERE kind = 'xml';
\pset footer off
SELECT kind, split_part(place, '/', 2) AS suite, count(*) AS documents, count(*) FILTER (WHERE same) AS same,
       count(refused) AS refused, count(*) FILTER (WHERE refused IS NULL AND same IS NULL) AS "no XML of it"
FROM verdict GROUP BY 1, 2 ORDER BY 1, 2;
-- Conditions and reports of fhir.test.data.r4 have STU3's "context": refused, as they should be.
ALTER TABLE verdict ADD good boolean;
UPDATE verdict SET good = CASE
    WHEN kind = 'xml' THEN same IS DISTINCT FROM false
    WHEN place LIKE 'fhir/test-data-r4%'
         AND (body LIKE '%"resourceType": "Condition"%' OR body LIKE '%"resourceType": "DiagnosticReport"%')
        THEN coalesce(same, refused LIKE '%At %: a member is not known here.' AND body LIKE '%"context":%')
    ELSE coalesce(same, false) END;
SELECT place AS "not as expected", refused FROM verdict WHERE NOT good ORDER BY place LIMIT 30;
SELECT refused, count(*), min(place) FROM (SELECT regexp_replace(refused, 'Line.*column \d+', '') AS refused, place
FROM verdict WHERE kind = 'xml' AND refused IS NOT NULL) r GROUP BY 1 ORDER BY 2 DESC LIMIT 40;
\pset tuples_only on
\pset format unaligned
SELECT count(*) FILTER (WHERE good) || ' passed, ' || count(*) FILTER (WHERE NOT good) || ' failed'
FROM verdict;
SQL
