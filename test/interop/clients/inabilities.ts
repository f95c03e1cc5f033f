/** What a client that was not written here does not do, as found: `title, version` and what comes of it. Nothing else differs. */
import type { ForeignClient } from './driver.js';

export const inabilities: Readonly<Record<ForeignClient['name'], Readonly<Record<string, string>>>> = {
  'MQTT.js': {},
  'mosquitto_pub and mosquitto_sub': {
    // At SIGTERM it sends DISCONNECT with reason code 4, which asks for the will. [MQTT-3.14.4-3]
    'a will, and none after DISCONNECT, 5.0': 'the will of one that has left',
  },
  'libpaho-mqtt': {},
};
