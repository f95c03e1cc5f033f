/**
 * What a link is made from: how many bytes it may use and how long it waits. Every capacity lives here, and `linkConfigFault` asserts
 * ranges and relations before anything is allocated.
 * Must not know: the link that is made of it.
 */
import { Protocol } from './codes.js';

/** Read at creation; capacities are in the unit that their name ends with. */
export interface LinkConfig {
  /** The longest frame to send or to receive, 32 to 254 bytes; the payload is 7 less, or 10 less with an acknowledgement inside. */
  frameBytes: number;
  /** Received frames that may wait to be read, per channel, 0 to 15 (Mqtt 1 to 15): the credit. Each takes `frameBytes`, and so do two more. */
  mqttFrames: number;
  logFrames: number;
  agentFrames: number;
  /** Bytes accepted and not yet acknowledged, per channel, 0 to 65,535 (Mqtt from 16); 0: the channel is not sent. */
  mqttSendBytes: number;
  logSendBytes: number;
  agentSendBytes: number;
  /** Between two HELLOs at first, and at most, 1 to 60,000 ms. */
  helloMinMs: number;
  helloMaxMs: number;
  /** Silence after which the peer is asked for a sign of life; 0: never. And silence after which it counts as gone: at least twice that. */
  keepAliveMs: number;
  deadMs: number;
  /** How long an acknowledgement waits for company, 0 to 255 ms. */
  ackDelayMs: number;
  /** The shortest and the longest wait for an acknowledgement, 1 to 60,000 ms, before a frame is sent again. */
  retryMinMs: number;
  retryMaxMs: number;
  /** How often a frame is sent again by time-out, 1 to 255, before the session counts as lost. */
  retries: number;
  /** The baud rate that every session starts with, and the highest that the port can be set to, up to 6,553,500; 0: never changed. */
  baud: number;
  baudMax: number;
  /** How long a new baud rate may stay silent before the old one is taken again, 1 to 60,000 ms and less than `deadMs`. */
  baudTrialMs: number;
  /**
   * Any integer, different after each reset where the platform can tell one: the nonce of HELLO is drawn from it. Never the same at both
   * ends: each would take the other's HELLO for its own that comes back.
   */
  seed: number;
}

/** The field that `linkConfigFault` found out of range. */
export const enum LinkConfigFault {
  None,
  FrameBytes,
  MqttFrames,
  LogFrames,
  AgentFrames,
  MqttSendBytes,
  LogSendBytes,
  AgentSendBytes,
  HelloMin,
  HelloMax,
  KeepAlive,
  Dead,
  AckDelay,
  RetryMin,
  RetryMax,
  Retries,
  Baud,
  BaudMax,
  BaudTrial,
  Seed,
}

const enum Limit {
  Bytes = 65535,
  Ms = 60000,
  DeadMs = 0x10000000,
  Baud = 6553500,
}

/** Defaults that suit a board with a few kilobytes at 115,200 baud: 8 frames of 128 bytes and 512 to send. */
export function createLinkConfig(): LinkConfig {
  return {
    frameBytes: 128, mqttFrames: 4, logFrames: 0, agentFrames: 0, mqttSendBytes: 512, logSendBytes: 0, agentSendBytes: 0,
    helloMinMs: 100, helloMaxMs: 1000, keepAliveMs: 2000, deadMs: 6000, ackDelayMs: 4, retryMinMs: 20, retryMaxMs: 1000, retries: 30,
    baud: 115200, baudMax: 0, baudTrialMs: 1000, seed: 1,
  };
}

function outside(value: number, least: number, most: number): boolean {
  return (value | 0) !== value || value < least || value > most;
}

/** The first field that is out of range or contradicts another, or None. Values are never rounded into range. */
export function linkConfigFault(config: LinkConfig): LinkConfigFault {
  if (outside(config.frameBytes, Protocol.FrameMin, Protocol.FrameMax)) return LinkConfigFault.FrameBytes;
  if (outside(config.mqttFrames, 1, Protocol.CreditMax)) return LinkConfigFault.MqttFrames;
  if (outside(config.logFrames, 0, Protocol.CreditMax)) return LinkConfigFault.LogFrames;
  if (outside(config.agentFrames, 0, Protocol.CreditMax)) return LinkConfigFault.AgentFrames;
  if (outside(config.mqttSendBytes, 16, Limit.Bytes)) return LinkConfigFault.MqttSendBytes;
  if (outside(config.logSendBytes, 0, Limit.Bytes)) return LinkConfigFault.LogSendBytes;
  if (outside(config.agentSendBytes, 0, Limit.Bytes)) return LinkConfigFault.AgentSendBytes;
  if (outside(config.helloMinMs, 1, Limit.Ms)) return LinkConfigFault.HelloMin;
  if (outside(config.helloMaxMs, config.helloMinMs, Limit.Ms)) return LinkConfigFault.HelloMax;
  if (outside(config.keepAliveMs, 0, Limit.DeadMs >>> 1)) return LinkConfigFault.KeepAlive;
  if (outside(config.deadMs, config.keepAliveMs * 2, Limit.DeadMs)) return LinkConfigFault.Dead;
  if (outside(config.ackDelayMs, 0, 255)) return LinkConfigFault.AckDelay;
  if (outside(config.retryMinMs, 1, Limit.Ms)) return LinkConfigFault.RetryMin;
  if (outside(config.retryMaxMs, config.retryMinMs, Limit.Ms)) return LinkConfigFault.RetryMax;
  if (outside(config.retries, 1, 255)) return LinkConfigFault.Retries;
  if (outside(config.baud, 1, Limit.Baud)) return LinkConfigFault.Baud;
  if (config.baudMax !== 0 && outside(config.baudMax, config.baud, Limit.Baud)) return LinkConfigFault.BaudMax;
  if (outside(config.baudTrialMs, 1, config.keepAliveMs > 0 ? config.deadMs - 1 : Limit.Ms)) return LinkConfigFault.BaudTrial;
  if ((config.seed | 0) !== config.seed) return LinkConfigFault.Seed;
  return LinkConfigFault.None;
}
