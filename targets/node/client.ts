/**
 * The client for programs on Node.js.
 */
import type { ClientOptions, MidgeClient } from './api.js';
import { MidgeError } from './error.js';

/** Checks everything and allocates every buffer; no I/O. Throws a MidgeError that names field, value and what is allowed. */
export function createClient(_options: ClientOptions | string, _more?: ClientOptions): MidgeClient {
  throw new MidgeError('not yet');
}
