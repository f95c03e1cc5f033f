/*
 * The reference broker's exports, in reading order.
 */
export type {
  AccessRequest,
  AuthenticateHook,
  AuthenticateResult,
  AuthenticationExchange,
  AuthenticationMethod,
  AuthenticationStep,
  AuthorizeHook,
  Broker,
  BrokerClock,
  BrokerEvents,
  BrokerOptions,
  BrokerStats,
  ClientInfo,
  CloseOptions,
  ConnectRefusal,
  ConnectRequest,
  DisconnectInfo,
  DisconnectOptions,
  DropReason,
  ListenAddress,
  ListenOptions,
  MessageInfo,
  PublishOptions,
  SessionInfo,
  Transport,
} from './api.js';
export { createBroker } from './broker.js';
export type { BrokerState } from './state.js';
export { StoreError } from './store/store.js';
export type { Violation } from './violation.js';
export { ManualClock } from './manual-clock.js';
export { PacketType, PropertyId, ReasonCode, ReturnCode } from './protocol.js';
export type { ProtocolVersion, QoS } from './protocol.js';
