/**
 * The Node port's exports, in reading order: make a client, its types, errors and words, and what a program needs of the core.
 */
export type * from './api.js';
export { createClient } from './client.js';
export { MidgeError } from './error.js';
export { Action, Property, Publish, Reason, State, Status, actionFor } from '../../src/core/index.js';
