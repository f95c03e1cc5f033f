/**
 * Module hooks that give Moddable's module names to the stubs of this folder, and those of an example (`sensor/sleep`) to the files beside it.
 * Must not know: what the modules do. Registered by register.ts.
 */
import type { ResolveHook } from 'node:module';

const stubs: Readonly<Record<string, string>> = {
  'timer': './stub/timer.js',
  'time': './stub/time.js',
  'mc/config': './stub/config.js',
  'system': './stub/globals.js',
  'embedded:io/socket/tcp': './stub/tcp.js',
  'embedded:io/socket/udp': './stub/udp.js',
  'embedded:io/socket/tcp/tls': './stub/tls.js',
  'embedded:io/serial': './stub/serial.js',
  'embedded:network/dns/resolver/udp': './stub/resolver.js',
  'embedded:network/mqtt/client': '../../../targets/moddable/modules/client.js',
  'midge/client': '../../../targets/moddable/modules/client.js',
  'midge/midge': '../../../targets/moddable/modules/midge.js',
  'midge/serial': '../../../targets/moddable/modules/serial.js',
  'midge/flash-store': '../../../targets/moddable/modules/flash-store.js',
  'midge/preference-store': '../../../targets/moddable/modules/preference-store.js',
};

export const resolve: ResolveHook = (specifier, context, next) => {
  const own = /^(?:sensor|firmware)\/(\w+)$/.exec(specifier);
  if (own !== null) return { url: new URL(`./${own[1]}.js`, context.parentURL).href, format: 'module', shortCircuit: true };
  const stub = stubs[specifier];
  return stub === undefined ? next(specifier, context) : { url: new URL(stub, import.meta.url).href, shortCircuit: true };
};
