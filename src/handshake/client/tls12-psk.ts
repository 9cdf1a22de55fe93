/** ECDHE_PSK on the client (RFC 5489): both ends prove that they have the key by their Finished. */
import type { ClientConfig } from '../../config/config.ts';
import { pskPremaster } from '../../key-schedule/tls12.ts';
import {
  encodePskClientKeyExchange,
  type PskServerKeyExchange,
} from '../../message/tls12/psk-key-exchange.ts';
import type { ServerHelloDone } from '../../message/tls12/server-hello-done.ts';
import { TLSError } from '../../wire/error.ts';
import type { Step } from '../effect.ts';
import { anonymousPeer } from '../state.ts';
import { freshKeys, masterSecretEffect } from '../tls12/keys.ts';
import type { ExpectPskDone, ExpectPskServerKeyExchange } from '../tls12/state.ts';
import { serverGroup } from './tls12.ts';
import { finishFlight12 } from './tls12-finish.ts';

export function onPskServerKeyExchange(
  config: ClientConfig,
  state: ExpectPskServerKeyExchange,
  message: PskServerKeyExchange,
): Step {
  const { agreed } = state;
  const group = serverGroup(config, message.namedCurve);
  agreed.log.add(message.raw);
  return {
    state: { name: 'ExpectPskDone', share: { agreed, group, publicKey: message.publicKey } },
    effects: [{ kind: 'facts', facts: { group } }],
  };
}

export function onPskDone(config: ClientConfig, state: ExpectPskDone, message: ServerHelloDone): Step {
  const { agreed, group, publicKey } = state.share;
  agreed.log.add(message.raw);
  const [psk] = config.presharedKeys;
  if (psk === undefined) throw new TLSError('internal_error', 'a suite of ECDHE_PSK without a key');
  const answer = group.encapsulate(publicKey, config.provider.random);
  if (answer === undefined) {
    throw new TLSError('bad_key_share', `the server's ${group.name} share is not valid`, {
      rfc: 'RFC 8422 5.4',
    });
  }
  const exchange = encodePskClientKeyExchange({ identity: psk.identity, publicKey: answer.share });
  agreed.log.add(exchange);
  const premaster = pskPremaster(answer.secret, psk.key);
  answer.secret.wipe();
  const keys = freshKeys(agreed, premaster, 'client');
  return finishFlight12(config, agreed, keys, anonymousPeer(config), [
    { kind: 'send', message: exchange },
    masterSecretEffect(keys),
  ]);
}
