/**
 * What every engine that runs device code in tests looks like, and which ones are present. Must not know what the scripts do.
 * A script sees two functions besides its language: `print(text)` and `readLine()`, which gives null (nil) after the last line.
 */

/** One program in the languages of the engines. */
export interface Script {
  /** For V8, QuickJS, Duktape. */
  readonly es5: string;
  /** For Lua 5.1 and LuaJIT, with the `bit` library. */
  readonly luaJit: string;
  /** For Lua 5.3 and 5.4. */
  readonly lua53: string;
}

/** What the engine can count exactly: 0 means that nothing was allocated. */
export interface Cost {
  readonly amount: number;
  readonly unit: 'bytes' | 'allocations' | 'refused allocations' | 'scavenges';
}

export interface Engine {
  readonly name: string;
  readonly language: keyof Script;
  /** True, or the reason why it cannot run here. */
  available(): true | string;
  /** Runs a program to its end and returns what it printed. An error in the script rejects with its message. */
  run(script: Script, lines?: readonly string[]): Promise<string>;
  /** Runs the script once, then its global function `hot` (no arguments) often, and tells what those calls allocated. */
  measure(script: Script, hot: string, repetitions: number): Promise<Cost>;
}

/** No script of the tests takes longer; one that does hangs. */
export const runTimeMaxMs = 240_000;
