/**
 * Ports that cannot be opened reject in one piece, whatever the transport.
 */
import test from 'ava';
import type { Transport } from '../../src/broker/index.js';
import { createTestBroker } from './support.js';

for (const transport of ['tcp', 'ws'] satisfies Transport[]) {
  test(`a port in use rejects listen: ${transport}`, async (t) => {
    const broker = createTestBroker({});
    t.teardown(() => broker.close());
    const { port } = await broker.listen({ transport: 'tcp', host: '127.0.0.1', port: 0 });
    await t.throwsAsync(broker.listen({ transport, host: '127.0.0.1', port }), { code: 'EADDRINUSE' });
  });
}
