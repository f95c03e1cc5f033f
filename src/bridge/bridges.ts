import type { Broker } from '../broker/index.js';
import { Bridge } from './bridge.js';
import { type BridgeOptions, checkBridge } from './options.js';

/** Checks the options; opens nothing yet. Throws a BridgeError that names the wrong one. */
export function createBridge(broker: Broker, options: BridgeOptions): Bridge {
  return new Bridge(broker, checkBridge(options));
}
