// Segments of a template over the rows of a CSV file (no quotes in it): LiquidJS and sms-segments-calculator.
// node cost.mjs TEMPLATE CSV; one JSON line.
import { readFileSync } from 'node:fs'
import { Liquid } from 'liquidjs'
import calculator from 'sms-segments-calculator'

const [template, csv] = process.argv.slice(2)
const liquid = new Liquid()
const page = liquid.parse(readFileSync(template, 'utf8').trimEnd())
const [head, ...rows] = readFileSync(csv, 'utf8').trimEnd().split('\n')
const columns = head.split(',')
let messages = 0, segments = 0
for (const row of rows) {
  const fields = row.split(',')
  const data = Object.fromEntries(columns.map((name, i) => [name, fields[i]]))
  segments += new calculator.SegmentedMessage(liquid.renderSync(page, data)).segmentsCount
  messages += 1
}
console.log(JSON.stringify({ messages, segments }))
