// The name under which applications import it; targets/moddable/modules/preference-store.ts is the module.
export { PreferenceStore } from 'midge-mqtt/targets/moddable/modules/preference-store';
