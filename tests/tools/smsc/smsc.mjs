// An SMSC for the tests, on the npm package smpp: none of our code reads or writes a PDU here.
//
//   node smsc.mjs --peers DIR [--port N] [--log FILE] [--behave JSON] [--key FILE --cert FILE]
//
// Prints "PORT CONTROL". Control takes one JSON object a line and answers one: {"behave": {...}} changes keys of the
// behaviour, {"deliver": {...}} sends a deliver_sm with these fields, {"drop": true} destroys every connection,
// {"unbind": true} unbinds every session, {"enquire": true} asks every session, {"stats": true}.
import {appendFileSync, readFileSync} from 'node:fs'
import {createRequire} from 'node:module'
import net from 'node:net'

const given = {}
for (let i = 2; i < process.argv.length; i += 2) given[process.argv[i].slice(2)] = process.argv[i + 1]
const smpp = createRequire(given.peers + '/')('smpp')

const behave = {
  system_id: 'chapar', password: 'geheim', refuse_bind: 0,
  status: 0,           // of every submit_sm
  status_of: {},       // by destination
  status_of_part: {},  // by number of a UDH part
  first: [],           // statuses of the first submits
  limit: 0,            // submits a second, more are throttled with limit_status
  limit_status: 0x58,
  mute: 0,             // share of submits without an answer
  mute_all: false,
  deaf_enquire: false, // enquire_link gets no answer
  delay: 0,            // ms before an answer
  congestion: 0,       // what answers say of it (SMPP 5.0)
  shuffle: 0,          // answers are gathered, so many at once, and sent in reverse
  strangers: false,    // an answer to an unknown sequence before each
  drop_after: 0,       // destroy the connection after so many submits
  id: 'decimal',       // or hex, upper, padded: how ids are written in answers
  receipt: null,       // {state, delay, before, repeat, form, text, tlv, then, station}
  ...JSON.parse(given.behave ?? '{}'),
}
const stats = {binds: 0, refused: 0, submits: 0, accepted: 0, throttled: 0, receipts: 0, receipts_answered: 0,
  receipts_refused: 0, enquires: 0, unbinds: 0, most_unanswered: 0, bad: 0, mo_answered: 0}
const sessions = new Set()
let next = Number(given['first-id'] ?? 1000), seen = 0, tokens = 0, filled = Date.now()
let pending = [], unanswered = 0

const log = given.log
  ? record => appendFileSync(given.log, JSON.stringify({mono: performance.now(), ...record}) + '\n')
  : () => {}

function written(number, form) {
  switch (form) {
    case 'hex': return number.toString(16)
    case 'upper': return number.toString(16).toUpperCase()
    case 'padded': return String(number).padStart(10, '0')
    case 'padded_hex': return number.toString(16).padStart(8, '0')
    default: return String(number)
  }
}

function status_of(pdu, part) {
  if (behave.first.length) return behave.first.shift()
  if (behave.status_of[pdu.destination_addr] !== undefined) return behave.status_of[pdu.destination_addr]
  if (part && behave.status_of_part[part.number] !== undefined) return behave.status_of_part[part.number]
  if (behave.limit) {
    const now = Date.now()
    tokens = Math.min(behave.limit / 10, tokens + (now - filled) * behave.limit / 1000)
    filled = now
    if (tokens < 1) return behave.limit_status
    tokens -= 1
  }
  return behave.status
}

const states = {ENROUTE: 1, DELIVRD: 2, EXPIRED: 3, DELETED: 4, UNDELIV: 5, ACCEPTD: 6, UNKNOWN: 7, REJECTD: 8}

function send_receipt(number, pdu, state) {
  const how = behave.receipt
  const session = [...sessions].find(each => each.receives)
  if (!session) return
  const id = written(number, how.form ?? behave.id)
  const message = {
    source_addr_ton: 1, source_addr_npi: 1, source_addr: pdu.destination_addr, destination_addr: pdu.source_addr,
    esm_class: 4,
  }
  if (how.text !== false)
    message.short_message = {message: Buffer.from(`id:${id} sub:001 dlvrd:001 submit date:2611221200 done date:2611221201 ` +
      `stat:${state} err:000 text:none`)}
  if (how.tlv) Object.assign(message, {receipted_message_id: id, message_state: states[state]})
  stats.receipts++
  session.deliver_sm(message, answer => {
    if (answer.command_status) stats.receipts_refused++
    else stats.receipts_answered++
    log({event: 'receipt_answered', id, status: answer.command_status})
  })
}

function receipts_for(number, pdu) {
  const how = behave.receipt
  if (!how || !pdu.registered_delivery) return
  const words = [...(how.station ? ['ENROUTE'] : []), how.state_of?.[pdu.destination_addr] ?? how.state ?? 'DELIVRD',
    ...(how.then ? [how.then] : [])]
  const all = () => {
    for (const word of words) for (let i = 0; i < (how.repeat ?? 1); i++) send_receipt(number, pdu, word)
  }
  how.delay ? setTimeout(all, how.delay) : all()
}

function text_of(pdu) {
  const body = pdu.message_payload ?? pdu.short_message
  const message = body?.message ?? body ?? ''
  return Buffer.isBuffer(message) ? message.toString('latin1') : String(message)
}

function part_of(pdu) {
  for (const udh of (pdu.short_message ?? pdu.message_payload)?.udh ?? []) {
    if (udh[0] === 0) return {reference: udh[2], total: udh[3], number: udh[4]}
    if (udh[0] === 8) return {reference: udh.readUInt16BE(2), total: udh[4], number: udh[5]}
  }
  if (pdu.sar_total_segments)
    return {reference: pdu.sar_msg_ref_num, total: pdu.sar_total_segments, number: pdu.sar_segment_seqnum}
}

