/**
 * One run of `midge board`: the board put on its device, what it says printed, a summary at the end.
 * Must not know what the firmware does.
 */
import { Claims } from '../gateway/serial/claims.js';
import { DeviceWatch } from '../gateway/serial/device-watch.js';
import { LineKeeper } from '../gateway/serial/line-keeper.js';
import { defaultLine, nativeBinding } from '../gateway/serial/line-settings.js';
import { selectPath } from '../gateway/serial/selector.js';
import type { SerialLine } from '../gateway/serial/serial-line.js';
import { type BoardOptions, createLinesBoard, createLinkBoard, createRawBoard, type MadeBoard, plugIntoPseudoTerminal } from '../sim/board/boards.js';
import type { Firmware } from '../sim/board/firmware.js';
import { LinkFirmware } from '../sim/board/link-firmware.js';
import { NoPseudoTerminal } from '../sim/board/pseudo-terminal.js';
import type { VirtualBoard } from '../sim/board/virtual-board.js';
import { Counter } from '../sim/counters.js';
import type { BoardValues } from './board.js';
import { Failure } from './fault.js';
import { interruption } from './session.js';

const enum Limit {
  /** For what is under way, and for goodbye. */
  EndMs = 3000,
}

const create = { link: createLinkBoard, raw: createRawBoard, lines: createLinesBoard } as const;

export async function serveBoard(values: BoardValues): Promise<void> {
  const say = (words: string): void => { process.stdout.write(`${words}\n`); };
  const options: BoardOptions = {
    name: values.name, protocolVersion: values.mqtt === '5' ? 5 : 4, seed: values.seed, rate: values.rate, qosMax: 2, keepsSession: true,
    baudRate: values.baud, baudRateMax: values.baudMax, bitErrorRate: values.noise,
  };
  const made: MadeBoard<Firmware> = create[values.mode](options, say);
  const interrupted = interruption();
  let unplug: (() => void | Promise<void>) | undefined;
  try {
    unplug = values.port === undefined ? await onPseudoTerminal(made.board, values, say) : await onPort(made.board, values.port, values, say);
    await Promise.race([interrupted.happened, ...values.for === undefined ? [] : [new Promise((resolve) => { setTimeout(resolve, values.for).unref(); })]]);
    // With nothing at the other end there is nothing to wait for.
    const patienceMs = made.board.uart.wire === null ? 0 : Limit.EndMs;
    await made.board.settle(patienceMs);
    await made.board.end(patienceMs);
    for (const line of summary(made, values)) say(line);
  } finally {
    interrupted.release();
    await made.board.end(0);
    await unplug?.();
  }
}

async function onPseudoTerminal(board: VirtualBoard, values: BoardValues, say: (words: string) => void): Promise<() => void> {
  const terminal = await plugIntoPseudoTerminal(board).catch((thrown: unknown) => {
    throw thrown instanceof NoPseudoTerminal ? new Failure(thrown.message) : thrown;
  });
  say(`the board is at ${terminal.path}, mode ${values.mode}, ${values.baud} baud, noise ${values.noise}, seed ${values.seed}; in gateway.toml:`);
  for (const line of entry(terminal.path, values)) say(`  ${line}`);
  return () => { terminal.close(); };
}

/** Lines of gateway.toml that serve the board. */
function entry(path: string, { mode, baud, baudMax, name }: BoardValues): string[] {
  const lines = [`[port.${name.replace(/[^\w-]/g, '-')}]`, `path = "${path}"`];
  if (baud !== defaultLine.baudRate) lines.push(`baud = ${baud}`);
  if (baudMax !== 0) lines.push(`baud-max = ${baudMax}`);
  if (mode === 'raw') lines.push('mode = "raw"');
  if (mode !== 'lines') return lines;
  return [
    ...lines, 'mode = "client"', `[[port.${name.replace(/[^\w-]/g, '-')}.publish]]`, `match = '^seq=(?<seq>\\d+) temperature=(?<celsius>\\S+)'`, 'topic = "boards/{port}/temperature"', 'payload = "json"',
  ];
}

async function onPort(board: VirtualBoard, path: string, values: BoardValues, say: (words: string) => void): Promise<() => Promise<void>> {
  const plug = (line: SerialLine): void => {
    board.plug({
      write: (bytes) => { line.write(bytes); },
      get waitingBytes() { return line.unsentBytes; },
      setBaud: (baudRate, done) => { line.setBaud(baudRate, done); },
    });
  };
  say(`the board is at the other end of ${path}: mode ${values.mode}, ${values.baud} baud, noise ${values.noise}, seed ${values.seed}`);
  const keeper = new LineKeeper(values.name, { ...defaultLine, baudRate: values.baud }, await nativeBinding(), new Claims(), {
    keeperOpened: plug,
    keeperData: (bytes) => { board.input(bytes); },
    keeperDrained: () => undefined,
    keeperLost: () => { board.unplug(); },
    keeperSays: (_level, _event, words) => { say(words); },
  });
  const watch = new DeviceWatch();
  watch.add(selectPath(path), (devices) => { keeper.found(devices[0] ?? null, path); });
  return async () => {
    watch.end();
    await keeper.end();
  };
}

function summary({ board, row }: MadeBoard<Firmware>, { mode }: BoardValues): string[] {
  const { uart, firmware } = board;
  const wire = `wire: ${uart.bytesOut} bytes sent, ${uart.bytesIn} received, ${uart.bitsFlipped} bits flipped${uart.bytesUnread === 0 ? '' : `, ${uart.bytesUnread} bytes with nobody there to read them`}`;
  if (mode === 'lines') return [`${row[Counter.SentQ0]} measurements printed, ${row[Counter.CommandsAnswered]} lines answered`, wire];
  const lines = [
    `${row[Counter.SentQ0]} messages sent at QoS 0, ${row[Counter.SentQ1]} at QoS 1 (${row[Counter.AcknowledgedQ1]} acknowledged), ${row[Counter.SentQ2]} at QoS 2 (${row[Counter.AcknowledgedQ2]}); ${row[Counter.CommandsAnswered]} commands answered, ${row[Counter.Connects]} connections`,
    wire,
  ];
  if (firmware instanceof LinkFirmware) {
    const { framesSent, framesAgain, framesTaken, framesDamaged, roundTrip8 } = firmware.link;
    lines.push(`link: ${framesSent} frames sent, ${framesAgain} of them again; ${framesTaken} received, ${framesDamaged} damaged; round trip ${(roundTrip8 / 8).toFixed(1)} ms`);
  }
  return lines;
}
