/**
 * The reference broker on loopback: prints its port.
 */
import { createBroker } from '../../src/broker/index.js';

const broker = createBroker({});
const { port } = await broker.listen({ transport: 'tcp', host: '127.0.0.1', port: 0 });
console.log(port);
