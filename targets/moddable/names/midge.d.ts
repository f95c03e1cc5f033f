export { default } from '../modules/midge.js';
export type * from '../modules/midge.js';
