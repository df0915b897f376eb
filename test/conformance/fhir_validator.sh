#!/usr/bin/env bash
# The HL7 validator's cases of base R4 through fhir_issues: see fhir_validator.py.  Then the official
# R4 examples, none of which may have an error but those that fhir_examples_errors.csv accounts for.
set -euo pipefail
cd "$(dirname "$0")/../.."
suites=${1:-../shared/suites}
suite=$suites/fhir/validator-r4
[ -d "$suite" ] || { echo "no $suite: not run"; exit 0; }
out=build/conformance
mkdir -p "$out"

read -r host port < <(test/server.sh start conformance_fhir_validator)
trap 'test/server.sh drop conformance_fhir_validator' EXIT
sql() { psql -X -q -h "$host" -p "$port" -U postgres -v ON_ERROR_STOP=1 "$@"; }
sql -c 'SET client_min_messages = warning' -c 'DROP EXTENSION IF EXISTS pgclinical' \
    -c 'CREATE EXTENSION pgclinical' -c 'CREATE TABLE document (name text, kind text, body text)' \
    -c 'CREATE TABLE example (place text, body text)'
python3 test/conformance/fhir_validator.py cases "$suite" |
    sql -c "COPY document FROM STDIN (FORMAT csv)"
python3 - "$suites/fhir/r4-examples-ndjson" <<'PY' | sql -c "COPY example FROM STDIN (FORMAT csv)"
import csv, glob, os, sys
out = csv.writer(sys.stdout)
for path in sorted(glob.glob(os.path.join(sys.argv[1], "*.ndjson"))):
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        if line.strip():
            out.writerow((f"{os.path.basename(path)}:{number}", line.strip()))
PY
sql <<'SQL'
CREATE FUNCTION read(kind text, body text, OUT resource jsonb, OUT refused text) LANGUAGE plpgsql AS $$
BEGIN
    IF kind = 'xml' THEN resource := fhir_from_xml(body); ELSE resource := fhir_parse(body); END IF;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS refused = PG_EXCEPTION_DETAIL;
    refused := SQLERRM || ': ' || refused;
END $$;
SQL
sql -c "COPY (SELECT name, refused, (SELECT jsonb_agg(to_jsonb(i)) FROM fhir_issues(resource) i)
              FROM document CROSS JOIN LATERAL read(kind, body)) TO STDOUT (FORMAT csv)" >"$out/validator.csv"
python3 test/conformance/fhir_validator.py judge "$suite" "$out/validator.csv" >"$out/validator.log"
sed '$d' "$out/validator.log"
IFS=' ,' read -r passed _ failed _ < <(tail -1 "$out/validator.log")

# Malformed documents are refused with a place.
sql -At -c "SELECT name FROM document CROSS JOIN LATERAL read(kind, body)
            WHERE refused IS NOT NULL AND refused !~ '[Ll]ine \d+'" >"$out/placeless.log"
sed 's/^/refused without a place: /' "$out/placeless.log"
failed=$((failed + $(wc -l <"$out/placeless.log")))

# Official examples.
sql -At -F ' ' -c "SELECT DISTINCT place, i.format_code, regexp_replace(i.expression, '\[\d+\]', '', 'g')
    FROM example, fhir_issues(fhir_parse(body)) i WHERE i.severity = 'error'" | sort >"$out/examples.log"
tail -n +2 test/conformance/fhir_examples_errors.csv | cut -d, -f1-3 | tr ',' ' ' | sort >"$out/accounted.log"
comm -23 "$out/examples.log" "$out/accounted.log" >"$out/false.log"
sed 's/^/error in an official example: /' "$out/false.log"
examples=$(sql -At -c 'SELECT count(*) FROM example')
wrong=$(cut -d' ' -f1 "$out/false.log" | sort -u | wc -l)
echo "official examples: $((examples - wrong)) of $examples without an error that is none"
echo "$((passed + examples - wrong)) passed, $((failed + wrong)) failed"
