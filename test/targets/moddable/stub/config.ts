/** `mc/config`: what a manifest and the command line of mcconfig have under `config`; here the JSON in MODDABLE_STUB_CONFIG. */
export default Object.freeze(JSON.parse(process.env['MODDABLE_STUB_CONFIG'] ?? '{}') as Record<string, unknown>);
