// fhirpath.js with compiled expressions and the R4 model: ten expressions over each resource of an
// NDJSON file.  Prints thousands of resources a second.
const fs = require('fs');
const fhirpath = require('fhirpath');
const model = require('fhirpath/fhir-context/r4');

const [file, ...paths] = process.argv.slice(2);
const resources = fs.readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
const compiled = paths.map((path) => fhirpath.compile(path, model));
let done = 0;
let found = 0;
const start = process.hrtime.bigint();
const seconds = () => Number(process.hrtime.bigint() - start) / 1e9;
while (seconds() < 3) {
  for (const path of compiled) found += path(resources[done % resources.length]).length;
  done++;
}
if (found === 0) throw new Error('nothing found');
console.log((done / seconds() / 1000).toFixed(2));
