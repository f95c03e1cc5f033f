/** Why sessions and connections of the link end, in words and in codes. Must not know: how they are kept. */
import { CloseReason, DownReason } from '../../link/index.js';

const downs: Readonly<Record<DownReason, string>> = {
  [DownReason.PeerReset]: 'the board has started anew',
  [DownReason.Silence]: 'nothing is heard of the board',
  [DownReason.Unanswered]: 'the board does not acknowledge',
  [DownReason.Restarted]: 'the port was closed',
};

export function downWords(reason: DownReason): string {
  return downs[reason];
}

/** What a board is told of a connection that could not be made, or is over. */
export function closeReasonOf(error: Error | null, wasOpen: boolean): CloseReason {
  if (wasOpen) return error === null ? CloseReason.Done : CloseReason.Lost;
  const { code = '' }: NodeJS.ErrnoException = error ?? new Error();
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return CloseReason.UnknownName;
  // Node's codes for certificates have no prefix of their own.
  if (/CERT|TLS|SSL|SELF_SIGNED|ISSUER|LEAF/.test(code)) return CloseReason.Insecure;
  return CloseReason.Unreachable;
}
