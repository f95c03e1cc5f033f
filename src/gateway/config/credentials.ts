/** Certificates and passwords that settings name, read from their files. Must not know: which setting says so, and why. */
import { readFileSync } from 'node:fs';
import type { TlsOptions } from '../../../targets/node/api-options.js';
import type { DefaultValues } from './gateway-settings.js';

/** What a port says, or else the defaults. */
export type Common = DefaultValues;

export function passwordOf({ password, passwordFile }: Common): string | undefined {
  return passwordFile === undefined ? password : readFileSync(passwordFile, 'utf8').split(/\r?\n/)[0];
}

/** Why there is no password in the file that should hold it; null: there is one, or no file. */
export function passwordFileFault(common: Common): string | null {
  if (common.passwordFile === undefined) return null;
  try {
    return passwordOf(common) === '' ? 'is empty in its first line, which is to be the password' : null;
  } catch (thrown) {
    return `cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  }
}

export function tlsOf({ ca, cert, key, serverName, insecure }: Common): TlsOptions {
  return {
    ...(ca === undefined ? {} : { ca: readFileSync(ca) }), ...(cert === undefined ? {} : { cert: readFileSync(cert) }),
    ...(key === undefined ? {} : { key: readFileSync(key) }), ...(serverName === undefined ? {} : { servername: serverName }),
    ...(insecure === true ? { rejectUnauthorized: false } : {}),
  };
}
