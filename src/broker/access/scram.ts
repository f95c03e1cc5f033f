/*
 * SCRAM-SHA-256 as a method of MQTT's enhanced authentication: the server proves that it knows the user, the client
 * that it knows the password, and neither sends it. Must not know where users come from, nor MQTT's packets.
 * Read first: RFC 5802, sections 3 and 5; RFC 7677; MQTT 5.0, 4.12.
 */
import { randomBytes } from 'node:crypto';
import type { AuthenticationExchange, AuthenticationStep, ConnectRequest } from '../api.js';
import { ReasonCode } from '../protocol.js';
import type { ScramKeys } from './scram-keys.js';
import { isClientProof, scramKeyBytes, serverSignature } from './scram-keys.js';
import type { ClientFirst } from './scram-messages.js';
import { readClientFinal, readClientFirst, ScramFault } from './scram-messages.js';

export const scramSha256 = 'SCRAM-SHA-256';

/** A user as SCRAM sees him. */
export interface ScramCredentials extends ScramKeys {
  readonly salt: Buffer;
  readonly iterations: number;
}

export interface ScramUsers {
  /** Undefined for who cannot be let in. */
  find(userName: string): ScramCredentials | undefined;
  /** Salt and iterations for who cannot be let in, the same each time, and such as a user of this server could have. */
  likeness(userName: string): Pick<ScramCredentials, 'salt' | 'iterations'>;
}

const nonceBytes = 24;

/**
 * One exchange. `nonce` is what the server adds to the client's. Unknown users get as far as known ones, and the
 * same answer as for a wrong password in the end.
 */
export function scramExchange(
  users: ScramUsers,
  request: Pick<ConnectRequest, 'userName'>,
  nonce = randomBytes(nonceBytes).toString('base64'),
): AuthenticationExchange {
  let begun: Begun | undefined;
  let wasAsked = false;
  return (data): AuthenticationStep => {
    try {
      if (begun !== undefined) return finish(begun, data);
      if (data === undefined && !wasAsked) {
        // A client may leave it to the server to begin. (RFC 4422, section 5)
        wasAsked = true;
        return { kind: 'continue' };
      }
      begun = begin(users, request, data, nonce);
      return { kind: 'continue', data: Buffer.from(begun.serverFirst) };
    } catch (thrown) {
      if (!(thrown instanceof ScramFault)) throw thrown;
      return refusal(thrown);
    }
  };
}

/** An exchange whose first half is over. */
interface Begun {
  readonly first: ClientFirst;
  readonly nonce: string;
  readonly serverFirst: string;
  readonly credentials: ScramCredentials;
  readonly isKnown: boolean;
}

function begin(users: ScramUsers, request: Pick<ConnectRequest, 'userName'>, data: Uint8Array | undefined, nonce: string): Begun {
  const first = readClientFirst(data ?? Buffer.alloc(0));
  if (request.userName !== undefined && request.userName !== first.userName) {
    throw new ScramFault('other-error', 'the user name is not that of the CONNECT, or of the authentication before');
  }
  const known = users.find(first.userName);
  // Keys that no password fits, so that the same is computed for everybody.
  const credentials = known ?? { ...users.likeness(first.userName), storedKey: randomBytes(scramKeyBytes), serverKey: randomBytes(scramKeyBytes) };
  const whole = first.nonce + nonce;
  const serverFirst = `r=${whole},s=${credentials.salt.toString('base64')},i=${credentials.iterations}`;
  return { first, nonce: whole, serverFirst, credentials, isKnown: known !== undefined };
}

function finish({ first, nonce, serverFirst, credentials, isKnown }: Begun, data: Uint8Array | undefined): AuthenticationStep {
  const final = readClientFinal(data ?? Buffer.alloc(0), first.gs2Header);
  // Not a secret: the client has just been told it.
  if (final.nonce !== nonce) throw new ScramFault('other-error', 'the nonce is not that of this exchange');
  const authMessage = `${first.bare},${serverFirst},${final.withoutProof}`;
  if (!isClientProof(final.proof, credentials, authMessage) || !isKnown) throw new ScramFault('invalid-proof', 'user name or password is wrong');
  const signature = serverSignature(credentials, authMessage).toString('base64');
  return { kind: 'accept', userName: first.userName, data: Buffer.from(`v=${signature}`) };
}

/** The method is good, but not what this client asks of it, or the client is not who he says. [MQTT-4.12.0-4] */
function refusal({ error, message }: ScramFault): AuthenticationStep {
  const reasonCode = error === 'channel-binding-not-supported' ? ReasonCode.BadAuthenticationMethod : ReasonCode.NotAuthorized;
  return { kind: 'reject', reasonCode, reasonString: `${scramSha256}: ${error}: ${message}` };
}
