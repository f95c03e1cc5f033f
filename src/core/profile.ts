/**
 * What this build of the core contains. A build for a smaller profile replaces the values of this one file
 * (`targets/build/profiles.ts` holds the table), and every branch on a missing feature disappears from the code.
 *
 * Read first: DESIGN section 3, "Profiles".
 */
export const enum Profile {
  /** Highest quality of service compiled in: 0 or 2. */
  Qos = 2,
  /** 1: MQTT 5.0 beside 3.1.1. */
  V5 = 1,
  /** 1: payloads larger than the buffers, in and out. */
  Streaming = 1,
  /** 1: a Message event names the subscription that matched. */
  Routing = 1,
  /** 1: keep-latest, expiry and priority in the outbox. */
  Policy = 1,
}
