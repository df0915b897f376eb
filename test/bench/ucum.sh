#!/usr/bin/env bash
# Conversion of units, one core: constant units, and 300 compound units that vary by row; quantities.
#
# Run by bench.sh, or alone: PGHOST=... PGPORT=... PGUSER=... PGDATABASE=... test/bench/ucum.sh
# Peers where they are at hand: postgresql-unit (extension unit) in the same database, and
# @lhncbc/ucum-lhc from npm in memory without a database.
set -euo pipefail
cd "$(dirname "$0")/../.."
rows=${ROWS:-1000000}
sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }

sql <<SQL
SET client_min_messages = warning;
DROP TABLE IF EXISTS conversion;
CREATE UNLOGGED TABLE conversion AS
SELECT (n % 100000)::numeric / 10 AS value,
       (ARRAY['mg', 'ug', 'ng', 'pg', 'g', 'kg', '[lb_av]', '[oz_av]', 'dg', 'cg'])[1 + n % 10] || '/'
       || (ARRAY['dL', 'L', 'mL', 'uL', '[gal_us]', 'dm3'])[1 + n / 10 % 6]
       || (ARRAY['', '/h', '/d', '/min', '/kg'])[1 + n / 60 % 5] AS unit,
       'g/L' || (ARRAY['', '/s', '/s', '/s', '/g'])[1 + n / 60 % 5] AS target
FROM generate_series(1, $rows) n;
VACUUM ANALYZE conversion;
SQL

# Best of five, in milliseconds, in turn, net of the scan that hands the columns over.
sql <<SQL | awk -F'|' -v rows="$rows" '
    { ms[$1] = $2 }
    END {
        constant = ms["constant"] - ms["scan"]; varying = ms["varying"] - ms["scan3"]
        printf "ucum_convert over %d rows: scan %.0f ms, constant units %.0f ms, varying units %.0f ms\n",
               rows, ms["scan"], ms["constant"], ms["varying"]
        printf "result\tucum_convert, constant units, net of the scan\t%.2f\tM/s\t2\n", rows / constant / 1000
        printf "result\tucum_convert, 300 varying compound units, net of the scan\t%.2f\tM/s\t1\n", rows / varying / 1000
        printf "result\tquantity >, constant bound, net of making the quantity\t%.2f\tM/s\t\n",
               rows / (ms["compare"] - ms["quantity"]) / 1000
        printf "result\tlab_normalize, glucose in mg/dL\t%.2f\tM/s\t\n", rows / (ms["lab"] - ms["scan"]) / 1000
        if ("unit" in ms)
            printf "result\tucum_convert against postgresql-unit, varying units\t%.2f\ttimes\t\n",
                   (ms["unit"] - ms["scan3"]) / varying
    }'
SET max_parallel_workers_per_gather = 0;
SET jit = off;
CREATE FUNCTION pg_temp.ms(q text) RETURNS float8 LANGUAGE plpgsql AS \$\$
DECLARE t timestamptz := clock_timestamp();
BEGIN EXECUTE q; RETURN extract(epoch FROM clock_timestamp() - t) * 1000; END \$\$;
CREATE TEMP TABLE took AS
SELECT kind, pg_temp.ms(format('SELECT count(%s) FROM conversion', expression)) AS ms
FROM generate_series(1, 5) round,
     (VALUES ('scan', 'value'), ('scan3', 'value + length(unit) + length(target)'),
             ('constant', 'ucum_convert(value, ''mg/dL'', ''g/L'')'),
             ('varying', 'ucum_convert(value, unit, target)'),
             ('quantity', 'quantity(value, ''mg/dL'')'),
             ('compare', 'quantity(value, ''mg/dL'') > ''5 g/L''::quantity')) AS e (kind, expression);
INSERT INTO took
SELECT 'lab', pg_temp.ms('SELECT count(n.factor) FROM conversion, lab_normalize(''loinc|2345-7'', value, ''mg/dL'') n');
SELECT kind, min(ms) FROM took GROUP BY kind;
SQL

# In the same minute: ucum-lhc in memory, on the same units.
if modules=$(test/bench/npm.sh @lhncbc/ucum-lhc@7); then
    sql -c "SELECT DISTINCT unit || E'\t' || target FROM conversion" | NODE_PATH=$modules node -e '
        const utils = require("@lhncbc/ucum-lhc").UcumLhcUtils.getInstance();
        const units = require("fs").readFileSync(0, "utf8").trim().split("\n").map(l => l.split("\t"));
        const rate = (n, f) => { const t = process.hrtime.bigint(); for (let i = 0; i < n; i++) f(i);
                                 return n / (Number(process.hrtime.bigint() - t) / 1e3); };
        const varying = rate(20000, i => utils.convertUnitTo(units[i % units.length][0], i / 10, units[i % units.length][1]));
        console.log(`result\tucum-lhc in memory, varying compound units\t${varying.toFixed(3)}\tM/s\t`);'
fi
