/**
 * The engine's link over LuaSocket. port-stdio.ts takes its place in the build for boards behind a gateway. Must not know: MQTT.
 *
 * Read first: LuaSocket's tcp page.
 */
import { State } from '../../../src/core/index.js';
import { type Engine, engineLost, engineNextDeadline, engineReceived, engineResume, engineRun, engineSent, engineUp, type Link, LinkState, Sent } from '../engine.js';
import { type Socket, type TcpSocket } from './platform.js';
import { addressesOf, beginConnect, canWrite, loadSocket, milliseconds, receiveSome, sendFrom, waitFor } from './streams.js';

export interface Port extends Link {
  host: string;
  portNumber: number;
  engine: Engine | undefined;
  socket: Socket;
  tcp: TcpSocket | undefined;
  /** Of the host: which is tried next, and how many more before this attempt has failed. */
  addresses: readonly string[];
  turn: number;
  left: number;
  /** It could not be opened: an unknown host, most often. */
  hasFailed: boolean;
  /** What is left of the send that is in flight. */
  text: string;
  at: number;
}

export const needsHost = true;

const enum Receive {
  /** What is read at once. */
  Bytes = 1460,
}

export function createPort(): Port {
  const socket = loadSocket();
  const p: Port = {
    host: 'localhost', portNumber: 1883, engine: undefined, socket: socket, tcp: undefined, addresses: [], turn: 0, left: 0, hasFailed: false, text: '', at: 0,
    now: () => milliseconds(socket),
    open: () => {
      p.addresses = addressesOf(socket, p.host);
      p.left = p.addresses.length;
      // What goes on in the background, and what has failed, `portStep` finds out.
      p.hasFailed = !openNext(p);
    },
    close: () => { closeTcp(p); },
    send: (text) => {
      const tcp = p.tcp;
      if (tcp === undefined) return Sent.Gone;
      const at = sendFrom(tcp, text, 0);
      if (at < 0) return Sent.Gone;
      if (at === text.length) return Sent.Done;
      p.text = text;
      p.at = at;
      return Sent.InFlight;
    },
    hold: () => undefined,
  };
  return p;
}

/** Tries the next address: a name often has one of IPv6 too, where nobody listens. False: none is left. */
function openNext(p: Port): boolean {
  while (p.left > 0) {
    const tcp = p.socket.tcp();
    p.tcp = tcp;
    tcp.settimeout(0);
    const address = p.addresses[p.turn % p.addresses.length];
    p.turn += 1;
    p.left -= 1;
    if (beginConnect(tcp, address, p.portNumber)) return true;
    closeTcp(p);
  }
  return false;
}

function closeTcp(p: Port): void {
  if (p.tcp !== undefined) p.tcp.close();
  p.tcp = undefined;
  p.text = '';
  p.at = 0;
}

/** Does what there is to do; waits for the link or the time, `seconds` at most, where there is nothing. */
export function portStep(p: Port, seconds: number): void {
  const e = p.engine as Engine;
  if (e.passes > 0) {
    // Most often something came, and nothing else is to be done.
    const data = receiveSome(p.tcp as TcpSocket, Receive.Bytes);
    if (data !== undefined && data !== '') {
      engineReceived(e, data);
      return;
    }
  } else {
    engineResume(e);
    if (e.link === LinkState.Up && !e.isHeld && p.text === '' && receive(p, e)) return;
  }
  engineRun(e);
  // A client that was closed has nothing to wait for.
  if (e.link === LinkState.Closed && e.c.state === State.Idle) return;
  if (e.link === LinkState.Opening && p.hasFailed) {
    closeTcp(p);
    engineLost(e);
    return;
  }
  let wait = engineNextDeadline(e) / 1000;
  if (wait > seconds) wait = seconds;
  const isWriting = e.link === LinkState.Opening || p.text !== '';
  if (wait > 0 || isWriting) waitFor(p.socket, e.link === LinkState.Up && !e.isHeld ? p.tcp : undefined, isWriting ? p.tcp : undefined, wait);
  if (e.link === LinkState.Opening) finishOpening(p, e);
  else if (p.text !== '') goOnSending(p, e);
  if (e.link === LinkState.Up && !e.isHeld) receive(p, e);
  engineRun(e);
}

/** Nothing happens inside an engine's call here: all of it happens in `portStep`. */
export function portRest(_: Port): void {}

function finishOpening(p: Port, e: Engine): void {
  const tcp = p.tcp;
  if (tcp === undefined) return;
  if (tcp.getpeername() !== undefined) {
    // The next time too.
    p.turn -= 1;
    engineUp(e);
  } else if (canWrite(p.socket, tcp)) {
    // Writable and without a peer: refused.
    closeTcp(p);
    if (!openNext(p)) engineLost(e);
  }
}

function goOnSending(p: Port, e: Engine): void {
  const tcp = p.tcp;
  if (tcp === undefined) return;
  p.at = sendFrom(tcp, p.text, p.at);
  if (p.at < 0) {
    closeTcp(p);
    engineLost(e);
  } else if (p.at === p.text.length) {
    p.text = '';
    p.at = 0;
    engineSent(e);
  }
}

/** True: something came. */
function receive(p: Port, e: Engine): boolean {
  const tcp = p.tcp;
  // Gone, and a handler's error came before the engine could forget it.
  if (tcp === undefined) return false;
  const data = receiveSome(tcp, Receive.Bytes);
  if (data === '') return false;
  if (data === undefined) {
    closeTcp(p);
    engineLost(e);
  } else engineReceived(e, data);
  return true;
}
