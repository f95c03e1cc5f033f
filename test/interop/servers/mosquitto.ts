/** Mosquitto with persistence and a password file. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from '../../engines/installed.js';
import { type InteropServer, user } from '../server.js';
import { makeFolder, removeFolder, ServerProcess, unusedPorts } from '../serverProcess.js';

export const mosquitto: InteropServer = {
  name: 'Mosquitto',
  versions: [4, 5],
  qosMax: 2,
  available: () => findProgram('mosquitto') !== undefined && findProgram('mosquitto_passwd') !== undefined
    ? true : 'Mosquitto is not installed (Debian: apt-get install mosquitto)',
  release: () => /mosquitto version (\S+)/.exec(spawnSync(findProgram('mosquitto')!, ['-h'], { encoding: 'utf8' }).stdout)?.[1] ?? 'unknown',
  start: async () => {
    const folder = await makeFolder('mosquitto');
    const [port] = await unusedPorts(1);
    const passwords = join(folder, 'passwords');
    execFileSync(findProgram('mosquitto_passwd')!, ['-b', '-c', passwords, user.name, user.password], { stdio: 'ignore' });
    await chmod(passwords, 0o644);
    const configuration = join(folder, 'mosquitto.conf');
    await writeFile(configuration, [
      'allow_anonymous true', `password_file ${passwords}`, 'persistence true', `persistence_location ${folder}/`, 'log_type error',
      `listener ${port} 127.0.0.1`, '',
    ].join('\n'));
    const server = new ServerProcess({ command: findProgram('mosquitto')!, args: ['-c', configuration], port });
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
