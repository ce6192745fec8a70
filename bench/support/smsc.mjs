// The SMSC of bench/sms, the same for both sides: npm smpp reads and writes every PDU. It takes what comes, answers at
// once and reports each message delivered when registered_delivery asks for it.
//
//   node smsc.mjs        prints "PORT CONTROL"; each line to CONTROL is answered by one line of JSON with the counts
import {createRequire} from 'node:module'
import net from 'node:net'
import {performance} from 'node:perf_hooks'

const smpp = createRequire(import.meta.url)('smpp')
const stats = {binds: 0, submits: 0, receipts: 0, receipts_answered: 0, receipts_refused: 0, bad: 0}
let first = 0, last_submit = 0, last_answer = 0, next = 1000, busy = performance.eventLoopUtilization()
const now = () => Number(process.hrtime.bigint()) / 1e9 // CLOCK_MONOTONIC, as Python's time.monotonic()

function submit(session, pdu) {
  first ||= now()
  last_submit = now()
  stats.submits++
  const id = String(next++)
  session.send(pdu.response({message_id: id}))
  if (!pdu.registered_delivery) return
  stats.receipts++
  session.deliver_sm({
    source_addr_ton: 1, source_addr_npi: 1, source_addr: pdu.destination_addr, destination_addr: pdu.source_addr, esm_class: 4,
    short_message: {message: Buffer.from(
      `id:${id} sub:001 dlvrd:001 submit date:2611221200 done date:2611221201 stat:DELIVRD err:000 text:`)},
  }, answer => {
    if (answer.command_status) stats.receipts_refused++
    else stats.receipts_answered++
    last_answer = now()
  })
}

const server = smpp.createServer(session => {
  let corked = false
  const send = session.send
  session.send = function (...all) { // what one turn answers leaves in one write
    if (!corked) {
      corked = true
      session.socket.cork()
      setImmediate(() => { corked = false; session.socket.uncork() })
    }
    return send.apply(this, all)
  }
  session.socket.setNoDelay(true)
  session.on('error', () => { stats.bad++; session.destroy() })
  for (const command of ['bind_transceiver', 'bind_transmitter', 'bind_receiver'])
    session.on(command, pdu => { stats.binds++; session.send(pdu.response({system_id: 'smsc'})) })
  session.on('enquire_link', pdu => session.send(pdu.response()))
  session.on('unbind', pdu => { session.send(pdu.response()); session.close() })
  session.on('submit_sm', pdu => submit(session, pdu))
})

function answer() {
  const cpu = process.cpuUsage()
  const out = {...stats, first, last_submit, last_answer, cpu: (cpu.user + cpu.system) / 1e6,
    busy: performance.eventLoopUtilization(busy).utilization}
  busy = performance.eventLoopUtilization()
  return JSON.stringify(out) + '\n'
}

const control = net.createServer(socket => {
  socket.on('error', () => {})
  socket.on('data', () => socket.write(answer()))
})
process.on('SIGTERM', () => process.exit(0))
server.listen(0, '127.0.0.1', () =>
  control.listen(0, '127.0.0.1', () => console.log(server.address().port, control.address().port)))
