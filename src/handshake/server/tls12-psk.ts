/** ECDHE_PSK on the server (RFC 5489). */
import { EMPTY, equalBytes } from '../../bytes/bytes.ts';
import type { CipherSuite12 } from '../../crypto/provider.ts';
import { pskPremaster } from '../../key-schedule/tls12.ts';
import {
  encodePskServerKeyExchange,
  type PskClientKeyExchange,
} from '../../message/tls12/psk-key-exchange.ts';
import { encodeServerHelloDone } from '../../message/tls12/server-hello-done.ts';
import { TLSError } from '../../wire/error.ts';
import type { Step } from '../effect.ts';
import { anonymousPeer } from '../state.ts';
import { freshKeys, masterSecretEffect } from '../tls12/keys.ts';
import type { AwaitSession12, ExpectPskClientKeyExchange } from '../tls12/state.ts';
import { chooseGroup } from './tls12.ts';
import { awaitFinish } from './tls12-finish.ts';
import { sayHello } from './tls12-hello.ts';

/** ServerHello, ServerKeyExchange, ServerHelloDone. */
export function pskHandshake(state: AwaitSession12, suite: CipherSuite12): Step {
  const { config, hello } = state;
  const group = chooseGroup(config, hello);
  const { agreed, effects } = sayHello({
    config,
    hello,
    suite,
    sessionId: EMPTY,
    named: false,
    staple: undefined,
    types: undefined,
  });
  const share = group.generate(config.provider.random);
  for (const message of [
    encodePskServerKeyExchange({
      identityHint: config.pskIdentityHint,
      namedCurve: group.code,
      publicKey: share.share,
    }),
    encodeServerHelloDone(),
  ]) {
    agreed.log.add(message);
    effects.push({ kind: 'send', message });
  }
  effects.push({ kind: 'facts', facts: { group } });
  return { state: { name: 'ExpectPskClientKeyExchange', flight: { config, agreed, group, share } }, effects };
}

export function onPskClientKeyExchange(
  state: ExpectPskClientKeyExchange,
  message: PskClientKeyExchange,
): Step {
  const { config, agreed, group, share } = state.flight;
  const psk = config.presharedKeys.find(({ identity }) => equalBytes(identity, message.identity));
  const shared = share.agree(message.publicKey);
  share.wipe();
  if (shared === undefined) {
    throw new TLSError('bad_key_share', `the client's ${group.name} share is not valid`, {
      rfc: 'RFC 8422 5.7',
    });
  }
  if (psk === undefined) {
    shared.wipe();
    throw new TLSError('unknown_psk_identity', 'the client names a preshared key that we do not have', {
      rfc: 'RFC 4279 2',
    });
  }
  agreed.log.add(message.raw);
  const premaster = pskPremaster(shared, psk.key);
  shared.wipe();
  const keys = freshKeys(agreed, premaster, 'server');
  return awaitFinish({ config, agreed }, keys, anonymousPeer(config), [masterSecretEffect(keys)]);
}
