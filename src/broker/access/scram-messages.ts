/*
 * The client's two SCRAM messages, read to the letter. What breaks the grammar is a ScramFault with RFC 5802's own word
 * for it. Knows nothing of users and keys. Read first: RFC 5802, sections 5, 5.1 and 7.
 */
import { saslprep } from '../../sasl/saslprep.js';
import { scramKeyBytes } from './scram-keys.js';

/** RFC 5802's "server-error-value", as far as a server says them. */
export type ScramError =
  | 'invalid-encoding'
  | 'extensions-not-supported'
  | 'invalid-proof'
  | 'channel-bindings-dont-match'
  | 'channel-binding-not-supported'
  | 'invalid-username-encoding'
  | 'other-error';

export class ScramFault extends Error {
  constructor(
    readonly error: ScramError,
    /** Does not repeat what the client sent. */
    reason: string,
  ) {
    super(reason);
  }
}

export interface ClientFirst {
  /** "n,," and the like, which client-final repeats in base64. */
  readonly gs2Header: string;
  /** The message without its GS2 header. */
  readonly bare: string;
  /** Prepared by SASLprep. */
  readonly userName: string;
  readonly nonce: string;
}

export interface ClientFinal {
  readonly nonce: string;
  readonly proof: Buffer;
  /** The message up to its proof, which the proof is about. */
  readonly withoutProof: string;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textOf(message: Uint8Array): string {
  let text: string;
  try {
    text = decoder.decode(message);
  } catch {
    throw new ScramFault('invalid-encoding', 'the message is not UTF-8');
  }
  if (text.includes('\0')) throw new ScramFault('invalid-encoding', 'the message holds U+0000');
  return text;
}

export function readClientFirst(message: Uint8Array): ClientFirst {
  const text = textOf(message);
  const header = /^([^,]*),([^,]*),/.exec(text);
  if (header === null) throw new ScramFault('invalid-encoding', 'there is no GS2 header, as in "n,,"');
  const [gs2Header, binding, identity] = header;
  if (/^p=[A-Za-z0-9.-]+$/.test(binding)) {
    throw new ScramFault('channel-binding-not-supported', 'channel binding is demanded; there is none here');
  }
  // "y": the client could bind, and has seen that this server offers no method that does. It is right.
  if (binding !== 'n' && binding !== 'y') throw new ScramFault('invalid-encoding', 'the channel-binding flag is not n, y or p=name');

  const bare = text.slice(gs2Header.length);
  if (bare.startsWith('m=')) throw new ScramFault('extensions-not-supported', 'there is an extension that must be understood');
  const found = /^n=([^,]*),r=([!-+\--~]+)(,[A-Za-z]=[^,]+)*$/.exec(bare);
  if (found === null) throw new ScramFault('invalid-encoding', 'behind the GS2 header there must be n=name,r=nonce');
  const userName = nameOf(found[1]);
  if (identity !== '') {
    if (!identity.startsWith('a=')) throw new ScramFault('invalid-encoding', 'the authorization identity is not a=name');
    if (nameOf(identity.slice(2)) !== userName) throw new ScramFault('other-error', 'nobody may act as another user');
  }
  return { gs2Header, bare, userName, nonce: found[2] };
}

/** "=2C" is a comma, "=3D" an equals sign; nothing else may follow "=". */
function nameOf(saslName: string): string {
  if (saslName === '' || /=(?!2C|3D)/.test(saslName)) {
    throw new ScramFault('invalid-username-encoding', 'the user name is empty, or holds "=" without 2C or 3D behind it');
  }
  try {
    const name = saslprep(saslName.replaceAll('=2C', ',').replaceAll('=3D', '='));
    if (name !== '') return name;
  } catch (thrown) {
    throw new ScramFault('invalid-username-encoding', `the user name cannot be used: ${(thrown as Error).message}`);
  }
  throw new ScramFault('invalid-username-encoding', 'nothing is left of the user name after SASLprep');
}

/** `gs2Header` is that of the same exchange. */
export function readClientFinal(message: Uint8Array, gs2Header: string): ClientFinal {
  const text = textOf(message);
  const found = /^(c=([^,]*),r=([!-+\--~]+)((?:,[A-Za-z]=[^,]+)*)),p=([^,]*)$/.exec(text);
  if (found === null) throw new ScramFault('invalid-encoding', 'the message must be c=binding,r=nonce,p=proof');
  const [, withoutProof, binding, nonce, extensions] = found;
  if (extensions.startsWith(',m=')) throw new ScramFault('extensions-not-supported', 'there is an extension that must be understood');
  if (bytesOf(binding).toString() !== gs2Header) throw new ScramFault('channel-bindings-dont-match', 'c= is not the GS2 header of the first message');
  const proof = bytesOf(found[5]);
  if (proof.length !== scramKeyBytes) throw new ScramFault('invalid-encoding', `the proof has ${proof.length} bytes, it must have ${scramKeyBytes}`);
  return { nonce, proof, withoutProof };
}

function bytesOf(base64: string): Buffer {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.toString('base64') !== base64) throw new ScramFault('invalid-encoding', 'c= or p= is not base64');
  return bytes;
}
