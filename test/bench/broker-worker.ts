/**
 * The reference broker on loopback, in a process like that of `midge broker`: prints its port. A word is its ACL file.
 */
import { Access, createBroker } from '../../src/broker/index.js';
import { keepYoungHeapSmall } from '../../src/cli/youngHeap.js';

keepYoungHeapSmall();

const [aclFile] = process.argv.slice(2);
const hooks = aclFile === undefined ? {} : new Access({ aclFile }).hooks;
// As its peers, without a limit on what one client may send.
const broker = createBroker({ ...hooks, packetsPerSecondMax: 10_000_000, bytesPerSecondMax: 2 ** 31 - 1 });
const { port } = await broker.listen({ transport: 'tcp', host: '127.0.0.1', port: 0 });
console.log(port);
