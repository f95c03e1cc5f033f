/**
 * What the plain-Lua ports stand on: LuaSocket, and Lua's `io`. Only declarations: nothing of this file is in a build.
 * Read first: LuaSocket's tcp and socket pages.
 */

/** What `socket.select` can wait for. */
export interface Waitable {
  getfd(): number;
  dirty(): boolean;
}

export interface TcpSocket extends Waitable {
  settimeout(seconds: number): void;
  getpeername(): string | undefined;
  close(): void;
}

export interface Socket {
  tcp(this: void): TcpSocket;
  gettime(this: void): number;
  select(this: void, reading: readonly Waitable[], writing: readonly Waitable[], seconds: number): unknown;
}
