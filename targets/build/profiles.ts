/**
 * The named profiles: values for the members of `Profile` in src/core/profile.ts, and of the serial link's in src/link/profile.ts.
 * Smaller ones leave code out in every language.
 * Read first: DESIGN section 3, "Profiles".
 */
export const profiles = {
  /** Telemetry at QoS 0 over MQTT 3.1.1, nothing else. */
  qos0: { Qos: 0, V5: 0, Streaming: 0, Routing: 0, Policy: 0 },
  /** All of MQTT 3.1.1. */
  mqtt311: { Qos: 2, V5: 0, Streaming: 0, Routing: 1, Policy: 1 },
  /** Everything: both versions. */
  full: { Qos: 2, V5: 1, Streaming: 1, Routing: 1, Policy: 1 },
} as const satisfies Record<string, Readonly<Record<string, number>>>;

export type ProfileName = keyof typeof profiles;

/** Bytes that the minified ES5 build, in its flat form, is to stay under. */
export const profileBarBytes: Readonly<Record<ProfileName, number>> = { qos0: 4000, mqtt311: 9000, full: 15000 };

const basics = [
  'createConfig', 'configFault', 'createClient', 'clientConnect', 'clientDisconnect', 'clientLinkDown', 'clientLinkUp', 'clientNextDeadline',
  'clientWantsLink', 'clientInput', 'clientNextEvent', 'clientOutput', 'clientSent', 'clientPublish', 'clientSubscribe', 'clientUnsubscribe',
] as const;

/** The functions of src/core/index.ts that have a use in each profile; undefined: all. The others would do nothing but refuse. */
export const profileExports: Readonly<Record<ProfileName, readonly string[] | undefined>> = {
  qos0: basics,
  mqtt311: [...basics, 'clientPublishWith', 'clientAcknowledge', 'clientSkip', 'actionFor'],
  full: undefined,
};

/** The named profiles of the serial link. */
export const linkProfiles = {
  /** Streams and connections, nothing else. */
  linkmin: { Baud: 0, Time: 0 },
  /** Everything. */
  link: { Baud: 1, Time: 1 },
} as const satisfies Record<string, Readonly<Record<string, number>>>;

export type LinkProfileName = keyof typeof linkProfiles;

/** What a board calls of every link; the check of the invariants is for tests. */
const linkBasics = [
  'createLinkConfig', 'linkConfigFault', 'createLink', 'linkRestart', 'linkInput', 'linkOutput', 'linkSent', 'linkNextDeadline', 'linkNextEvent', 'linkRoom', 'linkWrite',
  'linkRead', 'linkTake', 'linkHasRest', 'linkClose', 'linkOpen', 'linkOpened',
] as const;

/** The functions of src/link/index.ts that have a use in each profile of the link. */
export const linkProfileExports: Readonly<Record<LinkProfileName, readonly string[]>> = {
  linkmin: linkBasics,
  link: [...linkBasics, 'linkAskTime', 'linkTellTime', 'linkBaudSet', 'linkProposeBaud'],
};
