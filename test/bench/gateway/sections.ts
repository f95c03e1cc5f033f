/** The sections of the gateway: `gateway` stands for all of them. Null rows: socat is not installed. */
import { socat } from '../../gateway/pty.js';
import type { Row } from '../measure.js';
import { gatewayLatencyRows } from './latency.js';
import { gatewayLoadRows } from './load.js';

const withSocat = (rows: () => Promise<Row[]>) => (): Promise<Row[] | null> => (socat === null ? Promise.resolve(null) : rows());

export const gatewaySections = {
  'gateway-load': { title: 'The gateway with 16 boards at 115,200 baud on pseudo-terminals, messages of 60 bytes at QoS 0', rows: withSocat(gatewayLoadRows) },
  'gateway-latency': { title: 'From a board to the subscriber at QoS 0, one message at a time', rows: withSocat(gatewayLatencyRows) },
};
