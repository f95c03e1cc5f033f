/** The actor in QuickJS (WebAssembly), with natives of Node.js: midge.js and actor.js, named as arguments, run as in any other host. */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { getQuickJS, type QuickJSContext, type QuickJSHandle } from 'quickjs-emscripten';
import { SocketLine } from './socket-line.js';

const quickJs = await getQuickJS();
const context: QuickJSContext = quickJs.newContext();
const lines: string[] = [];
let isOver = false;
let timer: NodeJS.Timeout | undefined;

function wake(): void {
  clearTimeout(timer);
  timer = setTimeout(turn, 0);
}
const line = new SocketLine(wake);

function native(name: string, act: (...args: QuickJSHandle[]) => QuickJSHandle | undefined): void {
  context.newFunction(name, act).consume((made) => { context.setProp(context.global, name, made); });
}

native('hostOpen', (host, port) => { line.open(context.getString(host), context.getNumber(port)); return undefined; });
native('hostLink', () => context.newNumber(line.link()));
native('hostClose', () => { line.close(); return undefined; });
native('receivedBytes', (room) => {
  const read = line.read(context.getNumber(room));
  return context.newArrayBuffer(new Uint8Array(read).buffer);
});
native('sendBytes', (buffer) => {
  context.getArrayBuffer(buffer).consume((bytes) => { line.write(Buffer.from(bytes.value)); });
  return undefined;
});
// The package hands buffers over as copies only.
context.unwrapResult(context.evalCode(`
  function hostRead(bytes, from, to) {
    var received = new Uint8Array(receivedBytes(to - from));
    bytes.set(received, from);
    return received.length;
  }
  function hostWrite(bytes, from, to) {
    sendBytes(bytes.slice(from, to).buffer);
    return to - from;
  }`)).dispose();
native('hostMillis', () => context.newNumber(Math.floor(performance.now()) & 0x3fffffff));
native('hostRandom', () => context.newNumber(Math.floor(Math.random() * 0x40000000)));
native('print', (text) => { process.stdout.write(`${context.getString(text)}\n`); return undefined; });
native('readLine', () => {
  const next = lines.shift();
  if (next !== undefined) return context.newString(next);
  return isOver ? context.false : context.null;
});

function turn(): void {
  const result = context.unwrapResult(context.evalCode('loop()'));
  const wait = context.getNumber(result);
  result.dispose();
  if (wait < 0) {
    void line.drained().then(() => { process.exit(0); });
    return;
  }
  clearTimeout(timer);
  timer = setTimeout(turn, wait);
}

for (const path of process.argv.slice(2)) context.unwrapResult(context.evalCode(readFileSync(path, 'utf8'), path)).dispose();
createInterface({ input: process.stdin }).on('line', (text) => {
  lines.push(text);
  wake();
}).on('close', () => {
  isOver = true;
  wake();
});
turn();
