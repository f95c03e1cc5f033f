/*
 * The users of a password file as SCRAM sees them: those with a SCRAM hash, and the likeness of one for everybody else,
 * so that nobody can find out by asking who has an entry. Must not know the exchange. Read first: RFC 5802, section 5.1
 * (attribute s); README.md beside this file.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { saslprep } from '../../sasl/saslprep.js';
import { scramIterationsDefault, scramSaltBytes } from './password-hash.js';
import type { PasswordFile } from './password-file.js';
import type { ScramCredentials, ScramUsers } from './scram.js';

export class ScramFileUsers implements ScramUsers {
  /** Outlives every reload, so that a salt once shown stays. */
  private readonly secret = randomBytes(32);

  constructor(
    private readonly file: () => PasswordFile,
    private readonly unusable: (reason: string) => void,
  ) {}

  find(userName: string): ScramCredentials | undefined {
    const hash = this.file().users.get(userName)?.hash;
    if (hash === undefined) return undefined;
    if (hash.kind !== 'scram-sha-256') {
      this.unusable(`user ${userName} came with SCRAM-SHA-256, but has a ${hash.kind} hash; midge passwd --scram makes one that serves both`);
      return undefined;
    }
    return { salt: hash.salt, iterations: hash.iterations, storedKey: hash.key, serverKey: hash.serverKey };
  }

  likeness(userName: string): Pick<ScramCredentials, 'salt' | 'iterations'> {
    const number = createHmac('sha256', this.secret).update(`model ${userName}`).digest().readUInt32BE();
    const salt = createHmac('sha512', this.secret).update(`salt ${userName}`).digest();
    // Like one of the file's own, each as often as the next: unlike any that is there would be an answer too.
    const models = this.file().scramHashes;
    if (models.length === 0) return { salt: salt.subarray(0, scramSaltBytes), iterations: scramIterationsDefault };
    const model = models[number % models.length];
    return { salt: salt.subarray(0, model.salt.length), iterations: model.iterations };
  }
}

/** Why a user cannot have a SCRAM hash, in words; undefined if he can. */
export function scramNameFault(userName: string): string | undefined {
  try {
    const prepared = saslprep(userName);
    return prepared === userName ? undefined : `SASLprep (RFC 4013) makes "${prepared}" of the name; call the user that`;
  } catch (thrown) {
    return `${(thrown as Error).message} in a name`;
  }
}
