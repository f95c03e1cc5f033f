// The name under which applications import it; targets/moddable/modules/serial.ts is the module.
export { SerialTransport } from 'midge-mqtt/targets/moddable/modules/serial';
