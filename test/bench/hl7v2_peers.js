// Prints how many messages a second the peers of npm parse for the ten values of test/bench/hl7v2.sh:
// "name rate" a line.  Messages come as COPY text.
'use strict'
const lines = require('fs').readFileSync(0, 'utf8').split('\n').filter(Boolean)
const messages = lines.map(l => l.replace(/\\(.)/g, (_, c) => (c === 'r' ? '\r' : c)))

function measure (name, read) {
  let found = 0
  let failed = 0
  const started = process.hrtime.bigint()
  for (const text of messages) {
    try { found += read(text) } catch (e) { failed++ }
  }
  const seconds = Number(process.hrtime.bigint() - started) / 1e9
  if (found > 0 && failed < messages.length / 2) console.log(name, Math.round(messages.length / seconds))
}

const places = [['MSH', 7], ['MSH', 9], ['MSH', 10], ['PID', 3], ['PID', 5], ['PID', 5, 2], ['PID', 7],
  ['PID', 8], ['PV1', 2], ['OBX', 5]]

try {
  const hl7 = require('simple-hl7')
  const parser = new hl7.Parser()
  measure('simple-hl7', text => {
    const message = parser.parse(text)
    let n = 0
    for (const [segment, field, component] of places) {
      const s = segment === 'MSH' ? message.header : message.getSegment(segment)
      if (s && s.getComponent(field, component || 1)) n++
    }
    return n
  })
} catch (e) { /* not installed */ }

try {
  const { Message } = require('node-hl7-client')
  measure('node-hl7-client', text => {
    const message = new Message({ text })
    let n = 0
    for (const [segment, field, component] of places) {
      if (message.get(`${segment}.${field}.${component || 1}`).toString()) n++
    }
    return n
  })
} catch (e) { /* not installed */ }
