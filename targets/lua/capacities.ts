/**
 * The numbers that both APIs take by the same names: capacities, limits of time, and what is said of one that is out of range.
 * Must not know: other options.
 */
import { type ClientConfig, ConfigFault } from '../../src/core/index.js';
import { Profile } from '../../src/core/profile.js';
import { createText, setText, type TextBytes } from './text.js';

/** A string as the core takes passwords and payloads. */
export function textView(text: string): TextBytes {
  const view = createText();
  setText(view, text);
  return view;
}

/** Takes the option if it is one of these. */
export function applyCapacity(config: ClientConfig, name: string, value: number): boolean {
  if (name === 'receive') config.receiveBytes = value;
  else if (name === 'outbox') config.outboxBytes = value;
  else if (name === 'messages') {
    config.outboxMessages = value;
    config.inFlightMax = value;
  } else if (name === 'inbound') config.receiveMaximum = value;
  else if (name === 'subscriptions') config.subscriptions = value;
  else if (name === 'filters') config.filterBytes = value;
  else if (name === 'connect_ms') config.connectTimeoutMs = value;
  else if (name === 'ping_ms') config.pingTimeoutMs = value;
  else if (name === 'retry_min_ms') config.retryMinMs = value;
  else if (name === 'retry_max_ms') config.retryMaxMs = value;
  else return false;
  return true;
}

/** Names the option of these that is out of range. */
export function capacityFaultText(fault: ConfigFault): string {
  if (fault === ConfigFault.OutboxBytes) return "option 'outbox' must be at least 16 bytes";
  if (fault === ConfigFault.OutboxMessages) return "option 'messages' must be 1 to 65534";
  if (fault === ConfigFault.ReceiveMaximum) return "option 'inbound' must be 1 to 65535";
  if (fault === ConfigFault.Subscriptions || fault === ConfigFault.FilterBytes) return "options 'subscriptions' and 'filters' must not be negative";
  if (Profile.V5 > 0 && fault === ConfigFault.SessionExpiry) return "option 'session_expiry' must be -1 (no end) to 1073741823 seconds";
  return 'an option in ms must be at least 1, and retry_max_ms no less than retry_min_ms';
}
