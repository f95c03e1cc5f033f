// A reference broker for a test, on a free port, closed when the test ends.

import type { ExecutionContext } from 'ava';
import { type Broker, type BrokerOptions, createBroker, type ListenOptions } from '../../src/broker/index.js';

export interface Server {
  readonly broker: Broker;
  /** `-h 127.0.0.1 -p port`. */
  readonly at: string[];
}

export async function serve(t: ExecutionContext, options: BrokerOptions = {}, listening: ListenOptions = {}): Promise<Server> {
  const broker = createBroker(options);
  t.teardown(() => broker.close());
  const { port } = await broker.listen({ host: '127.0.0.1', port: 0, ...listening });
  return { broker, at: ['-h', '127.0.0.1', '-p', String(port)] };
}
