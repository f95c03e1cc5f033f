/**
 * Which functions of a plain-Lua module are there from the start, and which are read from its file together and stay: those that messages need. All others
 * (making and configuring a client, connecting, subscribing, losing a link, sessions, faults and their words) are read when they are called, and go again.
 * A name that a profile or a build does not have means nothing there.
 *
 * Changes together with test/bench/lua.ts, whose figures decided it. Read first: targets/build/lua-parts.ts.
 */
import type { LuaParts } from '../build/lua-parts.js';

/** What every step of a connected client runs through, and the way of a short message of QoS 0. */
const resident = (
  'midgePublish midgeStep methods call ignore portStep receive engineResume engineReceived engineRun engineFlush engineQuickPublish engineNextDeadline work tellEvents takeReceived ' +
  'sendOutput settleLink isQuietOut quickPacket takeShort isOpenInward clientNextEvent clientOutput clientNextDeadline clientWantsLink hasOutput chooseRun readPacket elapsed reached'
).split(' ');

/** The way of all other messages, with their handshakes. */
const messages = (
  'readOptions keepPacket putKept rowsToNote noteIdentifier noteLeft publishBetween sendPacket noteUnsent takeAlone takeOther takeMessage takeAnswer answer noteAnswered noteReleased noteReleasing noteAcknowledged tell clientPublish hasRow canGoDirect endAccept putTopic putNewTopic putBehindTopic putLongHeader varintSize putVarint putByte putInt16 finishRow takePacketId findFree ' +
  'freeBefore wakeAt isBefore setMessage freeMessage topicLength messageStart nextMessage nextSpecial beginMessage beginOtherMessage setRun endRun endOtherRun clientSent ' +
  'putAcknowledgement controlHasRoom controlCompact clientInput readPublish readRest readIdentifier noteInbound holdInbound findInbound answerInbound flushInbound removeInbound ' +
  'isDuplicate endMessage releaseInbound readOther readVarint firstByteHolds readBody reasonHolds readAcknowledgement acknowledgePublish findMessage moves routeOf filterLength nextNotice'
).split(' ');

/** Messages larger than the receive buffer. */
const chunks = ['makeWay', 'payloadAt', 'beginChunks', 'readChunk', 'takeChunk'];

/** An outbox that has no room, or messages that give way to others. */
const room = ['behindTopicMax', 'makeRoom', 'compact', 'evictMessage', 'findOlder', 'replaceOlder', 'isUnsent', 'settleMessage', 'reportMessage'];

/** What MQTT 5.0 adds to all of these, beside limits and reasons that a connection tells once. */
const version5 = (
  'propertiesClear propertiesCheck propertiesHold propertyNext propertyRows propertyKind readField readPublishProperties serverForbids putInt32 patchExpiry elapsedS ' +
  'putAliasHead aliasOf recallAlias learnAlias rowAt rowLength storeTopic'
).split(' ');

/** What time brings: pings, and messages that expire. */
const timers = ['tick', 'keepAlive', 'silenceMax', 'setTimer', 'putPingreq', 'putEmptyPacket', 'controlSent', 'expireMessages'];

/** Properties that a program looks at or publishes with. */
const properties = (
  'midgeProperty midgeUserProperty midgeProperties shownBy propertyOf identifierOf valueOf valueIn tableOf fillProperties putOne putUser putPair propertiesFit propertyPut ' +
  'putPropertyNumber putPropertyText putPropertyData putUserProperty putString putBytes putData clientPublishWith stageProperties'
).split(' ');

/** A payload that a program gives part by part. */
const streams = ['giveStream', 'clientStream'];

/** Frames of the serial link. */
const frames = (
  'serialRun serialReceived serialNextDeadline carryIn carryOut writeOut portRest linkHasRest linkInput linkNextDeadline linkNextEvent linkOutput linkRead linkSent linkTake linkWrite ackSize ' +
  'appendToRing arrived askForLife baudHoldsChannels baudHoldsOutput checkHigh checkHolds checkLow chooseFrame counted creditOf damaged deliver elapsed_2 endFrame endOfFrame endSlot ' +
  'findLost freeSlot heldBitmap indexOfZero isHeldBack isStarved isWaiting lostRow maySend mayWrite measure nearer newRow nextChannel openingIsOwed pollAt putAck putAckFrame putCheck ' +
  'putData_2 putOwedRecords putRecord putZeroBefore queueSlot reached_2 release retryAt roomOf sequenceOf stuff takeAck takeBitmap takeBody takeCredits takeData takeFrame takeRecord ' +
  'hear confirmBaud tickBaud tickLife tickProbe tickRetry tick_2 unstuff waitLonger wrapped'
).split(' ');

/** A link that takes less than it is given. */
const slowLink = ['goOnSending', 'engineSent'];

export const plainParts: Pick<LuaParts, 'resident' | 'lasting'> = { resident, lasting: [messages, chunks, room, slowLink, timers, version5, properties, streams, frames] };
