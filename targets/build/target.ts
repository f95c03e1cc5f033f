/**
 * What every target looks like to `midge build` and `midge flash`: it turns a profile into files, each with the bytes of its parts, and may bring them
 * onto a board. `targets/<name>/target.ts` exports it as `target`; src/cli/targets.ts lists them. Must not know any target, nor how files are written.
 */
import type { ProfileName } from './profiles.js';

export interface BuildRequest {
  readonly profile: ProfileName;
  readonly minify: boolean;
  /** One of the target's `examples`, to be built with the rest. */
  readonly example?: string;
}

export const partNames = ['core', 'link', 'port', 'api', 'example'] as const;

/** A share of a file, in the order of `partNames`. */
export interface BuiltPart {
  readonly name: (typeof partNames)[number];
  readonly bytes: number;
}

export interface BuiltFile {
  /** Relative to the folder that the build is written to; parted by `/`, without `..`. */
  readonly path: string;
  readonly content: string | Uint8Array;
  readonly parts: readonly BuiltPart[];
  /** A source map (JSON), written beside the file as `<path>.map`. The content names it itself where its engine reads such a comment. */
  readonly sourceMap?: string;
}

export interface FlashRequest {
  /** The serial port as the user named it: a path, or what the platform's tool takes in its place. Empty where `readyToFlash` asks for none. */
  readonly port: string;
  /** Bits a second; absent: what the platform's tool takes by itself. */
  readonly baud?: number;
  /** What `build` returned. */
  readonly files: readonly BuiltFile[];
  /** Say what would be run, and check that it could be; leave the board alone. */
  readonly dryRun: boolean;
  /** A line of progress for the person who waits. */
  readonly say: (line: string) => void;
}

/** What the platform's tool brings files onto: a serial port, a port that is reached as tcp://host:port. */
export type PortKind = 'serial' | 'tcp';

export interface Target {
  readonly name: string;
  /** One line: what it is for. */
  readonly summary: string;
  readonly profiles: readonly ProfileName[];
  readonly examples: readonly string[];
  build(request: BuildRequest): readonly BuiltFile[];
  /** Absent where files are compiled into a firmware. Rejects with a TargetError that says what went wrong. */
  flash?(request: FlashRequest): Promise<void>;
  /**
   * Asked before the build, which takes seconds: throws a TargetError that says which tool or setting is missing; else the kinds of port that a board may
   * be at, none where a simulator on this machine is meant.
   */
  readyToFlash?(request: BuildRequest): readonly PortKind[];
}

/** A build or an upload that cannot be done here, for a reason that the user can mend: one line that names it. */
export class TargetError extends Error {}

export function bytesOf(content: string | Uint8Array): number {
  return typeof content === 'string' ? Buffer.byteLength(content) : content.length;
}
