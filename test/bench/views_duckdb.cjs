// DuckDB, one thread: ten columns out of Observations, from JSON stored in a table and from the
// NDJSON file with its schema found by DuckDB.  Prints lines for views.sh.
const { DuckDBInstance } = require("@duckdb/node-api");

async function main() {
  const file = process.argv[2];
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  const db = await instance.connect();
  const paths = [
    "$.id", "$.status", "$.subject.reference", "$.encounter.reference", "$.code.coding[0].code",
    "$.code.coding[0].display", "$.effectiveDateTime", "$.issued", "$.valueQuantity.value",
    "$.valueQuantity.unit",
  ];
  await db.run(`CREATE TABLE stored AS SELECT json FROM read_ndjson_objects('${file}')`);
  const columns = paths.map((p, i) => `json->>'${p}' AS c${i}`).join(", ");
  const typed =
    "id, status, subject.reference AS patient, encounter.reference AS encounter, " +
    "code.coding[1].code AS code, code.coding[1].display AS display, effectiveDateTime, issued, " +
    "valueQuantity.value AS value, valueQuantity.unit AS unit";

  async function best(query) {
    let ms = Infinity;
    for (let i = 0; i < 3; i++) {
      const start = performance.now();
      await db.run(`CREATE OR REPLACE TABLE made AS ${query}`);
      ms = Math.min(ms, performance.now() - start);
    }
    return ms;
  }
  console.log(`duckdb|stored|${await best(`SELECT ${columns} FROM stored`)}`);
  console.log(`duckdb|file|${await best(`SELECT ${typed} FROM read_json('${file}')`)}`);
}
main();
