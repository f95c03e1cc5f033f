/**
 * The byte primitives, shared with the core: the only thing outside itself that `src/cbor` uses. A target that replaces
 * `src/core/bytes.ts` has replaced them here too.
 */
// eslint-disable-next-line midge/device-imports -- the one arrow out of src/cbor: primitives exist once, whatever device code a build holds
export { copyBytes, createBytes, createInts, equalBytes, putText, TextFault, textFault } from '../core/bytes.js';
