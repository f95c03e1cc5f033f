export { default } from '../modules/client.js';
export type * from '../modules/client.js';
