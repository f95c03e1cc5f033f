/**
 * Which functions of the module are there from the start where memory counts most; all others are read from Storage when they are called. Each one
 * here costs 5 JsVars and one for each parameter; each call of another costs some 50k instructions more.
 *
 * Changes together with test/bench/espruino.ts, whose figures decided it.
 */
import type { ProfileName } from '../build/profiles.js';
import type { ModuleName } from './build.js';

/** A socket, a port or a timer holds its handlers all the time; one that was read would hold the reader's scope too. */
const handlers: Readonly<Record<ModuleName, readonly string[]>> = {
  'midge': ['onData', 'onEnd', 'onError', 'onAlarm', 'onHandled'],
  'midge-serial': ['onBytes', 'onWireTimer', 'onData', 'onAlarm', 'onHandled'],
};

/** The way of most messages: QoS 0 and 1 call no others. */
const frequent = ['publish', 'publishWith', 'makeHead', 'take', 'readHead'];
/** What the profile `qos0` has not. */
const frequentOfQos1 = ['takePuback'];

export function residentFunctions(profile: ProfileName, moduleName: ModuleName): readonly string[] {
  return [...handlers[moduleName], ...frequent, ...profile === 'qos0' ? [] : frequentOfQos1];
}
