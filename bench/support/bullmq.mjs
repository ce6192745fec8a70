// Enqueues COUNT jobs of the given JSON line through BullMQ and prints one JSON report.
// node bullmq.mjs REDIS_SOCKET TEMPLATE COUNT MODE WIDTH
//   MODE bulk: addBulk of WIDTH jobs, four of them outstanding; one: add(), WIDTH outstanding.
import { Queue } from 'bullmq';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';

const [path, template, countText, mode, widthText] = process.argv.slice(2);
const count = Number(countText);
const width = Number(widthText);
const text = readFileSync(template, 'utf8').trim();
const queue = new Queue('bench', { connection: { path } });
await queue.waitUntilReady();

let given = 0;
function job() {
  const number = String(given++).padStart(10, '0');
  const line = text.replaceAll('@TOKEN_32_HEX_DIGITS_GO_IN_HERE@', randomBytes(16).toString('hex')).replaceAll('@NUMBER@@@', number);
  return { name: 'mail', data: JSON.parse(line) };
}

async function bulk() {
  while (given < count) {
    const jobs = [];
    while (jobs.length < width && given < count) jobs.push(job());
    await queue.addBulk(jobs);
  }
}

async function one() {
  while (given < count) {
    const { name, data } = job();
    await queue.add(name, data);
  }
}

const begin = process.hrtime.bigint();
const lanes = Array.from({ length: mode === 'bulk' ? 4 : width }, () => (mode === 'bulk' ? bulk() : one()));
await Promise.all(lanes);
const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
const usage = process.resourceUsage();
const waiting = await queue.getWaitingCount();
console.log(JSON.stringify({
  accepted: waiting,
  seconds,
  rate: waiting / seconds,
  client_cpu: (usage.userCPUTime + usage.systemCPUTime) / 1e6,
}));
await queue.close();
