/** The connection to the broker on behalf of a board: what a broker that is none, or a hostile one, may say. */
import { createServer } from 'node:net';
import test from 'ava';
import { Tunnel } from '../../src/gateway/tunnel/tunnel.js';
import { parseUrl } from '../../targets/node/url.js';

/** First bytes of a broker, and the reason codes that are heard of. */
const rows: readonly (readonly [string, string, readonly number[]])[] = [
  ['an answer', '20020003', [3]],
  ['an answer of 5.0', '2003000000', [0]],
  ['an answer whose length has no end', '20808080808080808080', []],
  ['an answer whose length has no end, at once with more', '20ffffffffffff', []],
  ['no MQTT', '485454502f312e31', []],
];

for (const [name, hex, expected] of rows) {
  test(`${name}, at every split`, async (t) => {
    const bytes = Buffer.from(hex, 'hex');
    for (let cut = 0; cut < bytes.length; cut++) {
      const server = createServer((socket) => {
        socket.setNoDelay(true);
        socket.on('error', () => undefined);
        socket.write(bytes.subarray(0, cut));
        setImmediate(() => socket.end(bytes.subarray(cut)));
      });
      await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
      const { port } = server.address() as { port: number };
      const codes: number[] = [];
      const passed: Buffer[] = [];
      await new Promise<void>((resolve) => {
        const tunnel = new Tunnel({ endpoint: parseUrl(`mqtt://127.0.0.1:${port}`), tls: {} }, 4, {
          tunnelData: (data) => { passed.push(data); },
          tunnelOpened: () => undefined,
          tunnelAnswered: (code) => { codes.push(code); },
          tunnelDrained: () => undefined,
          tunnelClosed: () => { resolve(); },
        });
        tunnel.send(Buffer.from('c000', 'hex'));
      });
      server.close();
      t.deepEqual(codes, [...expected], `cut at ${cut}`);
      t.deepEqual(Buffer.concat(passed), bytes, `cut at ${cut}`);
    }
  });
}
