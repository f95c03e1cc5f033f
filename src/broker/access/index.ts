/*
 * The exports of access control, in reading order.
 */
export type { AccessHooks, AccessOptions, Reloaded, ReloadResult } from './access.js';
export { Access } from './access.js';
export type { BackEndStats } from './back-end.js';
export { isLoopback } from './anonymous.js';
export type { HashKind, PasswordHash } from './password-hash.js';
export { hashKinds, hashPassword, isPassword, parseHash, pbkdf2IterationsDefault, pbkdf2IterationsMax, scramIterationsDefault, scramIterationsMin } from './password-hash.js';
export { scramNameFault } from './scram-users.js';
export { FileFault, readLines } from './text-file.js';
