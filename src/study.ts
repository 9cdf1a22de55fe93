/**
 * Study: a handshake taken apart, byte by byte. Recording is never on by itself, and a recording holds the
 * connection's secrets.
 */
export { annotateHandshake, type MessageVersion } from './study/annotate.ts';
export {
  type AlertEntry,
  type Annotation,
  type ChangeCipherSpecEntry,
  type MessageEntry,
  type RecordEntry,
  type SecretEntry,
  type StateEntry,
  TRACE_FORMAT,
  type TraceDirection,
  type TraceDocument,
  type TraceEntry,
  type TraceField,
  type TraceGroup,
  type TraceLeaf,
  type TraceProtection,
  type TranscriptEntry,
} from './study/document.ts';
export { leavesOf } from './study/field-tree.ts';
export { renderTraceLadder } from './study/ladder.ts';
export { DEFAULT_MAX_ENTRIES, TraceRecorder, type TraceRecorderOptions } from './study/recorder.ts';
export { type RenderTextOptions, renderTraceText, type TraceStyle } from './study/text.ts';
