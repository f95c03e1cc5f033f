/*
 * The reference broker's exports, in reading order.
 */
export type {
  AccessRequest,
  AttachOptions,
  AuthenticateHook,
  AuthenticateResult,
  AuthenticationExchange,
  AuthenticationMethod,
  AuthenticationStep,
  AuthorizeDeliveryHook,
  AuthorizeHook,
  Broker,
  BrokerClock,
  BrokerEvents,
  BrokerOptions,
  BrokerStats,
  ClientInfo,
  CloseOptions,
  ConnectionTransport,
  ConnectRefusal,
  ConnectRequest,
  DisconnectInfo,
  DisconnectOptions,
  DropReason,
  LimitName,
  LimitNotice,
  ListenAddress,
  ListenOptions,
  MessageInfo,
  PublishOptions,
  RestartOptions,
  RuntimeOptions,
  SessionInfo,
  Transport,
} from './api.js';
export { streamPair } from './attached.js';
export { createBroker } from './broker.js';
export { FaultPlanError } from './faults/check.js';
export type {
  AcknowledgementFault,
  AcknowledgementType,
  BandwidthFault,
  CorruptFault,
  CutFault,
  DelayFault,
  Direction,
  Fault,
  FaultPlan,
  FaultRule,
  HalfOpenFault,
  NumberOrRange,
  RefuseFault,
  RestartFault,
  SplitFault,
  StallFault,
} from './faults/plan.js';
export type { AccessHooks, AccessOptions, Reloaded, ReloadResult } from './access/index.js';
export { Access, FileFault } from './access/index.js';
export type { BrokerState } from './state.js';
export { StoreError } from './store/store.js';
export type { Violation } from './violation.js';
export { ConformanceRecorder } from './report.js';
export type { ClientReport, ConformanceReport, ReportedEdition, ReportedStatement, ReportedViolation, ReportLimits } from './report.js';
export { SysTopics } from './metrics/sys-topics.js';
export type { SysTopicsOptions } from './metrics/sys-topics.js';
export { serveMetrics } from './metrics/server.js';
export { type Health, serveRegistry } from './metrics/http.js';
export type { MetricsOptions, MetricsServer } from './metrics/server.js';
export { serveDashboard } from './dashboard.js';
export type { DashboardOptions, DashboardServer } from '../dashboard/index.js';
export { DashboardOptionError } from '../dashboard/index.js';
export { ManualClock } from './manual-clock.js';
export { PacketType, PropertyId, ReasonCode, ReturnCode } from './protocol.js';
export type { ProtocolVersion, QoS } from './protocol.js';
