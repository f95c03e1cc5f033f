/**
 * What is wrong with a bridge's configuration, in words. Must not know what the options are.
 */
import { inspect } from 'node:util';

/** A wrong configuration; `field` is the option, such as `topics[1].filter`. */
export class BridgeError extends Error {
  constructor(readonly field: string, message: string) {
    super(message);
    this.name = 'BridgeError';
  }
}

export function wrong(field: string, value: unknown, allowed: string): BridgeError {
  const shown = Array.isArray(value) ? 'a list' : typeof value === 'object' && value !== null ? 'an object' : inspect(value);
  return new BridgeError(field, `${field} is ${shown}; it must be ${allowed}`);
}
