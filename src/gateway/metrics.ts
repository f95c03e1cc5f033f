/**
 * The gateway's figures for Prometheus, by port. Each scrape reads the ports' own counters. Knows the gateway by its ports.
 */
import { Counter, Gauge, Registry } from 'prom-client';
import { serveRegistry, type MetricsServer } from '../broker/index.js';
import type { Gateway } from './gateway.js';
import type { PortStatus } from './port.js';

type Read = (status: PortStatus) => number | undefined;

const counters: readonly (readonly [name: string, help: string, read: Read])[] = [
  ['opens_total', 'Times that the port was opened', ({ opens }) => opens],
  ['losses_total', 'Times that the open port was lost', ({ losses }) => losses],
  ['received_bytes_total', 'Bytes received from the board', ({ bytesIn }) => bytesIn],
  ['sent_bytes_total', 'Bytes sent to the board', ({ bytesOut }) => bytesOut],
  ['skipped_bytes_total', 'Bytes of the board that belonged to nothing', ({ board }) => board.skippedBytes],
  ['bad_frames_total', 'Frames, lines and CONNECTs of the board that could not be used', ({ board }) => board.badFrames],
  ['broker_connects_total', 'Connections that the broker accepted', ({ board }) => board.connects],
  ['broker_refusals_total', 'Connections that were refused, lost or could not be made', ({ board }) => board.refusals],
  ['messages_from_board_total', 'Messages made of frames of the board (mode client)', ({ board }) => board.messagesIn],
  ['messages_to_board_total', 'Messages written to the board (mode client)', ({ board }) => board.messagesOut],
  ['dropped_messages_total', 'Messages that were given up (mode client)', ({ board }) => board.dropped],
  ['log_lines_left_out_total', 'Lines of the log that were left out, since there were too many', ({ linesLeftOut }) => linesLeftOut],
  ['link_frames_sent_total', 'Frames sent over the link', ({ link }) => link?.framesSent],
  ['link_frames_received_total', 'Frames received over the link and understood', ({ link }) => link?.framesTaken],
  ['link_frames_damaged_total', 'Frames that were damaged on the wire', ({ link }) => link?.framesDamaged],
  ['link_frames_sent_again_total', 'Frames sent again', ({ link }) => link?.framesAgain],
  ['link_sessions_total', 'Times that the link came up', ({ link }) => link?.sessions],
];

const gauges: readonly (readonly [name: string, help: string, read: Read])[] = [
  ['open', 'Whether the port is open', ({ state }) => Number(state === 'open')],
  ['broker_connected', 'Whether a connection to the broker stands', ({ board }) => Number(board.isConnected)],
  ['held_bytes', 'Bytes held for the board and for the broker', ({ board }) => board.heldBytes],
  ['waiting_messages', 'Messages on disk that the broker does not have yet (mode client)', ({ board }) => board.waiting],
  ['disk_failing', 'Whether the disk takes no messages (mode client)', ({ board }) => Number(board.isDiskFailing)],
  ['link_up', 'Whether the link is up', ({ link }) => (link === null ? undefined : Number(link.isUp))],
  ['link_round_trip_seconds', 'Round trip over the link', ({ link }) => (link === null ? undefined : link.roundTripMs / 1000)],
];

const prefix = 'midge_gateway_port_';

export function gatewayRegistry(gateway: Gateway): Registry {
  const registry = new Registry();
  const registers = [registry];
  const labelNames = ['port'] as const;
  const each = (read: Read, take: (port: string, value: number) => void): void => {
    for (const status of gateway.ports) {
      const value = read(status);
      if (value !== undefined) take(status.name, value);
    }
  };
  for (const [name, help, read] of counters) {
    new Counter({ name: prefix + name, help, labelNames, registers, collect() {
      this.reset();
      each(read, (port, value) => this.inc({ port }, value));
    } });
  }
  for (const [name, help, read] of gauges) {
    new Gauge({ name: prefix + name, help, labelNames, registers, collect() {
      this.reset();
      each(read, (port, value) => this.set({ port }, value));
    } });
  }
  return registry;
}

/** /metrics and /health. Rejects with the socket's error if the address is in use or not allowed. */
export function serveGatewayMetrics(gateway: Gateway, address: { readonly host: string; readonly port: number }): Promise<MetricsServer> {
  return serveRegistry(gatewayRegistry(gateway), () => {
    const { ports } = gateway;
    const portsOpen = ports.filter(({ state }) => state === 'open').length;
    const brokersConnected = ports.filter(({ board }) => board.isConnected).length;
    const disksFailing = ports.filter(({ board }) => board.isDiskFailing).length;
    return { isServing: !gateway.isEnded, figures: { ports: ports.length, portsOpen, brokersConnected, disksFailing } };
  }, address);
}
