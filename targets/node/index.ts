/**
 * The Node port's exports, in reading order: make a client, its types, errors and words, and what a program needs of the core.
 */
export type * from './api-options.js';
export type * from './api.js';
export { createClient } from './client.js';
export { MidgeError } from './error.js';
export { scramSha256, type ScramOptions } from './scram.js';
export { eventName, eventWords, reasonName, reasonWords, stateName, stateWords, statusName, statusWords } from './words.js';
export { Action, Event, Property, Publish, Reason, State, Status, actionFor } from '../../src/core/index.js';
