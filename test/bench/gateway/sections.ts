/** The sections of the gateway: `gateway` stands for all of them. Null rows: socat is not installed. */
import { socat } from '../../gateway/pty.js';
import type { Row } from '../measure.js';
import { gatewayBlowsRows } from './blows.js';
import { gatewayLatencyRows } from './latency.js';
import { gatewayLoadRows } from './load.js';
import { gatewayMemoryRows } from './memory.js';
import { gatewayNoiseRows } from './noise.js';

const withSocat = (rows: () => Promise<Row[]>) => (): Promise<Row[] | null> => (socat === null ? Promise.resolve(null) : rows());

export const gatewaySections = {
  'gateway-load': { title: 'The gateway with 16 boards at 115,200 baud on pseudo-terminals, messages of 60 bytes at QoS 0', rows: withSocat(gatewayLoadRows) },
  'gateway-latency': { title: 'From a board to the subscriber: messages of 60 bytes at QoS 0, one at a time', rows: withSocat(gatewayLatencyRows) },
  'gateway-blows': { title: 'Four boards at QoS 1 and 2, both ways, while the gateway and what is around it is struck', rows: withSocat(gatewayBlowsRows) },
  'gateway-noise': { title: 'Link, raw and plain socat over the same noise, QoS 1: all at once', rows: withSocat(gatewayNoiseRows) },
  'gateway-memory': { title: 'Memory of the gateway for each of 16 ports where one side takes nothing', rows: withSocat(gatewayMemoryRows) },
};
