#!/usr/bin/env bash
# The suites' FHIR files through a feed, each resource judged: live with all that its source says
# (ids and references aside), or waiting for a patient that is in none of the files, or the other of
# two versions, or an OperationOutcome.  Then: every document's bytes are kept, every reference of
# Synthea's bundles leads to a row, and a second run writes nothing.
set -euo pipefail
cd "$(dirname "$0")/../.."
suites=${1:-../shared/suites}
[ -d "$suites/fhir" ] || { echo "no $suites: not run"; exit 0; }

read -r host port < <(test/server.sh start conformance_fhir_load)
folder=$(mktemp -d /tmp/pgclinical.fhir_load.XXXXXX)
trap 'rm -rf "$folder"; test/server.sh drop conformance_fhir_load' EXIT
sql() { psql -X -q -h "$host" -p "$port" -U postgres -v ON_ERROR_STOP=1 "$@"; }
cp -r "$suites/fhir/r4-examples-ndjson" "$folder/examples"
cp -r "$suites/synthea" "$folder/synthea"
rm -rf "$folder/synthea/synthea-csv-27nj"
chmod -R a+rX "$folder"

sql -c 'SET client_min_messages = warning' -c 'DROP EXTENSION IF EXISTS pgclinical' \
    -c 'CREATE EXTENSION pgclinical' -c 'CREATE TABLE document (feed text, sha256 bytea)' \
    -c "CREATE SERVER inbox FOREIGN DATA WRAPPER pgclinical_files OPTIONS (location 'file://$folder')"
# What a document is, by another reader: a line of NDJSON, a JSON file.
python3 - "$folder" <<'PY' | sql -c "COPY document FROM STDIN (FORMAT csv)"
import glob, hashlib, os, sys
for feed in ("examples", "synthea"):
    for path in sorted(glob.glob(os.path.join(sys.argv[1], feed, "**", "*.*json"), recursive=True)):
        data = open(path, "rb").read()
        for one in data.splitlines() if path.endswith(".ndjson") else [data]:
            if one.strip():
                print(f"{feed},\\x{hashlib.sha256(one.strip()).hexdigest()}")
PY
for feed in examples synthea; do
    sql -c "SET client_min_messages = warning" -c "SELECT pgclinical.create_warehouse('$feed')" \
        -c "SELECT pgclinical.create_feed('$feed', 'f', 'inbox', '$feed/**/*.*json', 'fhir', '{\"batch\": 4000}')" \
        -c "CALL pgclinical.run('$feed', 'f')" -c "CALL pgclinical.run('$feed', 'f')" >/dev/null
done
sql <<'SQL'
\pset footer off
-- A resource without what the warehouse names anew.
CREATE FUNCTION plain(resource jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT regexp_replace((resource - 'id')::text,
        '"(reference|url)": "(urn:uuid:[^"]*|[A-Z][A-Za-z]*[/?][^"]*|https?://[^"]*/Patient/[^"]*)"', '"\1": "*"', 'g')::jsonb
$$;
CREATE FUNCTION unpacked(document jsonb) RETURNS SETOF jsonb LANGUAGE sql AS $$
    WITH RECURSIVE r(resource) AS (
        SELECT document
        UNION ALL
        SELECT e.resource FROM r, fhir_resources(r.resource) e WHERE r.resource ->> 'resourceType' = 'Bundle'
    )
    SELECT resource FROM r WHERE resource ->> 'resourceType' <> 'Bundle'
$$;
CREATE TABLE verdict (feed text, resource_type text, good boolean, how text);
CREATE PROCEDURE judge(feed text) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('search_path', feed || ', public', true);
    CREATE TEMP TABLE source AS
    SELECT row_number() OVER () AS n, r.record, u.resource ->> 'resourceType' AS type,
           u.resource ->> 'id' AS id, plain(u.resource) AS content
    FROM record r, unpacked(fhir_parse(convert_from(r.raw, 'UTF8'))) u(resource);
    CREATE TEMP TABLE live AS
    SELECT resource_type AS type, plain(resource) AS content FROM resource
    UNION ALL SELECT resource_type, plain(resource) FROM directory;
    CREATE INDEX ON live USING gin (content jsonb_path_ops);
    CREATE TEMP TABLE waiting AS
    SELECT p.resource_type AS type, plain(p.resource) AS content FROM parked p
    WHERE NOT EXISTS (SELECT FROM identity_link l WHERE l.other = p.patient_id AND l.rule = 'server-id')
      AND NOT EXISTS (SELECT FROM patient t WHERE t.patient_id = p.patient_id);
    INSERT INTO verdict
    SELECT judge.feed, s.type, how IS NOT NULL, coalesce(how, 'missing or different')
    FROM source s, LATERAL (SELECT CASE
        WHEN EXISTS (SELECT FROM live l WHERE l.type = s.type AND l.content @> s.content) THEN 'live'
        WHEN EXISTS (SELECT FROM waiting w WHERE w.type = s.type AND w.content @> s.content) THEN 'waits for an absent patient'
        WHEN EXISTS (SELECT FROM source o JOIN live l ON l.type = s.type AND l.content @> o.content
                     WHERE (o.type, o.id) = (s.type, s.id)) THEN 'another version is live'
        WHEN s.type = 'OperationOutcome' AND EXISTS (SELECT FROM issue i WHERE i.record = s.record
            AND i.format_code = 'operation-outcome') THEN 'no resource of a patient''s record' END) v(how);
    INSERT INTO verdict
    SELECT judge.feed, 'bytes', EXISTS (SELECT FROM record r WHERE r.sha256 = d.sha256), 'document kept as it came'
    FROM (SELECT DISTINCT sha256 FROM document d WHERE d.feed = judge.feed) d;
    INSERT INTO verdict
    SELECT judge.feed, 'second run', r.loaded = 0 AND r.resources = 0 AND r.records = 0, 'writes nothing' FROM run r WHERE r.run = 2;
    DROP TABLE source, live, waiting;
END $$;
CALL judge('examples');
CALL judge('synthea');
-- Every reference that the resources of a bundle make to one another.
INSERT INTO verdict
SELECT 'synthea', 'reference', t.id IS NOT NULL, 'leads to a row'
FROM (SELECT record, resource FROM synthea.resource UNION ALL SELECT record, resource FROM synthea.directory) r
JOIN synthea.record b ON b.record = r.record AND fhir_parse(convert_from(b.raw, 'UTF8')) ->> 'resourceType' = 'Bundle',
     fhir_references(r.resource) f
LEFT JOIN (SELECT resource_type, id FROM synthea.resource UNION ALL SELECT resource_type, id FROM synthea.directory) t
    ON t.resource_type = f.target_type AND t.id = f.target_id
WHERE f.kind IN ('relative', 'urn', 'query');
SELECT feed, how, count(*), count(*) FILTER (WHERE NOT good) AS failed FROM verdict GROUP BY 1, 2 ORDER BY 1, 2;
SELECT feed, resource_type, count(*) AS failed FROM verdict WHERE NOT good GROUP BY 1, 2 ORDER BY 1, 2;
SQL
sql -At -c "SELECT count(*) FILTER (WHERE good) || ' passed, ' || count(*) FILTER (WHERE NOT good) || ' failed' FROM verdict"
