/** The NATS server with JetStream, which its MQTT side needs for sessions, retained messages and QoS 1. */
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from '../../engines/installed.js';
import { type InteropServer, user } from '../server.js';
import { makeFolder, removeFolder, ServerProcess, unusedPorts } from '../serverProcess.js';

export const nats: InteropServer = {
  name: 'NATS',
  versions: [4],
  qosMax: 1,
  available: () => findProgram('nats-server') !== undefined ? true : 'nats-server is not installed (Debian: apt-get install nats-server)',
  release: () => /v(\d\S+)/.exec(spawnSync(findProgram('nats-server')!, ['--version'], { encoding: 'utf8' }).stdout)?.[1] ?? 'unknown',
  start: async () => {
    const folder = await makeFolder('nats');
    const [port, ownPort] = await unusedPorts(2);
    const configuration = join(folder, 'nats.conf');
    await writeFile(configuration, [
      `listen: 127.0.0.1:${ownPort}`, 'server_name: midge', `jetstream { store_dir: "${join(folder, 'jetstream')}" }`,
      `mqtt { listen: 127.0.0.1:${port}, no_auth_user: ${user.name} }`,
      `authorization { users = [ { user: ${user.name}, password: ${user.password} } ] }`, '',
    ].join('\n'));
    const server = new ServerProcess({ command: findProgram('nats-server')!, args: ['-c', configuration], port });
    await server.start();
    return {
      port,
      restart: () => server.restart(),
      stop: async () => {
        await server.stop();
        await removeFolder(folder);
      },
    };
  },
};
