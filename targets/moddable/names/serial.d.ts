export { SerialTransport, type SerialOptions } from '../modules/serial.js';
