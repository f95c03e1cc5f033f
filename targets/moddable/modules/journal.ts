/**
 * The core's journal as the modules of this folder see it; `midge build moddable` puts the flattened journal in the place of this file.
 * Must not know: anything else.
 */
export { checkOf } from '../../../src/core/check.js';
export { createJournal, journalFailed, journalNext, journalRecordsMax } from '../../../src/core/journal.js';
export { type Journal, JournalStep } from '../../../src/core/journal-record.js';
export { journalHead, journalNextArea, journalReplay } from '../../../src/core/journal-replay.js';
