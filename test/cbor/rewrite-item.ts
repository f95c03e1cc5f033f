/** Writes what the reader found: with it every vector drives the writer too. Runs on every engine. */
import {
  cborClose, cborFloat, cborInt, cborOpenArray, cborOpenBytes, cborOpenMap, cborOpenText, cborPutArray, cborPutBoolean, cborPutBytes, cborPutFloat, cborPutInt,
  cborPutLongTag, cborPutMap, cborPutNegative, cborPutNull, cborPutSimple, cborPutTag, cborPutTextBytes, cborPutUndefined, cborPutUnsigned, CborStatus, CborType,
  type CborReader, type CborWriter,
} from '../../src/cbor/index.js';

/** Writes the reader's item again. A Close is written only where a container without a count ends. */
export function rewriteItem(r: CborReader, w: CborWriter, type: CborType): void {
  if (type === CborType.Unsigned || type === CborType.Negative) {
    if (cborInt(r) === CborStatus.Ok) cborPutInt(w, r.value);
    else if (type === CborType.Unsigned) cborPutUnsigned(w, r.high, r.low);
    else cborPutNegative(w, r.high, r.low);
  }
  if (type === CborType.Bytes) cborPutBytes(w, r.bytes, r.from, r.to);
  if (type === CborType.Text) cborPutTextBytes(w, r.bytes, r.from, r.to);
  if (type === CborType.BytesOpen) cborOpenBytes(w);
  if (type === CborType.TextOpen) cborOpenText(w);
  if (type === CborType.Array && r.count >= 0) cborPutArray(w, r.count);
  if (type === CborType.Array && r.count < 0) cborOpenArray(w);
  if (type === CborType.Map && r.count >= 0) cborPutMap(w, r.count);
  if (type === CborType.Map && r.count < 0) cborOpenMap(w);
  if (type === CborType.Close && w.nesting.depth > r.nesting.depth) cborClose(w);
  if (type === CborType.Tag && r.high === 0 && r.low >= 0) cborPutTag(w, r.low);
  else if (type === CborType.Tag) cborPutLongTag(w, r.high, r.low);
  if (type === CborType.False || type === CborType.True) cborPutBoolean(w, type === CborType.True);
  if (type === CborType.Null) cborPutNull(w);
  if (type === CborType.Undefined) cborPutUndefined(w);
  if (type === CborType.Simple) cborPutSimple(w, r.low);
  if (type === CborType.Float) cborPutFloat(w, cborFloat(r));
}
