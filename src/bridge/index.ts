/**
 * The bridge's exports, in reading order.
 */
export type { BridgeOptions, BridgeTopic, Direction } from './options.js';
export { BridgeError } from './fault.js';
export type { DropReason } from './crossing.js';
export { viaName } from './crossing.js';
export type { BridgeEvents, BridgeStats, WayStats } from './bridge.js';
export { Bridge } from './bridge.js';
export type { BridgeNotice, BridgesEvents } from './bridges.js';
export { Bridges, checkBridges, createBridge } from './bridges.js';
export { BridgeTopics } from './sys-topics.js';
