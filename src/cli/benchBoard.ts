/**
 * The board of `midge bench`: a simulated device whose only way to the broker is a serial port, behind a real pseudo-terminal
 * and the real gateway. Where it cannot be, the rest runs without it. Must not know how it is shown.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { parseUrl } from '../../targets/node/url.js';
import { Gateway } from '../gateway/index.js';
import { defaultLine } from '../gateway/serial/line-settings.js';
import { selectPath } from '../gateway/serial/selector.js';
import type { VirtualBoard } from '../sim/virtualBoard.js';
import { wordsOf } from './fault.js';

export interface BenchBoard {
  /** Connects, and sends `rate` messages a second, counted in `row`. */
  start(row: Int32Array, rate: number): Promise<void>;
  /** Waits until all is acknowledged, at most `timeoutMs`, and leaves nothing behind. */
  stop(timeoutMs: number): Promise<void>;
}

const seed = 1000;

/** A pseudo-terminal with a gateway at one end; words: why there is none. */
export async function startBoard(url: string): Promise<BenchBoard | string> {
  // The native bindings of serial ports know no other thread.
  if (!isMainThread) return 'this is not the main thread';
  const folder = await mkdtemp(join(tmpdir(), 'midge-board-'));
  const path = join(folder, 'tty');
  const { VirtualBoard: Board, PseudoTerminal } = await import('../sim/virtualBoard.js');
  const leave = (): Promise<void> => rm(folder, { recursive: true, force: true });
  let terminal: Awaited<ReturnType<typeof PseudoTerminal.open>>;
  try {
    terminal = await PseudoTerminal.open(path);
  } catch (thrown) {
    await leave();
    // How to get it would not fit the screen; `midge board` says it.
    return wordsOf(thrown).replace(/^(socat is not installed).*/, '$1');
  }
  const { host, port, isTls, wsPath } = parseUrl(url);
  const { baudRate } = defaultLine;
  let gateway: Gateway;
  try {
    gateway = await Gateway.start({
      spool: null,
      ports: [{
        name: 'board-1', selector: selectPath(path), line: defaultLine,
        board: { mode: 'link', broker: { endpoint: { host, port, isTls, wsPath }, tls: {} }, identity: null, baudRate, baudRateMax: 0 },
      }],
    });
  } catch (thrown) {
    await terminal.close();
    await leave();
    return `the serial bindings do not load on this machine: ${wordsOf(thrown)}`;
  }
  let board: VirtualBoard | undefined;
  return {
    start: async (row, rate) => {
      board = Board.on(terminal, { speech: 'link', name: 'board-1', baudRate, rate, seed, row });
      await board.start();
    },
    stop: async (timeoutMs) => {
      await (board === undefined ? terminal.close() : board.stop(timeoutMs));
      await gateway.end();
      await leave();
    },
  };
}