function submit(session, pdu) {
  stats.submits++
  const part = part_of(pdu)
  const status = status_of(pdu, part)
  const number = status ? 0 : next++
  const text = text_of(pdu)
  if (status) stats.throttled += status === 0x58 || status === 0x14 ? 1 : 0
  else stats.accepted++
  log({event: 'message', command: pdu.command, complete: true, seq: ++seen, code: status ? 550 : 250, status, id: number && written(number, behave.id),
    message_id: '', // an SMS does not carry its attempt
    token: /token-([0-9a-f]{32})/.exec(text)?.[1], text, part, to: pdu.destination_addr, from: pdu.source_addr,
    from_ton: pdu.source_addr_ton, from_npi: pdu.source_addr_npi, to_ton: pdu.dest_addr_ton, to_npi: pdu.dest_addr_npi,
    coding: pdu.data_coding, esm: pdu.esm_class, priority: pdu.priority_flag, validity: pdu.validity_period, time_to_live: pdu.qos_time_to_live,
    registered: pdu.registered_delivery, sequence: pdu.sequence_number, session: session.number,
    reference: pdu.user_message_reference, octets: pdu.short_message?.message?.length})
  stats.most_unanswered = Math.max(stats.most_unanswered, ++unanswered)
  if (behave.drop_after && --behave.drop_after === 0) return session.destroy()
  if (behave.mute_all || (behave.mute && Math.random() < behave.mute)) return
  if (!status && behave.receipt?.before) receipts_for(number, pdu)
  const answer = () => {
    if (behave.strangers) session.send(new smpp.PDU('submit_sm_resp', {sequence_number: 0x7ffffff0, message_id: 'x'}))
    session.send(pdu.response(status ? {command_status: status} : {message_id: written(number, behave.id),
      ...(behave.congestion ? {congestion_state: behave.congestion} : {})}))
    unanswered--
    if (!status && !behave.receipt?.before) receipts_for(number, pdu)
  }
  if (behave.shuffle) {
    pending.push(answer)
    if (pending.length >= behave.shuffle) pending.splice(0).reverse().forEach(each => each())
    else if (pending.length === 1) setTimeout(() => pending.splice(0).reverse().forEach(each => each()), 100)
  } else if (behave.delay) setTimeout(answer, behave.delay)
  else answer()
}

let numbered = 0
const options = given.key ? {key: readFileSync(given.key), cert: readFileSync(given.cert)} : {}
const server = smpp.createServer(options, session => {
  session.number = ++numbered
  session.on('error', () => { stats.bad++; session.destroy() })
  session.on('close', () => sessions.delete(session))
  const bind = pdu => {
    log({event: 'bind', command: pdu.command, system_id: pdu.system_id, version: pdu.interface_version, session: session.number})
    const wrong = behave.refuse_bind || (pdu.system_id !== behave.system_id ? 0x0f : pdu.password !== behave.password ? 0x0e : 0)
    if (wrong) {
      stats.refused++
      return session.send(pdu.response({command_status: wrong}))
    }
    stats.binds++
    session.receives = pdu.command !== 'bind_transmitter'
    sessions.add(session)
    session.send(pdu.response({system_id: 'smsc'}))
  }
  for (const command of ['bind_transceiver', 'bind_transmitter', 'bind_receiver']) session.on(command, bind)
  session.on('enquire_link', pdu => { stats.enquires++; if (!behave.deaf_enquire) session.send(pdu.response()) })
  session.on('unbind', pdu => { stats.unbinds++; log({event: 'unbind'}); session.send(pdu.response()); session.close() })
  session.on('submit_sm', pdu => submit(session, pdu))
  session.on('data_sm', pdu => submit(session, pdu))
  session.on('generic_nack', pdu => { stats.bad++; log({event: 'nack', status: pdu.command_status}) })
})

function command(line) {
  if (line.behave) {
    Object.assign(behave, line.behave)
    stats.most_unanswered = unanswered
  }
  if (line.drop) for (const each of [...sessions]) each.destroy()
  if (line.unbind) for (const each of [...sessions]) each.unbind(() => each.close())
  if (line.enquire) for (const each of [...sessions]) each.enquire_link(() => { stats.enquire_answers = (stats.enquire_answers ?? 0) + 1 })
  if (line.deliver) {
    const fields = {...line.deliver}
    if (fields.hex !== undefined) {
      const octets = Buffer.from(fields.hex, 'hex')
      delete fields.hex
      fields.short_message = octets
      if (octets.length > 254) { delete fields.short_message; fields.message_payload = octets }
    }
    const session = [...sessions].find(each => each.receives)
    if (!session) return {error: 'nobody is bound to receive'}
    session.deliver_sm(fields, answer => {
      stats.mo_answered++
      log({event: 'deliver_answered', status: answer.command_status})
    })
  }
  return {...stats, sessions: sessions.size}
}

server.on('tlsClientError', () => { stats.refused++ })

const control = net.createServer(socket => {
  let text = ''
  socket.on('error', () => {})
  socket.on('data', bytes => {
    text += bytes
    for (let end; (end = text.indexOf('\n')) >= 0; text = text.slice(end + 1)) {
      let answer
      try { answer = command(JSON.parse(text.slice(0, end))) } catch (e) { answer = {error: String(e)} }
      socket.write(JSON.stringify(answer) + '\n')
    }
  })
})
process.on('SIGTERM', () => process.exit(0))
process.on('uncaughtException', error => { stats.bad++; log({event: 'uncaught', error: String(error.stack)}) })
server.listen(Number(given.port ?? 0), '127.0.0.1', () =>
  control.listen(0, '127.0.0.1', () => console.log(server.address().port, control.address().port)))
