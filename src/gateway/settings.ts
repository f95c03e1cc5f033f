/**
 * What the gateway is to do, checked: the form that the configuration file has become, and that programs give. Types only.
 * Must not know: files, TOML.
 */
import type { ClientSettings } from './client/client-board.js';
import type { LinkBoardSettings } from './link/link-board.js';
import type { RawSettings } from './raw/raw-board.js';
import type { LineSettings } from './serial/line-settings.js';
import type { Selector } from './serial/selector.js';

export type ModeSettings =
  | ({ readonly mode: 'link' } & LinkBoardSettings)
  | ({ readonly mode: 'raw' } & RawSettings)
  | ({ readonly mode: 'client' } & ClientSettings);

/** An entry of the configuration: one port, or with a pattern one for each device that fits. */
export interface PortEntry {
  readonly name: string;
  readonly selector: Selector;
  readonly line: LineSettings;
  readonly board: ModeSettings;
}

export interface SpoolSettings {
  /** Where messages of mode client wait that the broker has not acknowledged. */
  readonly file: string;
  /** Most that those of one port may take there. */
  readonly portBytesMax: number;
}

export interface GatewaySettings {
  readonly ports: readonly PortEntry[];
  /** Null: they wait in memory, and end with the process. */
  readonly spool: SpoolSettings | null;
}
