export { FlashStore, type FlashStoreOptions } from '../modules/flash-store.js';
