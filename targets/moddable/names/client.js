// The name under which applications import it; targets/moddable/modules/client.ts is the module.
export { default } from 'midge-mqtt/targets/moddable/modules/client';
