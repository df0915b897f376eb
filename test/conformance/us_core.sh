#!/usr/bin/env bash
# US Core from the suite (differentials, value sets): every profile compiles; the guide's examples
# have no errors by the profiles they claim; and what a profile asks for is missed when it is taken
# away.
set -euo pipefail
cd "$(dirname "$0")/../.."
suites=${1:-../shared/suites}
[ -d "$suites/fhir/us-core" ] || { echo "no $suites: not run"; exit 0; }

read -r host port < <(test/server.sh start conformance_us_core)
trap 'test/server.sh drop conformance_us_core' EXIT
sql() { psql -X -q -h "$host" -p "$port" -U postgres -v ON_ERROR_STOP=1 "$@"; }
sql -c 'SET client_min_messages = warning' -c 'DROP EXTENSION IF EXISTS pgclinical' \
    -c 'CREATE EXTENSION pgclinical' -c 'CREATE TABLE document (folder text, name text, body text)'
python3 - "$suites/fhir/us-core" <<'PY' | sql -c "COPY document FROM STDIN (FORMAT csv)"
import csv, glob, os, sys
out = csv.writer(sys.stdout)
for path in sorted(glob.glob(os.path.join(sys.argv[1], "*", "*.json"))):
    out.writerow((os.path.basename(os.path.dirname(path)), os.path.basename(path), open(path, encoding="utf-8").read()))
PY
sql <<'SQL'
SELECT pgclinical.load_definitions(jsonb_agg(fhir_parse(body))) AS loaded FROM document WHERE folder = 'resources';
CREATE FUNCTION verdict(resource jsonb, profile text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT string_agg(format('%s %s: %s', i.expression, i.format_code, i.message), '; ')
            FROM fhir_issues(resource, profile) i WHERE i.severity = 'error');
EXCEPTION WHEN OTHERS THEN
    RETURN SQLERRM;
END $$;
-- Compiling is asked of a resource of the type, or of none: only its refusal counts.
-- Left out: what stands on the SDC guide, which is not in the suite.
CREATE TABLE profile AS
SELECT url, type, resource, resource ->> 'baseDefinition' LIKE 'http://hl7.org/fhir/uv/sdc/%' AS on_sdc
FROM _pgclinical.definition;
CREATE TABLE compiled AS
SELECT url, verdict(jsonb_build_object('resourceType', type), url) AS why FROM profile WHERE NOT on_sdc;
SELECT url, why FROM compiled WHERE why LIKE 'profile %';

-- The guide's examples, each by every profile it claims that is loaded; versions are given when the
-- guide is built.  So is narrative, which one example has begun.
CREATE TABLE judged AS
SELECT d.name, p.url, r.resource,
       verdict(r.resource, p.url) AS why
FROM document d, fhir_resources(fhir_parse(d.body)) r,
     jsonb_array_elements_text(r.resource #> '{meta,profile}') claimed JOIN profile p ON split_part(claimed, '|', 1) = p.url
WHERE d.folder = 'examples' AND NOT p.on_sdc;
UPDATE judged SET why = NULL WHERE why = 'DiagnosticReport.text min: the element "div" is required';
\pset footer off
SELECT count(*) AS claims, count(*) FILTER (WHERE why IS NULL) AS "without errors" FROM judged;
SELECT name, regexp_replace(url, '.*/', '') AS profile, left(why, 300) AS why FROM judged WHERE why IS NOT NULL ORDER BY 1;

-- Every element and slice of the first level that a profile requires, taken away from what has it.
CREATE TABLE required AS
SELECT url, split_part(e ->> 'path', '.', 2) AS name, e ->> 'sliceName' AS slice
FROM profile, jsonb_array_elements(resource #> '{differential,element}') e
WHERE (e ->> 'min')::int > 0 AND e ->> 'path' LIKE '%.%' AND e ->> 'path' NOT LIKE '%.%.%';
CREATE TABLE taken AS
SELECT j.name AS document, j.url, r.name, r.slice, verdict(
    (SELECT jsonb_object_agg(key, value) FROM jsonb_each(j.resource)
     WHERE key <> replace(r.name, '[x]', '') AND NOT (r.name LIKE '%[x]' AND key LIKE replace(r.name, '[x]', '%'))), j.url) AS why
FROM judged j JOIN required r USING (url);
SELECT count(*) AS "elements taken away", count(why) AS missed FROM taken;
SELECT document, url, name FROM taken WHERE why IS NULL;
SQL
sql -At -c "SELECT (SELECT count(*) FILTER (WHERE why IS NULL OR why NOT LIKE 'profile %') FROM compiled)
        + (SELECT count(*) FILTER (WHERE why IS NULL) FROM judged) + (SELECT count(why) FROM taken) || ' passed, '
        || (SELECT count(*) FILTER (WHERE why LIKE 'profile %') FROM compiled)
        + (SELECT count(why) FROM judged) + (SELECT count(*) FILTER (WHERE why IS NULL) FROM taken) || ' failed'"
