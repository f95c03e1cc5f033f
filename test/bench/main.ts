/**
 * `npm run bench [-- codec|clients|link|load|durable|access|gateway|es5|espruino|hostile|lua|moddable|size|memory] [--json]`: every bar with its figure, beside the peer measured in the same run.
 * Nothing here is asserted: a missed bar is printed, and the exit code stays 0.
 */
import { accessRows } from './access.js';
import { clientRows } from './clients.js';
import { codecRows } from './codec.js';
import { durableRows } from './durable.js';
import { es5Rows } from './es5.js';
import { espruinoLack, espruinoRows } from './espruino.js';
import { gatewaySections } from './gateway/sections.js';
import { hostileRows } from './hostile.js';
import { linkRows } from './link.js';
import { loadRows } from './load.js';
import { luaLack, luaRows } from './lua.js';
import { printTable, type Row } from './measure.js';
import { moddableRows } from './moddable.js';
import { memoryRows, sizeRows } from './size.js';

const sections: Record<string, { title: string; rows: () => Row[] | null | Promise<Row[] | null> }> = {
  codec: { title: 'Codec, median of 7 rounds', rows: codecRows },
  clients: { title: 'Clients against Mosquitto on loopback, median of 3 rounds', rows: clientRows },
  link: { title: 'The serial link over a simulated UART at 115,200 baud, part of the line rate that arrives as payload', rows: linkRows },
  load: { title: 'Brokers under the same load on loopback, median of 3 rounds', rows: loadRows },
  durable: { title: 'The broker with a data folder beside itself in memory', rows: durableRows },
  access: { title: 'The broker with an ACL file beside itself without one, CPU time of its process, median of 9 rounds in turn', rows: accessRows },
  ...gatewaySections,
  es5: { title: 'The ES5 target on its engines (MIDGE_MQJS names MicroQuickJS)', rows: es5Rows },
  hostile: { title: 'The broker among hostile clients', rows: hostileRows },
  lua: { title: 'Lua: what a message costs the plain client, topic and payload of 20 bytes, beside luamqtt (MIDGE_LUAMQTT)', rows: luaRows },
  moddable: { title: 'Moddable: instructions per message on XS, topic and payload of 20 bytes', rows: moddableRows },
  size: { title: 'Code size', rows: sizeRows },
  memory: { title: 'Memory of mqtt311 with 8 in flight', rows: memoryRows },
  espruino: { title: 'Espruino, profile mqtt311, 256 + 512 B buffers, messages of 20 + 20 bytes, beside its MQTT module', rows: espruinoRows },
};

const words = process.argv.slice(2);
const isJson = words.includes('--json');
const wanted = words.filter((word) => word !== '--json');
/** `gateway` stands for `gateway-load` and so on, too. */
const isMeant = (word: string, name: string): boolean => name === word || name.startsWith(`${word}-`);
const unknown = wanted.find((word) => !Object.keys(sections).some((name) => isMeant(word, name)));
if (unknown !== undefined) {
  console.error(`bench: no section "${unknown}"; there are ${Object.keys(sections).join(', ')}`);
  process.exit(2);
}

const results: Record<string, Row[] | null> = {};
for (const [name, section] of Object.entries(sections)) {
  if (wanted.length > 0 && !wanted.some((word) => isMeant(word, name))) continue;
  if (!isJson) console.error(`${section.title} …`);
  const rows = await section.rows();
  results[name] = rows;
  if (isJson) continue;
  const missing = isMeant('gateway', name) ? 'socat' : 'mosquitto';
  const lacks: Record<string, string | null> = { espruino: espruinoLack(), lua: luaLack(), moddable: 'see above' };
  const lack = lacks[name] ?? `${missing} is not installed (Debian: apt-get install ${missing})`;
  if (rows === null) console.log(`\n${section.title}\n  NOT RUN: ${lack}`);
  else printTable(section.title, rows);
}
if (isJson) console.log(JSON.stringify(results, null, 2));
