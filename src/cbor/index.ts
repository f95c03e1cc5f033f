/** CBOR over a caller's buffer, in the order to read it: codes, the nesting rules, the writer, the reader. */
export { CborStatus, CborType } from './codes.js';
export {
  cborClose, cborEnd, cborOpenArray, cborOpenBytes, cborOpenMap, cborOpenText, cborPutArray, cborPutBoolean, cborPutBytes, cborPutFloat, cborPutInt,
  cborPutLongTag, cborPutMap, cborPutNegative, cborPutNull, cborPutSimple, cborPutTag, cborPutText, cborPutTextBytes, cborPutUndefined,
  cborPutUnsigned, cborWriteTo, createCborWriter, type CborWriter,
} from './writer.js';
export { cborFloat, cborInt, cborIs, cborNext, cborReadFrom, cborSkip, createCborReader, type CborReader } from './reader.js';
