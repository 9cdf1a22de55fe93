/**
 * What a program without Node's types sees of the portable entry points. Compiled against the built declarations with
 * no ambient types and with library checking on: a mention of Buffer or of a node: module anywhere in them fails.
 */
import type * as engine from 'puretls/engine';
import type * as fuzz from 'puretls/fuzz';
import type * as study from 'puretls/study';
import type * as x509 from 'puretls/x509';

export type Portable = readonly [typeof engine, typeof fuzz, typeof study, typeof x509];
