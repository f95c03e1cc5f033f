/**
 * Finds the platform's own tool where npm or the user has put it, and runs it: its lines are heard as they come, and when the command ends early the
 * tool ends too, with whatever it has started. Must not know which tool it is, nor what its words mean.
 */
import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { TargetError } from './target.js';

export interface UploadTool {
  /** As a person would type it. */
  readonly shown: string;
  readonly command: string;
  /** Words before those of the upload. */
  readonly args: readonly string[];
}

/** A tool that is an npm package: in the folder at hand or beside this package, as npm installs it, or anywhere on the path. */
export function findPackagedTool(name: string, script: string): UploadTool | undefined {
  for (const from of [join(process.cwd(), 'package.json'), import.meta.url]) {
    try {
      return { shown: name, command: process.execPath, args: [createRequire(from).resolve(`${name}/${script}`)] };
    } catch {
      // Not here.
    }
  }
  const path = findOnPath(name);
  return path === undefined ? undefined : { shown: name, command: path, args: [] };
}

/** The program that a shell would run, if there is one. */
export function findOnPath(name: string): string | undefined {
  return (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

export interface ToolRun {
  /** Where it runs. */
  readonly folder: string;
  /** Aborted when the command ends early. */
  readonly ended: AbortSignal;
  /** Each line that is not empty, without its end. */
  readonly hear: (line: string) => void;
  readonly environment?: Readonly<Record<string, string>>;
  /** After so long without a word it is ended; absent: it may be silent. */
  readonly silenceMaxMs?: number;
}

/** Resolves to the exit code, or the name of the signal that ended it. */
export function runTool({ shown, command, args }: UploadTool, words: readonly string[], { folder, ended, hear, environment, silenceMaxMs }: ToolRun): Promise<number | string> {
  return new Promise((resolve, reject) => {
    // Of a group of its own, so that what it starts (make, a compiler, a debugger) ends with it.
    const isGroup = process.platform !== 'win32';
    const child = spawn(command, [...args, ...words], { cwd: folder, detached: isGroup, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment } });
    const end = (): void => {
      if (!isGroup || child.pid === undefined) child.kill();
      else {
        try {
          process.kill(-child.pid);
        } catch {
          // It has ended meanwhile.
        }
      }
    };
    ended.addEventListener('abort', end);
    let timer: NodeJS.Timeout | undefined;
    const watch = (): void => {
      if (silenceMaxMs === undefined) return;
      clearTimeout(timer);
      timer = setTimeout(() => {
        end();
        reject(new TargetError(`${shown} was silent for ${Math.round(silenceMaxMs / 1000)} s and was ended; is the board running a program of its own, or does something else use the port?`));
      }, silenceMaxMs);
    };
    watch();
    for (const stream of [child.stdout, child.stderr]) {
      let rest = '';
      const take = (lines: readonly string[]): void => { lines.map(withoutColours).filter((line) => line !== '').forEach(hear); };
      stream.setEncoding('utf8').on('data', (text: string) => {
        watch();
        const lines = (rest + text).split(/\r\n|\n|\r/);
        rest = lines.pop()!;
        take(lines);
      });
      stream.on('end', () => { take([rest]); });
    }
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(new TargetError(`${shown} cannot be run: ${error.message}`));
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      ended.removeEventListener('abort', end);
      resolve(code ?? signal ?? 'no word');
    });
  });
}

/** Tools colour their lines and move the cursor for a person's terminal. */
function withoutColours(line: string): string {
  return line.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '').trimEnd();
}

/** Further words for a tool, from an environment variable: parted by spaces, but for those within quotes. */
export function furtherWords(variable: string): string[] {
  const words = (process.env[variable] ?? '').match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? [];
  return words.map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, (_all, double: string | undefined, single: string | undefined) => double ?? single ?? ''));
}
