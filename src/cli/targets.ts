/**
 * The targets that `midge build` and `midge flash` know, each loaded when it is asked for, and the options that both commands have.
 * A new target is a line here. Must not know what a target does.
 */
import type { Command } from 'commander';
import { type ProfileName, profiles } from '../../targets/build/profiles.js';
import type { BuildRequest, BuiltFile, Target } from '../../targets/build/target.js';
import { option } from './command.js';
import { Failure, UsageError, wordsOf } from './fault.js';
import { nearest } from './values.js';

const targets: Readonly<Record<string, () => Promise<{ readonly target: Target }>>> = {
  es5: () => import('../../targets/es5/target.js'),
  moddable: () => import('../../targets/moddable/target.js'),
  lua: () => import('../../targets/lua/target.js'),
  espruino: () => import('../../targets/espruino/target.js'),
};

export const targetNames: readonly string[] = Object.keys(targets);
const profileNames = Object.keys(profiles) as ProfileName[];

export interface TargetValues {
  profile?: ProfileName;
  example?: string;
  minify: boolean;
}

/** A command that is about a target: `<target>` and what decides the files that are built for it. */
export function addTargetOptions(command: Command): Command {
  return command
    // All words are taken here, so that one too many can be named.
    .argument('[target...]', targetNames.join(', '))
    .addOption(option('--profile <name>', `${profileNames.join(', ')} (default: mqtt311)`, profileValue))
    .addOption(option('--example <name>', 'with this example; a wrong name lists those of the target', (text) => text))
    .option('--no-minify', 'readable code, with comments where the engine can bear them');
}

function profileValue(text: string, name: string): ProfileName {
  const found = profileNames.find((known) => known === text);
  if (found !== undefined) return found;
  throw new UsageError(`${name} is "${text}"${didYouMean(text, profileNames)}; it must be ${profileNames.join(', ')}`);
}

function didYouMean(text: string, known: readonly string[]): string {
  const near = nearest(text, known);
  return near === undefined ? '' : ` (did you mean ${near}?)`;
}

/** The target that the command line names. */
export async function targetOf(words: readonly string[], command: string): Promise<Target> {
  const [name, extra] = words;
  if (name === undefined) throw new UsageError(`${command} needs a target: ${targetNames.join(', ')}; see ${command} --help`);
  if (extra !== undefined) throw new UsageError(`"${extra}" stands behind the target; ${command} takes one target, and options`);
  const load = Object.hasOwn(targets, name) ? targets[name] : undefined;
  if (load === undefined) throw new UsageError(`"${name}" is no target${didYouMean(name, targetNames)}; the targets are ${targetNames.join(', ')}`);
  return (await load()).target;
}

/** What the options ask of the target, or why it cannot be had. */
export function requestOf(target: Target, values: TargetValues): BuildRequest {
  const { example, minify } = values;
  const profile = values.profile ?? (target.profiles.includes('mqtt311') ? 'mqtt311' : target.profiles[0]);
  if (!target.profiles.includes(profile)) {
    throw new UsageError(`--profile is "${profile}", which ${target.name} has no build for; it has ${target.profiles.join(', ')}`);
  }
  if (example !== undefined && !target.examples.includes(example)) {
    const known = target.examples.length === 0 ? 'it has none' : `its examples are ${target.examples.join(', ')}`;
    throw new UsageError(`--example is "${example}"${didYouMean(example, target.examples)}; ${target.name} has no such example, ${known}`);
  }
  // It would wait for an acknowledgement that never comes.
  if (example !== undefined && profile === 'qos0') {
    throw new UsageError(`--example is "${example}", which publishes or subscribes at QoS 1, and --profile qos0 has none; take mqtt311 or full`);
  }
  return { profile, minify, ...example === undefined ? {} : { example } };
}

/** Builds, or says in a line why it cannot be done. Takes seconds, more on a small machine; a person is told so. */
export async function buildFor(target: Target, request: BuildRequest): Promise<readonly BuiltFile[]> {
  const [{ BuildError }, { TargetError }] = await Promise.all([import('../../targets/build/program.js'), import('../../targets/build/target.js')]);
  const isWatched = process.stderr.isTTY;
  if (isWatched) process.stderr.write(`building ${target.name}, profile ${request.profile} …`);
  try {
    return target.build(request);
  } catch (thrown) {
    if (thrown instanceof BuildError || thrown instanceof TargetError) throw new Failure(`cannot build for ${target.name}: ${wordsOf(thrown)}`);
    throw thrown;
  } finally {
    // The line is gone when there is something to say.
    if (isWatched) process.stderr.write('\r\x1b[K');
  }
}
