export { PreferenceStore, type PreferenceStoreOptions } from '../modules/preference-store.js';
