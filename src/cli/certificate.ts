/**
 * A server's certificate, key and authorities from PEM files, each checked so that a message names the file that is wrong
 * and why. Must not know who serves with them.
 * Read first: RFC 7468 (PEM), section 5 and 10.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type TlsOptions } from 'node:tls';
import { UsageError, wordsOf } from './fault.js';
import { unreadable } from './values.js';

export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
  readonly passphrase?: string;
  readonly cafile?: string;
}

export interface CertificateRead {
  readonly tls: TlsOptions;
  /** As in `2026-11-22`. */
  readonly validTo: string;
  /** A certificate that clients will refuse, though a server can use it. */
  readonly warning?: string;
}

type Origin = (name: keyof CertificateFiles) => string;

/** `originOf` says where a file was named. Throws a UsageError. */
export function readCertificate({ cert, key, passphrase, cafile }: CertificateFiles, originOf: Origin): CertificateRead {
  const certBytes = readPem(cert, originOf('cert'));
  const certificate = firstCertificate(cert, certBytes, originOf('cert'));
  const keyBytes = readPem(key, originOf('key'));
  const privateKey = keyOf(key, keyBytes, passphrase, originOf);
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new UsageError(`${originOf('key')}: "${key}" is not the key of the certificate in "${cert}"; give the key that it was made with`);
  }
  let client: TlsOptions = {};
  if (cafile !== undefined) {
    const ca = readPem(cafile, originOf('cafile'));
    firstCertificate(cafile, ca, originOf('cafile'));
    client = { ca, requestCert: true, rejectUnauthorized: true };
  }
  const tls = { cert: certBytes, key: keyBytes, ...(passphrase === undefined ? {} : { passphrase }), ...client };
  try {
    createSecureContext(tls);
  } catch (thrown) {
    throw new UsageError(`${originOf('cert')}: "${cert}" and "${key}" cannot be used for TLS: ${wordsOf(thrown)}`);
  }
  return { tls, validTo: dateOf(certificate.validTo), warning: warningOf(cert, certificate) };
}

function readPem(file: string, origin: string): Buffer {
  try {
    return readFileSync(file);
  } catch (thrown) {
    throw new UsageError(`${origin}: ${unreadable(file, thrown)}`);
  }
}

function firstCertificate(file: string, bytes: Buffer, origin: string): X509Certificate {
  const kinds = pemKinds(bytes);
  if (!kinds.includes('CERTIFICATE') && !kinds.includes('TRUSTED CERTIFICATE')) throw new UsageError(`${origin}: "${file}" holds no certificate: ${whatItIs(bytes, kinds)}`);
  try {
    return new X509Certificate(bytes);
  } catch (thrown) {
    throw new UsageError(`${origin}: the certificate in "${file}" is damaged: ${wordsOf(thrown)}`);
  }
}

function keyOf(file: string, bytes: Buffer, passphrase: string | undefined, originOf: Origin): KeyObject {
  const kinds = pemKinds(bytes);
  if (!kinds.some((kind) => kind.endsWith('PRIVATE KEY'))) throw new UsageError(`${originOf('key')}: "${file}" holds no private key: ${whatItIs(bytes, kinds)}`);
  const isEncrypted = kinds.includes('ENCRYPTED PRIVATE KEY') || bytes.includes('Proc-Type: 4,ENCRYPTED');
  if (isEncrypted && passphrase === undefined) {
    throw new UsageError(`${originOf('key')}: the key in "${file}" is encrypted; give its passphrase beside it in a [[listener]] of the configuration file, or decrypt it: openssl pkey -in "${file}" -out decrypted.key`);
  }
  try {
    return createPrivateKey({ key: bytes, passphrase });
  } catch (thrown) {
    if (isEncrypted) throw new UsageError(`${originOf('passphrase')} does not open the key in "${file}"`);
    throw new UsageError(`${originOf('key')}: the key in "${file}" is damaged: ${wordsOf(thrown)}`);
  }
}

/** What stands between the dashes of each BEGIN line. */
function pemKinds(bytes: Buffer): string[] {
  return [...bytes.toString('latin1').matchAll(/^-----BEGIN ([A-Z0-9 ]+)-----/gm)].map((found) => found[1]);
}

function whatItIs(bytes: Buffer, kinds: readonly string[]): string {
  if (bytes.length === 0) return 'it is empty';
  if (kinds.length > 0) return `it is PEM with ${[...new Set(kinds)].join(' and ')}`;
  const isDer = bytes[0] === 0x30 && (bytes[1] & 0x80) !== 0;
  return isDer ? 'it looks like DER, and must be PEM (openssl x509 or openssl pkey with -inform DER makes it that)' : 'it is not PEM, which has a line -----BEGIN …-----';
}

function warningOf(file: string, { validFrom, validTo }: X509Certificate): string | undefined {
  const now = Date.now();
  if (Date.parse(validTo) < now) return `the certificate in "${file}" expired on ${dateOf(validTo)}; clients that check it will not connect`;
  if (Date.parse(validFrom) > now) return `the certificate in "${file}" is valid from ${dateOf(validFrom)} only; clients that check it will not connect before`;
  return undefined;
}

function dateOf(text: string): string {
  return new Date(text).toISOString().slice(0, 10);
}
