/**
 * RabbitMQ with its MQTT plug-in, as a node of its own: its name, ports, files and Erlang's port mapper are the test's,
 * so that a RabbitMQ which already runs on this machine is not touched.
 */
import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from '../../engines/installed.js';
import { type InteropServer, user } from '../server.js';
import { makeFolder, removeFolder, ServerProcess, unusedPorts } from '../serverProcess.js';

const libraries = '/usr/lib/rabbitmq/lib';

/** The release's folder. Its script is run directly: the one in the path changes to a user and to folders of the system. */
function releaseFolder(): string | undefined {
  if (!existsSync(libraries)) return undefined;
  const found = readdirSync(libraries).find((name) => name.startsWith('rabbitmq_server-'));
  return found === undefined ? undefined : join(libraries, found);
}

export const rabbitMq: InteropServer = {
  name: 'RabbitMQ',
  versions: [4],
  qosMax: 1,
  available: () => releaseFolder() !== undefined && findProgram('epmd') !== undefined
    ? true : 'RabbitMQ is not installed (Debian: apt-get install rabbitmq-server)',
  release: () => /rabbitmq_server-(.*)$/.exec(releaseFolder() ?? '')?.[1] ?? 'unknown',
  start: async () => {
    const folder = await makeFolder('rabbitmq');
    const [port, mapperPort, distributionPort] = await unusedPorts(3);
    const inFolder = (name: string): string => join(folder, name);
    await writeFile(inFolder('rabbitmq.conf'), [
      'listeners.tcp = none', `mqtt.listeners.tcp.1 = 127.0.0.1:${port}`, 'mqtt.allow_anonymous = true',
      `mqtt.default_user = ${user.name}`, `mqtt.default_pass = ${user.password}`, `default_user = ${user.name}`, `default_pass = ${user.password}`,
      'log.console = true', 'log.console.level = error', 'log.file = false', '',
    ].join('\n'));
    await writeFile(inFolder('plugins'), '[rabbitmq_mqtt].\n');
    const mapper = new ServerProcess({
      command: findProgram('epmd')!, args: ['-address', '127.0.0.1', '-port', String(mapperPort)], port: mapperPort,
    });
    const server = new ServerProcess({
      command: join(releaseFolder()!, 'sbin', 'rabbitmq-server'), args: [], port,
      environment: {
        // Erlang keeps its cookie in the home folder.
        HOME: folder, ERL_EPMD_ADDRESS: '127.0.0.1', ERL_EPMD_PORT: String(mapperPort),
        RABBITMQ_CONF_ENV_FILE: '/dev/null', RABBITMQ_NODENAME: `midge${port}@localhost`, RABBITMQ_DIST_PORT: String(distributionPort),
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
        RABBITMQ_MNESIA_BASE: inFolder('mnesia'), RABBITMQ_LOG_BASE: inFolder('log'), RABBITMQ_PID_FILE: inFolder('pid'),
        RABBITMQ_ENABLED_PLUGINS_FILE: inFolder('plugins'), RABBITMQ_CONFIG_FILE: inFolder('rabbitmq.conf'),
      },
    });
    const stop = async (): Promise<void> => {
      await server.stop();
      await mapper.stop();
      await removeFolder(folder);
    };
    try {
      await mapper.start();
      await server.start();
    } catch (thrown) {
      await stop();
      throw thrown;
    }
    return { port, restart: () => server.restart(), stop };
  },
};
