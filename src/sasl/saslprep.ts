/*
 * SASLprep: the one form of a user name or password that both ends of a SCRAM exchange compute with.
 * The tables are the library's; here is only what its refusals are called. Read first: RFC 4013.
 */
import { saslprep as prepare } from '@mongodb-js/saslprep';

/**
 * Characters younger than the Unicode 3.2 of RFC 3454 are taken, as people have them in their passwords.
 * Throws a RangeError that says what is wrong, without the text itself, which may be a secret.
 */
export function saslprep(text: string): string {
  try {
    return prepare(text, { allowUnassigned: true });
  } catch (thrown) {
    // How the library answers a text of which nothing is left.
    if (thrown instanceof TypeError) return '';
    const isDirection = String(thrown).includes('RandALCat');
    throw new RangeError(isDirection
      ? 'it mixes directions of writing in a way that SASLprep (RFC 4013) does not allow'
      : 'it holds a character that SASLprep (RFC 4013) does not allow, such as a control character');
  }
}
