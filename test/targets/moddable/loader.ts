/**
 * Module hooks that give Moddable's module names to the stubs of this folder. `MODDABLE_CLIENT` may name another file for
 * `embedded:network/mqtt/client`. Must not know: what the modules do. Registered by register.ts.
 */
import type { ResolveHook } from 'node:module';

const stubs: Readonly<Record<string, string>> = {
  'timer': './stub/timer.js',
  'time': './stub/time.js',
  'system': './stub/globals.js',
  'embedded:io/socket/tcp': './stub/tcp.js',
  'embedded:io/socket/udp': './stub/udp.js',
  'embedded:io/socket/tcp/tls': './stub/tls.js',
  'embedded:io/serial': './stub/serial.js',
  'embedded:network/dns/resolver/udp': './stub/resolver.js',
  'embedded:network/mqtt/client': '../../../targets/moddable/modules/client.js',
  'midge/mqtt/client': '../../../targets/moddable/modules/client.js',
  'midge/client': '../../../targets/moddable/modules/midge.js',
  'midge/serial': '../../../targets/moddable/modules/serial.js',
};

export const resolve: ResolveHook = (specifier, context, next) => {
  const stub = stubs[specifier];
  return stub === undefined ? next(specifier, context) : { url: new URL(stub, import.meta.url).href, shortCircuit: true };
};
