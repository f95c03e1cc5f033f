/**
 * The core as the modules of this folder see it. `midge build moddable` puts the flattened core of a profile in the place of this file; from
 * its sources it is the whole core. Must not know: anything else.
 */
export * from '../../../src/core/index.js';
export { clientExpress, clientInputIsEmpty, clientIsPinging, clientNextTick, clientPing, clientReadOne, clientReceived, clientUnread } from './shortcuts.js';
