// Passes a connection on and writes every byte of it to FILE in the form that text2pcap reads.
//   node tap.mjs PORT FILE      prints its own port
import {openSync, writeSync} from 'node:fs'
import net from 'node:net'

const [target, file] = process.argv.slice(2)
const out = openSync(file, 'a')
const note = (sign, bytes) => {
  let text = sign + '\n'
  for (let i = 0; i < bytes.length; i += 16)
    text += i.toString(16).padStart(6, '0') + '  ' + [...bytes.subarray(i, i + 16)].map(b => b.toString(16).padStart(2, '0')).join(' ') + '\n'
  writeSync(out, text)
}
const server = net.createServer(near => {
  const far = net.connect(Number(target), '127.0.0.1')
  near.on('data', bytes => { note('O', bytes); far.write(bytes) })
  far.on('data', bytes => { note('I', bytes); near.write(bytes) })
  for (const [a, b] of [[near, far], [far, near]]) {
    a.on('end', () => b.end())
    a.on('error', () => b.destroy())
  }
}).listen(0, '127.0.0.1', () => console.log(server.address().port))
