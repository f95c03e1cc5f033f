/**
 * `npm run bench [-- codec|clients|link|load|durable|gateway|hostile|size|memory] [--json]`: every bar with its figure, beside the peer measured in the same run.
 * Nothing here is asserted: a missed bar is printed, and the exit code stays 0.
 */
import { clientRows } from './clients.js';
import { codecRows } from './codec.js';
import { durableRows } from './durable.js';
import { gatewayRows } from './gateway.js';
import { hostileRows } from './hostile.js';
import { linkRows } from './link.js';
import { loadRows } from './load.js';
import { printTable, type Row } from './measure.js';
import { memoryRows, sizeRows } from './size.js';

const sections: Record<string, { title: string; rows: () => Row[] | Promise<Row[] | null> }> = {
  codec: { title: 'Codec, median of 7 rounds', rows: codecRows },
  clients: { title: 'Clients against Mosquitto on loopback, median of 3 rounds', rows: clientRows },
  link: { title: 'The serial link over a simulated UART at 115,200 baud, part of the line rate that arrives as payload', rows: linkRows },
  load: { title: 'Brokers under the same load on loopback, median of 3 rounds', rows: loadRows },
  durable: { title: 'The broker with a data folder beside itself in memory', rows: durableRows },
  gateway: { title: 'The gateway on pseudo-terminals', rows: gatewayRows },
  hostile: { title: 'The broker among hostile clients', rows: hostileRows },
  size: { title: 'Code size', rows: sizeRows },
  memory: { title: 'Memory of mqtt311 with 8 in flight', rows: memoryRows },
};

const words = process.argv.slice(2);
const isJson = words.includes('--json');
const wanted = words.filter((word) => word !== '--json');
const unknown = wanted.find((word) => !(word in sections));
if (unknown !== undefined) {
  console.error(`bench: no section "${unknown}"; there are ${Object.keys(sections).join(', ')}`);
  process.exit(2);
}

const results: Record<string, Row[] | null> = {};
for (const [name, section] of Object.entries(sections)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  if (!isJson) console.error(`${section.title} …`);
  const rows = await section.rows();
  results[name] = rows;
  if (isJson) continue;
  if (rows === null) console.log(`\n${section.title}\n  NOT RUN: ${name === 'gateway' ? 'socat' : 'mosquitto'} is not installed (Debian: apt-get install ${name === 'gateway' ? 'socat' : 'mosquitto'})`);
  else printTable(section.title, rows);
}
if (isJson) console.log(JSON.stringify(results, null, 2));
