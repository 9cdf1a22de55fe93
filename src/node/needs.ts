/** The decisions that a program takes over: the context and protocol of a server, the client's check of a name. */
import { EventEmitter } from 'node:events';
import type { Connection } from '../engine/connection.ts';
import type { Need, PeerVerdict } from '../handshake/effect.ts';
import { TLSError } from '../wire/error.ts';
import { type Answers, fromCallback, fromReturn } from './callback-answer.ts';
import { type ClientSettings, referenceName } from './client-settings.ts';
import { coded, nodeError } from './node-error.ts';
import { bytesOf } from './own-options.ts';
import { detailedPeerCertificate } from './peer-certificate.ts';
import { contextSettings, SecureContext } from './secure-context.ts';
import type { SecurePipe } from './secure-pipe.ts';
import { type ServerSettings, serverConfig } from './server-settings.ts';

/** A need with the socket's ways to answer it. */
export class Question {
  readonly id: number;
  readonly #pipe: SecurePipe;
  /** What `this` is in callbacks, as in Node. */
  readonly owner: object;
  #settled = false;

  constructor(id: number, pipe: SecurePipe, owner: object) {
    this.id = id;
    this.#pipe = pipe;
    this.owner = owner;
  }

  answer(act: (connection: Connection, id: number) => void): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#pipe.answer((connection) => act(connection, this.id));
  }

  /** `what` names the callback. After an answer the connection itself fails: one of the two was wrong. */
  fail(what: string, error: unknown): void {
    const failure =
      error instanceof TLSError ? error : new TLSError('callback_failed', `${what} failed`, { cause: error });
    if (this.#settled) {
      this.#pipe.abort(failure);
      return;
    }
    this.answer((connection, id) => connection.refuse(id, failure));
  }

  /** Runs `next` on the value of a callback; what `next` throws fails the handshake too. */
  answers(what: string, next: (value: unknown) => void): Answers<unknown> {
    return {
      value: (value) => {
        try {
          next(value);
        } catch (error) {
          this.fail(what, error);
        }
      },
      failure: (error) => this.fail(what, error),
    };
  }
}

type SelectConfig = Need & { readonly kind: 'select_config' };
type LookupSession = Need & { readonly kind: 'lookup_session' };
type StapleNeed = Need & { readonly kind: 'staple' };
type VerifyPeer = Need & { readonly kind: 'verify_peer' };

function contextOf(value: unknown): SecureContext | undefined {
  if (value === undefined || value === null || value === false) return undefined;
  const inner = value instanceof SecureContext ? value : (value as { readonly context?: unknown }).context;
  if (!(inner instanceof SecureContext)) throw nodeError('ERR_TLS_INVALID_CONTEXT', 'Invalid SNI context');
  contextSettings(inner);
  return inner;
}

/** `currentContext`: the socket's, read late, since a callback may change it with setKeyCert(). */
export function selectConfig(
  question: Question,
  need: SelectConfig,
  settings: ServerSettings,
  currentContext: () => SecureContext,
): void {
  const { serverName } = need;
  const withContext = (chosen: SecureContext | undefined): void => {
    selectProtocol(question, need, settings, () => chosen ?? currentContext());
  };
  if (serverName === undefined) withContext(undefined);
  else if (settings.sniCallback !== undefined) {
    const { sniCallback } = settings;
    fromCallback(
      (answer) => sniCallback.call(question.owner, serverName, answer),
      question.answers('SNICallback', (value) => withContext(contextOf(value))),
    );
  } else withContext(settings.contextFor?.(serverName));
}

function selectProtocol(
  question: Question,
  need: SelectConfig,
  settings: ServerSettings,
  context: () => SecureContext,
): void {
  const { alpnCallback } = settings;
  const protocols = [...need.alpnProtocols];
  const use = (protocol: string | undefined): void => {
    const config = serverConfig(settings, context(), protocol);
    question.answer((connection, id) => connection.answer(id, { kind: 'select_config', config }));
  };
  if (alpnCallback === undefined || protocols.length === 0) {
    use(undefined);
    return;
  }
  fromReturn(
    () =>
      alpnCallback.call(question.owner, { servername: need.serverName ?? false, protocols: [...protocols] }),
    question.answers('ALPNCallback', (value) => {
      if (value === undefined) {
        throw new TLSError('no_application_protocol', 'ALPNCallback took none of the protocols offered');
      }
      if (typeof value !== 'string' || !protocols.includes(value)) {
        throw coded(
          new TypeError(
            `ALPN callback returned a value (${String(value)}) that did not match any of the client's offered ` +
              `protocols (${protocols.join(', ')})`,
          ),
          'ERR_TLS_ALPN_CALLBACK_INVALID_RESULT',
        );
      }
      use(value);
    }),
  );
}

