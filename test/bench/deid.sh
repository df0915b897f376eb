#!/usr/bin/env bash
# Rows and MB per second of deid_safe_harbor, beside the text of the same rows: an observation with
# its references and coding, a patient with the usual identifiers and extensions, HL7 v2 messages of
# about 1.9 kB.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
suites=../shared/suites/hl7v2
[ -d "$suites" ] || suites=
# shellcheck disable=SC2086
python3 test/bench/hl7v2_messages.py 30000 $suites >"$work/messages"
rows=${ROWS:-100000}
psql -qX -v ON_ERROR_STOP=1 <<SQL
CREATE TABLE observation AS
SELECT jsonb_build_object('resourceType', 'Observation', 'id', md5(n::text), 'status', 'final',
    'meta', '{"profile":["http://hl7.org/fhir/StructureDefinition/vitalsigns"],"lastUpdated":"2020-01-02T03:04:05Z"}'::jsonb,
    'category', '[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs","display":"vital-signs"}]}]'::jsonb,
    'code', '{"coding":[{"system":"http://loinc.org","code":"8302-2","display":"Body Height"}],"text":"Body Height"}'::jsonb,
    'subject', jsonb_build_object('reference', 'Patient/' || md5((n / 50)::text), 'display', 'Somebody'),
    'encounter', jsonb_build_object('reference', 'Encounter/' || md5((n / 5)::text)),
    'effectiveDateTime', '2019-05-06T07:08:09-04:00', 'issued', '2019-05-06T07:08:09.123-04:00',
    'valueQuantity', jsonb_build_object('value', 150 + n % 500 / 10.0, 'unit', 'cm', 'system', 'http://unitsofmeasure.org', 'code', 'cm')) AS resource
FROM generate_series(1, $rows) n;
CREATE TABLE patient AS
SELECT jsonb_build_object('resourceType', 'Patient', 'id', md5(n::text), 'gender', 'female',
    'identifier', jsonb_build_array(jsonb_build_object('system', 'http://hospital.example/mrn', 'value', md5(n::text))),
    'name', '[{"use":"official","family":"Somebody","given":["Some","Body"],"prefix":["Mrs."]}]'::jsonb,
    'telecom', '[{"system":"phone","value":"555-555-1234","use":"home"}]'::jsonb,
    'birthDate', to_char(date '1940-01-01' + n % 20000, 'YYYY-MM-DD'),
    'address', '[{"line":["1 Main Street"],"city":"Salem","state":"MA","postalCode":"01970","country":"US"}]'::jsonb,
    'maritalStatus', '{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-MaritalStatus","code":"M","display":"M"}],"text":"M"}'::jsonb,
    'extension', '[{"url":"http://hl7.org/fhir/us/core/StructureDefinition/us-core-race","extension":[{"url":"ombCategory","valueCoding":{"system":"urn:oid:2.16.840.1.113883.6.238","code":"2106-3","display":"White"}},{"url":"text","valueString":"White"}]}]'::jsonb,
    'communication', '[{"language":{"coding":[{"system":"urn:ietf:bcp:47","code":"en-US","display":"English"}],"text":"English"}}]'::jsonb) AS resource
FROM generate_series(1, $rows) n;
CREATE TABLE linked AS
SELECT resource, jsonb_build_object('Observation/' || (resource ->> 'id'), 'o' || md5(random()::text), resource -> 'subject' ->> 'reference', 'p' || md5(random()::text),
    resource -> 'encounter' ->> 'reference', 'e' || md5(random()::text)) AS codes,
    '{"birthDate":"1960-05-05","known":["Somebody","Salem","5555551234","1 Main Street","4711001"]}'::jsonb AS person
FROM observation;
CREATE TABLE message (message hl7v2 COMPRESSION lz4);
\copy message from '$work/messages'
VACUUM ANALYZE;
SQL

# milliseconds EXPRESSION TABLE: the best of three scans.
milliseconds() {
    local best=999999999 i ms
    for i in 1 2 3; do
        ms=$(psql -qXAt -c '\timing on' -c "SELECT count($1) FROM $2" | sed -n 's/^Time: \([0-9]*\).*/\1/p')
        [ "$ms" -lt "$best" ] && best=$ms
    done
    echo "$best"
}

# megabytes WHAT EXPRESSION TABLE COLUMN: of the column as text.
megabytes() {
    printf 'result\t%s\t%s\tMB/s\tat least 100\n' "$1" \
        "$(awk -v b="$(psql -qXAt -c "SELECT sum(octet_length($4::text)) FROM $3")" \
            -v ms="$(milliseconds "$2" "$3")" 'BEGIN { printf "%.0f", b / ms / 1000 }')"
}
report() {  # report WHAT EXPRESSION TABLE
    local ms text
    ms=$(milliseconds "$2" "$3")
    text=$(milliseconds "length(resource::text)" "$3")
    printf 'result\t%s\t%d\trows/s\t\n' "$1" $((rows * 1000 / (ms > 0 ? ms : 1)))
    printf 'result\t%s, rate beside resource::text\t%s\ttimes\tat least 0.5\n' "$1" \
        "$(awk -v a="$text" -v b="$ms" 'BEGIN { printf "%.2f", a / (b > 0 ? b : 1) }')"
}
report "deid_safe_harbor, observations" "deid_safe_harbor(resource)" observation
report "deid_safe_harbor, patients" "deid_safe_harbor(resource)" patient
report "deid_safe_harbor with codes and person, observations" \
    "deid_safe_harbor(resource, person, '2026-01-01', codes)" linked
report "deid_references, observations" "(SELECT count(*) FROM deid_references(resource))" observation
megabytes "deid_safe_harbor, observations" "deid_safe_harbor(resource)" observation resource
megabytes "deid_safe_harbor, patients" "deid_safe_harbor(resource)" patient resource
megabytes "deid_safe_harbor with codes and person, observations" \
    "deid_safe_harbor(resource, person, '2026-01-01', codes)" linked resource
megabytes "deid_safe_harbor, HL7 v2" "deid_safe_harbor(message)" message message
megabytes "deid_safe_harbor with a person, HL7 v2" "deid_safe_harbor(message,
    '{\"birthDate\":\"1960-05-05\",\"known\":[\"Somebody\",\"Salem\",\"5555551234\",\"1 Main Street\",\"4711001\"]}', '2026-01-01')" \
    message message
