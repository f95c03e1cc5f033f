/**
 * The core's exports, in reading order: what a client is made of, what a program calls, what it reads.
 */
export * from './codes.js';
export { type ClientConfig, type ConfigV5, type Will, ConfigFault, configFault, createConfig, createConfigV5 } from './config.js';
export { type Client, type ClientV5, createClient, Slot, Sub } from './client.js';
export {
  clientCancelStream, clientConnect, clientDisconnect, clientLinkDown, clientLinkUp, clientNextDeadline, clientWantsLink,
} from './connection.js';
export { clientInput, clientNextEvent } from './receive.js';
export { clientOutput, clientSent, clientStream } from './output.js';
export { clientPublish, clientPublishStream, clientPublishWith } from './publish.js';
export { actionFor } from './reasons.js';
export { clientSubscribe, clientUnsubscribe } from './subscriptions.js';
export { clientAcknowledge } from './inbound.js';
export { clientSkip } from './delivery.js';
export { clientAuthenticate } from './auth.js';
export {
  createProperties, type Properties, propertiesCheck, propertiesClear, propertyNext, putPropertyData, putPropertyNumber,
  putPropertyText, putUserProperty,
} from './properties.js';