/**
 * A session that a client names: a ticket is ours to open; an ID is looked up by the server's 'resumeSession' listener
 * where there is one, as in Node, and in our own cache where there is none.
 */
export function lookUpSession(
  question: Question,
  need: LookupSession,
  settings: ServerSettings,
  server: object | undefined,
): void {
  const reply = (session: Uint8Array | undefined): void =>
    question.answer((connection, id) => connection.answer(id, { kind: 'lookup_session', session }));
  if (need.by === 'ticket') {
    reply(settings.sessionTickets ? settings.tickets.keys.open(need.identity) : undefined);
  } else if (!(server instanceof EventEmitter) || server.listenerCount('resumeSession') === 0) {
    reply(settings.sessions.get(need.identity));
  } else {
    fromCallback(
      (answer) => server.emit('resumeSession', Buffer.from(need.identity), answer),
      question.answers("'resumeSession' listener", (value) => {
        const bytes = value === undefined || value === null ? undefined : bytesOf(value);
        if (value && bytes === undefined)
          throw new TypeError("'resumeSession' must give the session as a Buffer");
        reply(bytes);
      }),
    );
  }
}

/**
 * What to staple for a client that asks: what the server's 'OCSPRequest' listener gives, as in Node; nothing where there
 * is none. The issuer is the chain's next certificate, null where there is no such.
 */
export function staple(question: Question, need: StapleNeed, server: unknown): void {
  const { chain, ocspResponse: known } = need.credential;
  const reply = (ocspResponse: Uint8Array | undefined): void =>
    question.answer((connection, id) => connection.answer(id, { kind: 'staple', ocspResponse }));
  if (!(server instanceof EventEmitter) || server.listenerCount('OCSPRequest') === 0) {
    reply(known);
    return;
  }
  const [certificate, issuer] = chain.map((one) => Buffer.from(one.raw));
  fromCallback(
    (answer) => server.emit('OCSPRequest', certificate, issuer ?? null, answer),
    question.answers("'OCSPRequest' listener", (value) => {
      const bytes = value ? bytesOf(value) : undefined;
      if (value && bytes === undefined) {
        throw new TypeError("'OCSPRequest' must give the response as a Buffer");
      }
      reply(bytes);
    }),
  );
}

function refusal(error: Error): TLSError {
  const code = (error as { readonly code?: unknown }).code;
  return new TLSError('certificate_refused', error.message, {
    code: typeof code === 'string' ? code : 'CERT_REJECTED',
    cause: error,
  });
}

/** The chain by our own verifier, then the name: by the program's function, which replaces ours as in Node. */
export function verifyPeer(question: Question, need: VerifyPeer, settings: ClientSettings): void {
  const reply = (verdict: PeerVerdict): void => {
    const accept = verdict.verified || !settings.rejectUnauthorized;
    question.answer((connection, id) => connection.answer(id, { kind: 'verify_peer', verdict, accept }));
  };
  const verdict = need.builtin();
  if (need.rawPublicKey !== undefined) {
    // A raw key has no name to compare, and is let in by nothing but being trusted.
    const accept = verdict.verified;
    question.answer((connection, id) => connection.answer(id, { kind: 'verify_peer', verdict, accept }));
    return;
  }
  const refuse = (error: TLSError): void => reply({ verified: false, error, path: verdict.path });
  const { checkServerIdentity, hostname } = settings;
  if (!verdict.verified) reply(verdict);
  else if (checkServerIdentity !== undefined) {
    const certificate = detailedPeerCertificate(verdict.path) ?? {};
    fromReturn(
      () => checkServerIdentity(hostname ?? 'localhost', certificate),
      question.answers('checkServerIdentity', (value) => {
        if (value === undefined || value === null) reply(verdict);
        else if (value instanceof Error) refuse(refusal(value));
        else
          question.fail(
            'checkServerIdentity',
            new TypeError('checkServerIdentity must return undefined or an Error'),
          );
      }),
    );
  } else if (hostname !== undefined && referenceName(hostname) === undefined) {
    refuse(
      new TLSError('certificate_refused', `${JSON.stringify(hostname)} is not a host name`, {
        code: 'HOSTNAME_MISMATCH',
      }),
    );
  } else reply(verdict);
}
