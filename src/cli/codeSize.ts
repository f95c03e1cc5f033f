/**
 * How many bytes of code the core is, per profile and language, and the serial link, minified and compressed.
 * Must not know how the figures are shown. The builds are those of targets/build.
 */
import { buildEs5 } from '../../targets/build/es5.js';
import { buildLua } from '../../targets/build/lua.js';
import type { DeviceSources } from '../../targets/build/program.js';
import { type LinkProfileName, linkProfileExports, linkProfiles, profileBarBytes, profileExports, type ProfileName, profiles } from '../../targets/build/profiles.js';

export interface CodeSize {
  readonly profile: ProfileName | LinkProfileName;
  readonly language: 'ES5' | 'Lua';
  readonly minifiedBytes: number;
  readonly gzipBytes: number;
  /** What the ES5 build is to stay under; undefined for languages without a bar. */
  readonly barBytes: number | undefined;
}

/** The core with the functions that have a use in the profile. */
function sourcesOf(profile: ProfileName): DeviceSources {
  const exports = profileExports[profile];
  return { entries: ['src/core/index.ts'], profile: profiles[profile], ...exports === undefined ? {} : { exports } };
}

export function codeSizes(profile: ProfileName): CodeSize[] {
  return sizesOf(profile, sourcesOf(profile), profileBarBytes[profile]);
}

function linkSourcesOf(profile: LinkProfileName): DeviceSources {
  return { entries: ['src/link/index.ts'], linkProfile: linkProfiles[profile], exports: linkProfileExports[profile] };
}

/** The serial link in each of its profiles. */
export function linkCodeSizes(): CodeSize[] {
  return (Object.keys(linkProfiles) as LinkProfileName[]).flatMap((profile) => sizesOf(profile, linkSourcesOf(profile), undefined));
}

function sizesOf(profile: CodeSize['profile'], sources: DeviceSources, barBytes: number | undefined): CodeSize[] {
  const es5 = buildEs5({ ...sources, minify: true, form: 'flat' });
  const lua = buildLua({ ...sources, minify: true, target: '5.3' });
  return [
    { profile, language: 'ES5', minifiedBytes: es5.bytes, gzipBytes: es5.gzipBytes, barBytes },
    { profile, language: 'Lua', minifiedBytes: lua.bytes, gzipBytes: lua.gzipBytes, barBytes: undefined },
  ];
}

/** The profile's code with full names, to be run here. */
export function readableCode(profile: ProfileName): string {
  return buildEs5(sourcesOf(profile)).code;
}

export function readableLinkCode(): string {
  return buildEs5(linkSourcesOf('link')).code;
}
