/**
 * A gateway in a process of its own, driven by messages of its parent: the native bindings of serial ports know only the
 * main thread, and tests run in others.
 */
import { Gateway } from '../../src/gateway/gateway.js';
import type { GatewaySettings } from '../../src/gateway/settings.js';

export interface Request {
  readonly id: number;
  readonly what: 'start' | 'reload' | 'ports' | 'end' | 'usage' | 'settled';
  readonly settings?: GatewaySettings;
}

let gateway: Gateway | undefined;

async function answer({ what, settings = { ports: [], spool: null } }: Request): Promise<unknown> {
  switch (what) {
    case 'start':
      gateway = await Gateway.start(settings, { tell: (news) => { if (process.connected) process.send?.({ news }); } });
      return undefined;
    case 'reload':
      return gateway?.reload(settings);
    case 'ports':
      return gateway?.ports;
    case 'usage':
      return process.cpuUsage();
    case 'settled':
      // Objects that are garbage may hold others back until the next time.
      for (let n = 0; n < 3; n++) globalThis.gc?.();
      return process.memoryUsage();
    case 'end':
      await gateway?.end();
      process.disconnect();
      return undefined;
  }
}

process.on('message', (request: Request) => {
  void answer(request).then((value) => { if (process.connected) process.send?.({ id: request.id, value }); });
});
process.on('disconnect', () => {
  // The test is over without having said so.
  setTimeout(() => process.exit(1), 5000).unref();
});
