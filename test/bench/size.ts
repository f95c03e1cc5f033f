/**
 * Code size per profile and of the link, the core's memory beside its buffers, and the link's.
 */
import { buildEs5 } from '../../targets/build/es5.js';
import { profileBarBytes, type ProfileName, profileExports, profiles } from '../../targets/build/profiles.js';
import { linkCodeSizes, readableLinkCode } from '../../src/cli/codeSize.js';
import { linkMemoryMap } from '../../src/cli/linkMemory.js';
import { createClient, createConfig, Slot, Sub } from '../../src/core/index.js';
import type { Row } from './measure.js';

const peers: Record<ProfileName, string> = { qos0: 'tinyMQTT 1,614 B', mqtt311: 'Espruino MQTT 5,022 B', full: '–' };

export function sizeRows(): Row[] {
  const link = linkCodeSizes().map(({ profile, language, minifiedBytes }): Row => ({
    what: `minified ${language}, serial link, ${profile}`, ours: `${minifiedBytes.toLocaleString('en')} B`, peer: '–', ratio: '', bar: 'printed', held: null,
  }));
  return [...coreRows(), ...link];
}

function coreRows(): Row[] {
  return (Object.keys(profiles) as ProfileName[]).map((name) => {
    const { bytes } = buildEs5({ entries: ['src/core/index.ts'], profile: profiles[name], exports: profileExports[name], minify: true, form: 'flat' });
    return {
      what: `minified ES5, ${name}`, ours: `${bytes.toLocaleString('en')} B`, peer: peers[name], ratio: `${(bytes / profileBarBytes[name]).toFixed(2)} of the bar`,
      bar: `at most ${profileBarBytes[name].toLocaleString('en')} B`, held: bytes <= profileBarBytes[name],
    };
  });
}

export function memoryRows(): Row[] {
  const config = createConfig('bench');
  config.outboxMessages = 8;
  config.inFlightMax = 8;
  const c = createClient(config)!;
  const fields = Object.values(c).filter((value) => typeof value === 'number' || typeof value === 'boolean').length;
  const { buffers, totalBytes } = linkMemoryMap(readableLinkCode());
  const linkBuffers = buffers.reduce((sum, { bytes }) => sum + bytes, 0);
  return [
    { what: 'serial link, default configuration', ours: `${totalBytes.toLocaleString('en')} B, ${linkBuffers.toLocaleString('en')} B of it buffers and tables`, peer: '–', ratio: '', bar: 'printed', held: null },
    { what: 'memory beside buffers: struct, as C int32', ours: `${fields * 4} B (${fields} fields)`, peer: 'coreMQTT 140 B', ratio: '', bar: 'printed', held: null },
    { what: 'per publish in flight', ours: `${Slot.Size * 4} B`, peer: 'coreMQTT 4 B (keeps no message)', ratio: '', bar: 'printed', held: null },
    { what: 'per inbound message in flight', ours: '4 B', peer: 'coreMQTT 4 B', ratio: '', bar: 'printed', held: null },
    { what: 'per subscription', ours: `${Sub.Size * 4} B + filter + 3`, peer: 'coreMQTT keeps none', ratio: '', bar: 'printed', held: null },
  ];
}
