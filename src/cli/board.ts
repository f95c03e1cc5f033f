/**
 * `midge board`: a board that is not there, behind a pseudo-terminal, to try a gateway with no hardware.
 * Must not know how it speaks.
 */
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { Speech, VirtualBoard } from '../sim/virtualBoard.js';
import { addCommand, option } from './command.js';
import { Failure, wordsOf } from './fault.js';
import { durationValue, integerValue, textValue } from './values.js';

interface BoardValues {
  pty: string;
  speak: Speech;
  id: string;
  baud: number;
  rate: number;
  for?: number;
}

export function addBoard(program: Command): void {
  addCommand(program, 'board', 'be a board on a serial port, behind a pseudo-terminal', '--pty <path> [options]', `It needs socat. As link and raw the board is a simulated device: it publishes under midge/<id>/telemetry at QoS 0, 1 and 2,
and answers commands; its session outlives the gateway. As lines it prints "<id> 21.5", and shows lines that are sent to it.

Examples:
  midge board --pty /tmp/board
  midge board --pty /tmp/meter --speak lines --rate 1`)
    .addOption(option('--pty <path>', 'where the device appears', textValue).makeOptionMandatory())
    .addOption(new Option('--speak <what>', 'link: the serial link; raw: plain MQTT; lines: text').choices(['link', 'raw', 'lines']).default('link'))
    .addOption(option('-i, --id <id>', 'its name and client identifier', textValue).default('board-1'))
    .addOption(option('--baud <rate>', 'pace of the wire', integerValue(300, 4_000_000)).default(115_200))
    .addOption(option('--rate <count>', 'messages or lines a second', integerValue(1, 1000)).default(10))
    .addOption(option('--for <time>', 'end after this time, such as 10s or 2m (default: at Ctrl-C)', durationValue))
    .action((values: BoardValues) => serve(values));
}

async function serve(values: BoardValues): Promise<void> {
  const [{ VirtualBoard }, { Counter }, { interruption }] = await Promise.all([import('../sim/virtualBoard.js'), import('../sim/counters.js'), import('./session.js')]);
  const { speak: speech, id: name, baud: baudRate, rate } = values;
  const path = resolve(values.pty);
  const say = (line: string): void => { process.stdout.write(`${line}\n`); };
  const interrupted = interruption();
  let board: VirtualBoard;
  try {
    board = await VirtualBoard.open(path, { speech, name, baudRate, rate, seed: Date.now() & 0x7fffffff });
  } catch (thrown) {
    interrupted.release();
    throw new Failure(wordsOf(thrown));
  }
  say(`a board that speaks ${speech} is at ${path}; in gateway.toml:`);
  say(`  [port.${/^[A-Za-z0-9_-]{1,64}$/.test(name) ? name : 'board'}]\n  path = "${path}"\n  mode = "${speech === 'lines' ? 'client' : speech}"`);
  if (speech === 'lines') say(`  [[port.board.publish]]\n  match = '^(?<id>\\S+) (?<celsius>[-0-9.]+)$'\n  topic = "boards/{id}/temperature"\n  text = "{celsius}"\n  payload = "text"`.replace('port.board', `port.${name}`));
  board.heard = (line) => { say(`line: ${line}`); };
  board.client?.on('connect', ({ sessionPresent }) => { say(`connected to the broker${sessionPresent ? ', session resumed' : ''}`); });
  board.client?.on('disconnect', ({ words }) => { say(words); });
  const started = board.start().catch(() => undefined);
  let isEnded = false;
  const lost = board.ended.then(() => { isEnded = true; });
  await Promise.race([interrupted.happened, lost, ...values.for === undefined ? [] : [new Promise((done) => { setTimeout(done, values.for); })]]);
  const wasLost = isEnded;
  await board.stop();
  await started;
  interrupted.release();
  const { row } = board;
  const sent = row[Counter.SentQ0] + row[Counter.SentQ1] + row[Counter.SentQ2];
  say(speech === 'lines' ? `ended: ${sent} lines printed` : `ended: ${sent} messages sent, ${row[Counter.AcknowledgedQ1] + row[Counter.AcknowledgedQ2]} acknowledged`);
  if (wasLost) throw new Failure('socat has ended, and the pseudo-terminal with it');
}
