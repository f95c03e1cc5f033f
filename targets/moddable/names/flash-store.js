// The name under which applications import it; targets/moddable/modules/flash-store.ts is the module.
export { FlashStore } from 'midge-mqtt/targets/moddable/modules/flash-store';
