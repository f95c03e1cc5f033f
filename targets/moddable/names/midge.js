// The name under which applications import it; targets/moddable/modules/midge.ts is the module.
export { default } from 'midge-mqtt/targets/moddable/modules/midge';
