#!/usr/bin/env bash
# NDJSON files to live FHIR rows (raw kept, references and identities resolved, validated, normalized,
# audited), beside COPY of the same bytes into a jsonb column; the second run is measured as well.
# Synthea's bundles of the suites, taken apart, many times over with other ids.
set -euo pipefail
cd "$(dirname "$0")/../.."
suites=${SUITES:-../shared/suites}
[ -d "$suites/synthea" ] || { echo "no $suites: not run"; exit 0; }
folder=$(mktemp -d /tmp/pgclinical.bench.XXXXXX)
trap 'rm -rf "$folder"' EXIT
sql() { psql -qXAt -v ON_ERROR_STOP=1 "$@"; }
result() { printf 'result\t%s\t%s\t%s\t%s\n' "$@"; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.1f", a / b }'; }

python3 - "$suites/synthea" "$folder" "${BENCH_RESOURCES:-20000}" <<'PY'
import glob, json, os, sys
suite, folder, most = sys.argv[1], sys.argv[2], int(sys.argv[3])
os.makedirs(f"{folder}/in")
lines = {}
count = copy = 0
while count < most:
    for path in sorted(glob.glob(f"{suite}/*/*.json")):
        bundle = json.load(open(path, encoding="utf-8"))
        known = {e["fullUrl"]: (e["resource"]["resourceType"], f"{e['resource']['id']}-{copy}"[-64:]) for e in bundle["entry"]}
        for entry in bundle["entry"]:
            resource = entry["resource"]
            resource["id"] = known[entry["fullUrl"]][1]
            for identifier in resource.get("identifier", []):
                identifier["value"] = f"{identifier.get('value')}-{copy}"
            text = json.dumps(resource, separators=(",", ":"))
            for url, (kind, name) in known.items():
                if url in text:
                    text = text.replace(f'"reference":"{url}"', f'"reference":"{kind}/{name}"')
            # A patient's file comes first, as exports are asked for.
            lines.setdefault("0Patient" if resource["resourceType"] == "Patient" else resource["resourceType"], []).append(text)
            count += 1
    copy += 1
for name, texts in lines.items():
    with open(f"{folder}/in/{name}.ndjson", "w", encoding="utf-8") as out:
        out.write("\n".join(texts) + "\n")
with open(f"{folder}/all", "w", encoding="utf-8") as out:
    for texts in lines.values():
        out.writelines(t.replace("\\", "\\\\").replace("\t", "\\t") + "\n" for t in texts)
PY
chmod -R a+rX "$folder"
bytes=$(cat "$folder"/in/* | wc -c)
count=$(cat "$folder"/in/* | wc -l)
sql -c 'CREATE TABLE bare (resource jsonb)'
copied=$(sql -c '\timing on' -c "COPY bare FROM '$folder/all'" | sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p')
copy_rate=$(awk -v n="$bytes" -v t="$copied" 'BEGIN { printf "%.1f", n / t / 1000 }')
result "COPY into a jsonb column" "$copy_rate" "MB/s" ""
result "COPY into a jsonb column: resources" "$(awk -v n="$count" -v t="$copied" 'BEGIN { printf "%.0f", n / t * 1000 }')" "resources/s" ""

sql -c "CREATE SERVER bench FOREIGN DATA WRAPPER pgclinical_files OPTIONS (location 'file://$folder')"
for workers in 1 2; do
    sql -c "SELECT pgclinical.create_warehouse('bench$workers')" \
        -c "SELECT pgclinical.create_feed('bench$workers', 'f', 'bench', 'in/*', 'fhir')" >/dev/null
    sql -c "CALL pgclinical.run('bench$workers', 'f', $workers)" -c "CALL pgclinical.run('bench$workers', 'f', $workers)" 2>/dev/null
    read -r mb resources < <(sql -F' ' -c "SELECT round($bytes / 1e6 / extract(epoch FROM ended - started), 1),
        round(resources / extract(epoch FROM ended - started)) FROM bench$workers.run WHERE run = 1")
    result "run of a FHIR feed, $workers worker(s): bytes" "$mb" "MB/s" ""
    result "run of a FHIR feed, $workers worker(s): resources written" "$resources" "resources/s" ""
    result "COPY into jsonb is so many times as fast as a run, $workers worker(s)" "$(ratio "$copy_rate" "$mb")" "times" ""
done
result "second run over the same FHIR files, times as fast" \
    "$(sql -c "SELECT round(max(extract(epoch FROM ended - started)) FILTER (WHERE run = 1)
        / max(extract(epoch FROM ended - started)) FILTER (WHERE run = 2)) FROM bench1.run")" "times" "at least 5"
