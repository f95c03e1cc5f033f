/**
 * The serial link as the modules of this folder see it; `midge build moddable` puts the flattened link in the place of this file.
 * Must not know: anything else.
 */
export * from '../../../src/link/index.js';
