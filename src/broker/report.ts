/*
 * The conformance report: for each client that came, what it did against the specification, with the bytes and the
 * statement. Built from the broker's events; knows nothing of files. Read first: violation.ts.
 */
import type { Broker, BrokerEvents } from './api.js';
import type { Violation } from './violation.js';

/** The specification's edition; '' where the client had not yet said which version it speaks. */
export type ReportedEdition = '3.1.1' | '5.0' | '';

/** One breach as it was recorded. */
export interface ReportedViolation {
  /** When, as ISO 8601 in UTC. */
  readonly at: string;
  readonly edition: ReportedEdition;
  /** The statement broken, e.g. `MQTT-3.1.0-2`; a section, e.g. `MQTT-2.1.4`, where no numbered statement says it. */
  readonly statement: string;
  /** The reason code that the breach has in 5.0. */
  readonly reasonCode: number;
  readonly reason: string;
  /** The packet in hex, as far as it had come, at most 64 bytes of it. */
  readonly packetHex: string;
  readonly packetLength: number;
  /** Whether it cost the client its connection. */
  readonly closed: boolean;
}

export interface ReportedStatement {
  readonly edition: ReportedEdition;
  readonly statement: string;
  readonly count: number;
}

export interface ClientReport {
  /** Empty for all that never named themselves. */
  readonly clientId: string;
  readonly editions: readonly ReportedEdition[];
  /** Connections accepted. */
  readonly connections: number;
  /** CONNECTs refused. */
  readonly refused: number;
  /** Whether nothing was against the specification. */
  readonly conforms: boolean;
  /** How many breaches there were. */
  readonly violationCount: number;
  /** Which statements were broken how often, the most frequent first. */
  readonly statements: readonly ReportedStatement[];
  /** The first breaches; later ones are only counted. */
  readonly violations: readonly ReportedViolation[];
}

export interface ConformanceReport {
  readonly report: 'midge conformance';
  readonly since: string;
  readonly until: string;
  readonly clientCount: number;
  readonly conformingClientCount: number;
  readonly violationCount: number;
  /** Clients that came when the report was full; their breaches count in `violationCount` only. */
  readonly clientsLeftOut: number;
  /** Those with most breaches first. */
  readonly clients: readonly ClientReport[];
}

export interface ReportLimits {
  /** Clients in the report. Default 10000. */
  readonly clientsMax?: number;
  /** Breaches of one client that are listed with their bytes. Default 100. */
  readonly violationsPerClientMax?: number;
}

interface Collected {
  readonly editions: Set<ReportedEdition>;
  connections: number;
  refused: number;
  violationCount: number;
  readonly statements: Map<string, { edition: ReportedEdition; statement: string; count: number }>;
  readonly violations: ReportedViolation[];
}

const editionNames = { 0: '', 4: '3.1.1', 5: '5.0' } as const;

/** Collects from now on, until `stop`. */
export class ConformanceRecorder {
  private readonly since = new Date();
  private readonly clients = new Map<string, Collected>();
  private readonly leftOut = new Set<string>();
  private violationCount = 0;
  private readonly clientsMax: number;
  private readonly violationsPerClientMax: number;

  constructor(
    private readonly broker: Broker,
    limits: ReportLimits = {},
  ) {
    this.clientsMax = limits.clientsMax ?? 10_000;
    this.violationsPerClientMax = limits.violationsPerClientMax ?? 100;
    broker.on('clientConnected', this.connected).on('clientRefused', this.refused).on('violation', this.violated);
  }

  /** Collects no more; the report stays. */
  stop(): void {
    this.broker.off('clientConnected', this.connected).off('clientRefused', this.refused).off('violation', this.violated);
  }

  report(): ConformanceReport {
    const clients = [...this.clients].map(([clientId, collected]): ClientReport => ({
      clientId,
      editions: [...collected.editions],
      connections: collected.connections,
      refused: collected.refused,
      conforms: collected.violationCount === 0,
      violationCount: collected.violationCount,
      statements: [...collected.statements.values()].sort((a, b) => b.count - a.count),
      violations: [...collected.violations],
    }));
    return {
      report: 'midge conformance',
      since: this.since.toISOString(),
      until: new Date().toISOString(),
      clientCount: clients.length,
      conformingClientCount: clients.filter(({ conforms }) => conforms).length,
      violationCount: this.violationCount,
      clientsLeftOut: this.leftOut.size,
      clients: clients.sort((a, b) => b.violationCount - a.violationCount),
    };
  }

  private of(clientId: string): Collected | undefined {
    let collected = this.clients.get(clientId);
    if (collected !== undefined) return collected;
    if (this.clients.size >= this.clientsMax) {
      // Counting them must not cost what listing them would.
      if (this.leftOut.size < this.clientsMax) this.leftOut.add(clientId);
      return undefined;
    }
    collected = { editions: new Set(), connections: 0, refused: 0, violationCount: 0, statements: new Map(), violations: [] };
    this.clients.set(clientId, collected);
    return collected;
  }

  private readonly connected = (...[client]: BrokerEvents['clientConnected']): void => {
    const collected = this.of(client.clientId);
    if (collected === undefined) return;
    collected.connections++;
    collected.editions.add(editionNames[client.version]);
  };

  private readonly refused = (...[clientId]: BrokerEvents['clientRefused']): void => {
    const collected = this.of(clientId);
    if (collected !== undefined) collected.refused++;
  };

  private readonly violated = ({ clientId, version, statement, ...rest }: Violation): void => {
    this.violationCount++;
    const collected = this.of(clientId);
    if (collected === undefined) return;
    const edition = editionNames[version];
    if (edition !== '') collected.editions.add(edition);
    collected.violationCount++;
    const key = `${edition} ${statement}`;
    const counted = collected.statements.get(key);
    if (counted === undefined) collected.statements.set(key, { edition, statement, count: 1 });
    else counted.count++;
    if (collected.violations.length >= this.violationsPerClientMax) return;
    const { reasonCode, reason, packetHex, packetLength, closed } = rest;
    collected.violations.push({ at: new Date().toISOString(), edition, statement, reasonCode, reason, packetHex, packetLength, closed });
  };
}
