// Which part of the source may import which, and a checker for it. Arrows point one way (DESIGN section 1).
// Knows paths only: the files are read by arrows.test.ts.

import { posix } from 'node:path';

const device = ['src/core', 'src/link', 'src/cbor'];

/** Each part and the parts it may import beside itself. */
export const allowedArrows: Record<string, readonly string[]> = {
  'src/core': [],
  'src/link': [],
  'src/cbor': [],
  'src/subset': [],
  'src/config': [],
  // What both ends of a SASL exchange prepare alike, from the RFC alone.
  'src/sasl': [],
  // An oracle must not share bugs: nothing of the core or the link reaches the broker, not by way of the dashboard either.
  'src/dashboard': ['src/cbor'],
  'src/broker': ['src/cbor', 'src/config', 'src/dashboard', 'src/sasl'],
  'src/bridge': [...device, 'src/broker', 'targets/node'],
  'src/gateway': [...device, 'src/broker', 'src/bridge', 'src/config', 'src/dashboard', 'targets/node'],
  'src/sim': [...device, 'src/broker', 'src/dashboard', 'src/gateway', 'targets/link', 'targets/node'],
  'src/cli': [...device, 'src/broker', 'src/bridge', 'src/config', 'src/dashboard', 'src/gateway', 'src/sasl', 'src/sim', 'src/subset', 'targets/*'],
  'targets/node': [...device, 'src/sasl', 'targets/build'],
  // What turns device code into a target's files is shared by the targets, and so is the pump between core and serial link.
  'targets/*': [...device, 'targets/build', 'targets/link'],
  // HIL tests drive every part; no other part may depend on them.
  'hil': [...device, 'src/subset', 'src/broker', 'src/bridge', 'src/config', 'src/dashboard', 'src/gateway', 'src/sim', 'src/cli', 'targets/*'],
};

/** Single files that may import a single file more: the byte primitives exist once, whatever device code a build holds. */
const allowedFiles: Record<string, string> = { 'src/cbor/primitives.ts': 'src/core/bytes.ts', 'src/link/primitives.ts': 'src/core/bytes.ts' };

/** What the package's own name leads to; see "exports" in package.json. */
const ownPackage: Record<string, string> = {
  'midge-mqtt': 'targets/node', 'midge-mqtt/core': 'src/core', 'midge-mqtt/cbor': 'src/cbor', 'midge-mqtt/link': 'src/link', 'midge-mqtt/broker': 'src/broker', 'midge-mqtt/bridge': 'src/bridge',
  'midge-mqtt/eslint-plugin': 'src/subset',
};

/** src/core/decode.ts belongs to src/core, targets/lua/port.ts to targets/lua, hil/run.ts to hil; undefined for a file of no part. */
export function partOf(path: string): string | undefined {
  if (path.startsWith('hil/')) return 'hil';
  const found = /^((?:src|targets)\/[^/]+)\/./.exec(path);
  return found?.[1];
}

function isAllowed(from: string, to: string): boolean {
  if (from === to) return true;
  const allowed = allowedArrows[from] ?? (from.startsWith('targets/') ? allowedArrows['targets/*'] : []);
  return allowed.includes(to) || (to.startsWith('targets/') && allowed.includes('targets/*'));
}

/** One line per import that goes against the arrows. Paths are relative to the root, imports as they are written. */
export function wrongArrows(importsOf: ReadonlyMap<string, readonly string[]>): string[] {
  const wrong: string[] = [];
  for (const [file, imports] of importsOf) {
    const from = partOf(file);
    if (from === undefined || (allowedArrows[from] === undefined && !from.startsWith('targets/'))) {
      wrong.push(`${file} belongs to no part of the layout; move it, or add its folder to test/unit/arrows.ts`);
      continue;
    }
    for (const imported of imports) {
      const to = imported.startsWith('.') ? partOf(posix.join(posix.dirname(file), imported)) ?? 'the root' : ownPackage[imported];
      if (to === undefined) {
        if (device.includes(from)) wrong.push(`${file} imports ${imported}: ${from} is device code and imports nothing outside itself`);
      } else if (!isAllowed(from, to) && allowedFiles[file] !== posix.join(posix.dirname(file), imported).replace(/\.js$/, '.ts')) {
        const allowed = (allowedArrows[from] ?? allowedArrows['targets/*']).join(', ');
        wrong.push(`${file} imports ${imported}: ${from} may import ${allowed === '' ? 'nothing outside itself' : allowed}`);
      }
    }
  }
  return wrong;
}
