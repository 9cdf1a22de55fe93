/** The built-in answers to needs, and the check of an application's own. */
import { type Config, isServerConfig } from '../config/config.ts';
import { isOcspResponse, isStaple } from '../config/staple.ts';
import type { Answer, Need } from '../handshake/effect.ts';
import { TLSError } from '../wire/error.ts';
import { MAX_CERTIFICATE_VERIFY_LENGTH } from '../wire/limits.ts';

/** What the library decides when the application does not. Throws TLSError when it cannot. */
export function decide(config: Config, need: Need): Answer {
  switch (need.kind) {
    case 'select_config':
      return { kind: 'select_config', config: undefined };
    case 'lookup_session':
      return { kind: 'lookup_session', session: lookUp(config, need) };
    case 'accept_early_data':
      return { kind: 'accept_early_data', accept: need.builtin() };
    case 'verify_peer': {
      const verdict = need.builtin();
      // A raw key that is not trusted says nothing at all of the peer: there is no accepting it in part.
      const lenient = config.acceptUnverifiedPeer && need.rawPublicKey === undefined;
      return { kind: 'verify_peer', verdict, accept: verdict.verified || lenient };
    }
    case 'sign': {
      const key = need.credential.privateKey;
      if (key === undefined)
        throw new TLSError('internal_error', 'a credential without a key, and no one to sign');
      return { kind: 'sign', signature: need.scheme.sign(key, need.message, config.provider.random) };
    }
    case 'staple':
      return { kind: 'staple', ocspResponse: need.credential.ocspResponse };
    case 'select_client_credential':
      return { kind: 'select_client_credential', credential: need.builtin() };
    default:
      return need satisfies never;
  }
}

function lookUp(config: Config, need: Need & { kind: 'lookup_session' }): Uint8Array | undefined {
  if (config.role !== 'server') return undefined;
  return need.by === 'ticket'
    ? config.ticketKeys?.open(need.identity)
    : config.sessionCache?.get(need.identity);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isSignatureLength(length: number): boolean {
  return length > 0 && length <= MAX_CERTIFICATE_VERIFY_LENGTH;
}

function isCertificate(value: unknown): boolean {
  return isObject(value) && value['raw'] instanceof Uint8Array && isObject(value['publicKey']);
}

function isCredential(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { chain, rawPublicKey } = value as { chain?: unknown; rawPublicKey?: unknown };
  if (!Array.isArray(chain) || !isStaple(value)) return false;
  if (rawPublicKey !== undefined) return chain.length === 0 && isCertificate(rawPublicKey);
  return chain.length > 0 && chain.every(isCertificate);
}

function wellFormed(need: Need, answer: Readonly<Record<string, unknown>>): boolean {
  switch (need.kind) {
    case 'select_config':
      return answer['config'] === undefined || isServerConfig(answer['config']);
    case 'lookup_session':
      return answer['session'] === undefined || answer['session'] instanceof Uint8Array;
    case 'accept_early_data':
      return typeof answer['accept'] === 'boolean';
    case 'verify_peer': {
      const verdict = answer['verdict'];
      if (typeof answer['accept'] !== 'boolean' || !isObject(verdict)) return false;
      return (
        verdict['verified'] === true ||
        (verdict['verified'] === false && verdict['error'] instanceof TLSError)
      );
    }
    case 'sign':
      return answer['signature'] instanceof Uint8Array && isSignatureLength(answer['signature'].length);
    case 'staple':
      return isOcspResponse(answer['ocspResponse']);
    case 'select_client_credential':
      return answer['credential'] === undefined || isCredential(answer['credential']);
    default:
      return need satisfies never;
  }
}

/** Throws TLSError `callback_failed` (internal_error) when the answer is not one to this need. */
export function checkAnswer(need: Need, answer: Answer): void {
  const given: unknown = answer;
  if (isObject(given) && typeof (given as { then?: unknown }).then === 'function') {
    throw new TLSError(
      'async_answer',
      `the answer to ${need.kind} is a promise; call answer() when it is resolved`,
    );
  }
  if (!isObject(given) || given['kind'] !== need.kind || !wellFormed(need, given)) {
    throw new TLSError('callback_failed', `the answer to ${need.kind} is not of the form it must have`);
  }
}
