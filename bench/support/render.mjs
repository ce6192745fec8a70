// Renders the mail with LiquidJS or Handlebars: node render.mjs ENGINE TEMPLATE DATA.json SECONDS OUTPUT; one JSON line.
// CPU is that of the whole process, its compiler and collector threads included.
import { readFileSync, writeFileSync } from 'node:fs'

const [engine, template, dataFile, secondsText, output] = process.argv.slice(2)
const source = readFileSync(template, 'utf8')
const json = readFileSync(dataFile, 'utf8')
const data = JSON.parse(json)
const seconds = Number(secondsText)

async function liquidjs() {
  const { Liquid } = await import('liquidjs')
  const liquid = new Liquid({ outputEscape: 'escape' })
  const page = liquid.parse(source)
  return { render: () => liquid.renderSync(page, data), parse: () => liquid.parse(source) }
}

async function handlebars() {
  const { default: Handlebars } = await import('handlebars')
  const own = Handlebars.create()
  own.registerHelper('capitalize', text => text.charAt(0).toUpperCase() + text.slice(1).toLowerCase())
  own.registerHelper('truncate', (text, most) => text.length > most ? text.slice(0, most - 3) + '...' : text)
  const page = own.compile(source)
  // It compiles at the first rendering, so one belongs to a parse.
  return { render: () => page(data), parse: () => own.compile(source)(data) }
}

function costOf(limit, work) {
  const runFor = until => {
    let turns = 0
    const start = process.cpuUsage()
    const used = () => { const u = process.cpuUsage(start); return (u.user + u.system) / 1e6 }
    while (used() < until) {
      for (let i = 0; i < 50; i++) work()
      turns += 50
    }
    return { turns, cpu: used() }
  }
  runFor(limit / 2) // the just-in-time compiler needs longer to be warm than a tenth
  const begin = performance.now()
  const { turns, cpu } = runFor(limit)
  return { us: cpu / turns * 1e6, rate: turns / (performance.now() - begin) * 1e3 }
}

const { render, parse } = await ({ liquidjs, handlebars })[engine]()
writeFileSync(output, render())
const rendering = costOf(seconds, render)
const parsing = costOf(seconds / 4, parse)
const reading = costOf(seconds / 4, () => JSON.parse(json))
console.log(JSON.stringify({
  render_us: rendering.us, rate: rendering.rate, allocations: null, parse_us: parsing.us, parse_rate: parsing.rate,
  data_us: reading.us
}))
