/** This library behind its Node-shaped face. */
import type tls from 'node:tls';
import * as face from '../../src/index.ts';

/** The part of Node's tls that the benches use, so that both ends of a comparison run the same code. */
export type TlsFace = Pick<typeof tls, 'connect' | 'createServer' | 'createSecureContext'>;

export const puretls: TlsFace = face as unknown as TlsFace;
