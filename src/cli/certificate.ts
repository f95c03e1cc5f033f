/**
 * Certificates, keys and authorities from PEM files, of servers and of clients, each checked so that a message names the
 * file that is wrong and why. Must not know who uses them.
 * Read first: RFC 7468 (PEM), section 5 and 10.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext, type TlsOptions } from 'node:tls';
import { UsageError, wordsOf } from './fault.js';
import { fileValue, type NamedFile } from './values.js';

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

/** Of a server; clients need a certificate if there are authorities. `originOf` says where a file was named. Throws a UsageError. */
export function readCertificate({ cert, key, passphrase, cafile }: CertificateFiles, originOf: Origin): CertificateRead {
  const certFile = named(cert, originOf('cert'));
  const { certificate, ...pair } = checkedPair(certFile, named(key, originOf('key')), { passphrase, isAsked: true }, originOf);
  const clients = cafile === undefined ? {} : { ca: checkedAuthorities(named(cafile, originOf('cafile')), originOf('cafile')), requestCert: true, rejectUnauthorized: true };
  return { tls: { ...pair, ...clients }, validTo: dateOf(certificate.validTo), warning: warningOf(cert, certificate) };
}

export interface ClientTls {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/** Of a client: authorities to trust, and a certificate with its key, if it has one. Throws a UsageError. */
export function readClientCertificate(files: { readonly cafile?: string; readonly cert?: string; readonly key?: string }, originOf: Origin): ClientTls {
  const read = (name: 'cafile' | 'cert' | 'key'): NamedFile | undefined => files[name] === undefined ? undefined : named(files[name], originOf(name));
  return checkClientCertificate({ cafile: read('cafile'), cert: read('cert'), key: read('key') }, originOf);
}

/** The same of files that have been read. */
export function checkClientCertificate({ cafile, cert, key }: { readonly cafile?: NamedFile; readonly cert?: NamedFile; readonly key?: NamedFile }, originOf: Origin): ClientTls {
  const pair = cert === undefined || key === undefined ? undefined : checkedPair(cert, key, { isAsked: false }, originOf);
  return {
    ...(cafile === undefined ? {} : { ca: checkedAuthorities(cafile, originOf('cafile')) }),
    ...(pair === undefined ? {} : { cert: pair.cert, key: pair.key }),
  };
}

function named(path: string, origin: string): NamedFile {
  return { path, bytes: fileValue(path, origin) };
}

interface Passphrase {
  readonly passphrase?: string;
  /** There is a setting for it. */
  readonly isAsked: boolean;
}

function checkedPair(cert: NamedFile, key: NamedFile, opening: Passphrase, originOf: Origin): { certificate: X509Certificate; cert: Buffer; key: Buffer; passphrase?: string } {
  const certificate = certificatesIn(cert, originOf('cert'))[0];
  if (!certificate.checkPrivateKey(keyIn(key, opening, originOf))) {
    throw new UsageError(`${originOf('key')}: "${key.path}" is not the key of the certificate in "${cert.path}"; give the key that it was made with`);
  }
  const { passphrase } = opening;
  const pair = { cert: cert.bytes, key: key.bytes, ...(passphrase === undefined ? {} : { passphrase }) };
  try {
    createSecureContext(pair);
  } catch (thrown) {
    throw new UsageError(`${originOf('cert')}: "${cert.path}" and "${key.path}" cannot be used for TLS: ${wordsOf(thrown)}`);
  }
  return { certificate, ...pair };
}

function checkedAuthorities(file: NamedFile, origin: string): Buffer {
  certificatesIn(file, origin);
  return file.bytes;
}

const certificateBlock = /^-----BEGIN ((?:TRUSTED |X509 )?CERTIFICATE)-----.*?^-----END \1-----/gms;

/** At least one. */
function certificatesIn({ path, bytes }: NamedFile, origin: string): X509Certificate[] {
  const blocks = bytes.toString('latin1').match(certificateBlock);
  if (blocks === null) {
    const isCutOff = pemKinds(bytes).some((kind) => kind.endsWith('CERTIFICATE'));
    throw new UsageError(isCutOff ? `${origin}: the certificate in "${path}" is damaged: its line -----END …----- is missing` : `${origin}: "${path}" holds no certificate: ${whatItIs(bytes)}`);
  }
  return blocks.map((block, at) => {
    try {
      return new X509Certificate(block);
    } catch (thrown) {
      const which = blocks.length === 1 ? 'the certificate' : `certificate ${at + 1} of ${blocks.length}`;
      throw new UsageError(`${origin}: ${which} in "${path}" is damaged: ${wordsOf(thrown)}`);
    }
  });
}

function keyIn({ path, bytes }: NamedFile, { passphrase, isAsked }: Passphrase, originOf: Origin): KeyObject {
  const kinds = pemKinds(bytes);
  if (!kinds.some((kind) => kind.endsWith('PRIVATE KEY'))) throw new UsageError(`${originOf('key')}: "${path}" holds no private key: ${whatItIs(bytes)}`);
  const isEncrypted = kinds.includes('ENCRYPTED PRIVATE KEY') || bytes.includes('Proc-Type: 4,ENCRYPTED');
  if (isEncrypted && passphrase === undefined) {
    const what = isAsked ? 'give its passphrase beside it in a [[listener]] of the configuration file, or decrypt it' : 'decrypt it';
    throw new UsageError(`${originOf('key')}: the key in "${path}" is encrypted; ${what}: openssl pkey -in "${path}" -out decrypted.key`);
  }
  try {
    return createPrivateKey({ key: bytes, passphrase });
  } catch (thrown) {
    if (isEncrypted) throw new UsageError(`${originOf('passphrase')} does not open the key in "${path}"`);
    throw new UsageError(`${originOf('key')}: the key in "${path}" is damaged: ${wordsOf(thrown)}`);
  }
}

/** What stands between the dashes of each BEGIN line. */
function pemKinds(bytes: Buffer): string[] {
  return [...bytes.toString('latin1').matchAll(/^-----BEGIN ([A-Z0-9 ]+)-----/gm)].map((found) => found[1]);
}

function whatItIs(bytes: Buffer): string {
  if (bytes.length === 0) return 'it is empty';
  const kinds = pemKinds(bytes);
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
