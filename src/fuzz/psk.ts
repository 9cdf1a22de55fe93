/** Pre-shared keys in scripts of TLS 1.3: offered, taken up, with binders that are right unless changed (RFC 8446 4.2.11). */
import { concatBytes, equalBytes } from '../bytes/bytes.ts';
import { Secret } from '../bytes/secret.ts';
import type { HashFunction } from '../crypto/provider.ts';
import { EarlySchedule, verifyData } from '../key-schedule/tls13.ts';
import type { ClientHelloFields } from '../message/client-hello.ts';
import { bindersListLength, preSharedKey, replaceBinders } from '../message/extension/pre-shared-key.ts';
import { pskKeyExchangeModes } from '../message/extension/psk-key-exchange-modes.ts';
import { PskKeyExchangeMode } from '../wire/registry.ts';
import { type ClientMessages, clientHandshake } from './client.ts';
import { expectMessage } from './expect.ts';
import type { ScriptedPeer } from './peer.ts';
import { type Script, ScriptFailure, step } from './script.ts';
import { type ServerMessages, serverHandshake } from './server.ts';

export interface OfferedPsk {
  /** The ticket. */
  readonly identity: Uint8Array;
  readonly obfuscatedTicketAge: number;
  readonly secret: Uint8Array;
  readonly hash: HashFunction;
  /** `ext` for a key that comes of no ticket, `imp` for an imported one; default `res`. */
  readonly kind?: 'res' | 'ext' | 'imp';
  /** Changes the binder once it is computed. */
  readonly binder?: (binder: Uint8Array) => Uint8Array;
}

/** The binder of a key over a ClientHello without its binders, and what came before it (RFC 8446 4.2.11.2). */
export function binderOf(psk: Pick<OfferedPsk, 'secret' | 'hash' | 'kind'>, covered: Uint8Array): Uint8Array {
  const early = EarlySchedule.start(psk.hash, new Secret(psk.secret.slice()));
  return verifyData(psk.hash, early.binderKey(psk.kind ?? 'res'), psk.hash.digest(covered));
}

export interface OfferOptions {
  /** Default: psk_dhe_ke; undefined leaves the extension out. */
  readonly modes?: readonly PskKeyExchangeMode[] | undefined;
  /** The step that offers; default `ClientHello`. */
  readonly hello?: 'ClientHello' | 'second ClientHello';
}

const DHE: readonly PskKeyExchangeMode[] = [PskKeyExchangeMode.psk_dhe_ke];

function withOffer(
  fields: ClientHelloFields,
  psks: readonly OfferedPsk[],
  modes: OfferOptions['modes'],
): ClientHelloFields {
  const offer = preSharedKey.clientHello.encode({
    identities: psks,
    binders: psks.map(({ hash }) => new Uint8Array(hash.outputLength)),
  });
  const others = fields.extensions.filter(
    ({ type }) => type !== offer.type && type !== pskKeyExchangeModes.type,
  );
  const said = modes === undefined ? [] : [pskKeyExchangeModes.clientHello.encode(modes)];
  return { ...fields, extensions: [...others, ...said, offer] };
}

function bound(raw: Uint8Array, peer: ScriptedPeer, psks: readonly OfferedPsk[]): Uint8Array {
  const end = raw.length - bindersListLength(psks.map(({ hash }) => hash.outputLength));
  const covered = concatBytes(...peer.transcript.messages, raw.subarray(0, end));
  const binders = psks.map((psk) => binderOf(psk, covered));
  const changed = psks.map((psk, i) => psk.binder?.(binders[i] ?? covered) ?? binders[i] ?? covered);
  return replaceBinders(raw, changed);
}

/** Lets the ClientHello of a client's script offer these keys, as its last extension. */
export function offerPsks(
  script: Script<ClientMessages>,
  psks: readonly OfferedPsk[],
  options: OfferOptions = {},
): Script<ClientMessages> {
  const hello = options.hello ?? 'ClientHello';
  const modes = 'modes' in options ? options.modes : DHE;
  return script
    .change(hello, (fields) => withOffer(fields, psks, modes))
    .options(hello, { bytes: (raw, peer) => bound(raw, peer, psks) });
}

/** The handshake of a client that offers these keys, to a server that takes one up: no certificates. */
export function clientResumption(
  psks: readonly OfferedPsk[],
  options: OfferOptions & { readonly helloRetryRequest?: boolean } = {},
): Script<ClientMessages> {
  const retried = options.helloRetryRequest === true;
  const taken = step('take up the PSK', (peer) => {
    const hello = peer.received.flatMap((item) =>
      item.kind === 'handshake' && item.message.kind === 'ServerHello' ? [item.message] : [],
    )[0];
    const psk = psks[hello?.known.preSharedKey ?? -1];
    if (psk === undefined) throw new ScriptFailure('the server takes up none of the PSKs');
    peer.psk = psk.secret;
  });
  const short = clientHandshake({ helloRetryRequest: retried })
    .without('expect Certificate', 'expect CertificateVerify')
    .after('expect ServerHello', taken);
  const first = offerPsks(short, psks, options);
  return retried ? offerPsks(first, psks, { ...options, hello: 'second ClientHello' }) : first;
}

/** Waits for a ClientHello whose first PSK is this one, and checks its binder. */
function expectOffer(psk: Pick<OfferedPsk, 'secret' | 'hash' | 'kind'>): ReturnType<typeof expectMessage> {
  return expectMessage(
    'ClientHello',
    (hello, peer) => {
      peer.clientHello = hello;
      const offered = hello.known.preSharedKey;
      if (offered === undefined) throw new ScriptFailure('the client offers no PSK');
      const end = hello.raw.length - offered.bindersLength;
      const covered = concatBytes(...peer.transcript.messages, hello.raw.subarray(0, end));
      if (!equalBytes(offered.binders[0] ?? new Uint8Array(0), binderOf(psk, covered))) {
        throw new ScriptFailure("the client's binder is wrong");
      }
      peer.psk = psk.secret;
    },
    { protection: 'plaintext' },
  );
}

/** The handshake of a server that takes up the client's first PSK, which must be this one. */
export function serverResumption(psk: Pick<OfferedPsk, 'secret' | 'hash' | 'kind'>): Script<ServerMessages> {
  return serverHandshake()
    .without('Certificate', 'CertificateVerify')
    .replace('expect ClientHello', expectOffer(psk))
    .change('ServerHello', (fields) => ({
      ...fields,
      extensions: [...fields.extensions, preSharedKey.serverHello.encode(0)],
    }));
}
