/**
 * The one error class of the Node port. Must not know: how words are found (words.ts makes the sentences).
 */
import type { Reason, Status } from '../../src/core/index.js';

export interface MidgeErrorDetails {
  status?: Status;
  /** The peer's reason code, if it sent one. */
  reason?: Reason;
  /** The option or argument at fault, its value, and what is allowed. */
  field?: string;
  value?: unknown;
  allowed?: string;
  cause?: unknown;
}

/** What went wrong in a sentence (`message`), and for programs: who is to blame (`status`), the peer's `reason`, the `field` at fault. */
export class MidgeError extends Error {
  override readonly name = 'MidgeError';
  readonly status: Status | null;
  readonly reason: Reason | null;
  readonly field: string | null;
  readonly value: unknown;
  readonly allowed: string | null;

  constructor(message: string, details: MidgeErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.status = details.status ?? null;
    this.reason = details.reason ?? null;
    this.field = details.field ?? null;
    this.value = details.value;
    this.allowed = details.allowed ?? null;
  }
}

/** For errors of user code in handlers: they must not stop the pump in the middle, and must not be swallowed. */
export function throwLater(error: unknown): void {
  process.nextTick(() => {
    throw error;
  });
}

/** Calls user code. On hot paths write it out: a function costs an allocation. */
export function tell(what: () => void): void {
  try {
    what();
  } catch (error) {
    throwLater(error);
  }
}
