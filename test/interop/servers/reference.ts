/** The reference broker as a server of the suite: in this process, with a data folder. */
import { createBroker, type Broker } from '../../../src/broker/index.js';
import { type InteropServer, user } from '../server.js';
import { makeFolder, removeFolder } from '../serverProcess.js';

export const reference: InteropServer = {
  name: 'midge broker',
  versions: [4, 5],
  qosMax: 2,
  available: () => true,
  release: () => 'this package',
  start: async () => {
    const folder = await makeFolder('reference');
    const open = (): Broker => createBroker({
      data: folder,
      authenticate: ({ userName, password }) => userName === undefined || (userName === user.name && Buffer.from(password ?? []).toString() === user.password),
    });
    let broker = open();
    const { port } = await broker.listen({ port: 0 });
    return {
      port,
      restart: async () => {
        await broker.close();
        broker = open();
        await broker.listen({ port });
      },
      stop: async () => {
        await broker.close();
        await removeFolder(folder);
      },
    };
  },
};
