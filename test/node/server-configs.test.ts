/** What a server keeps for each protocol that its ALPNCallback chose: bounded, whatever its clients name. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownOptions } from '../../src/node/own-options.ts';
import { createSecureContext } from '../../src/node/secure-context.ts';
import { MAX_PROTOCOL_CONFIGS, serverConfig, serverSettings } from '../../src/node/server-settings.ts';
import { server } from './support.ts';

test('configurations are made once, and no more of them are kept than a bound', () => {
  const settings = serverSettings(ownOptions({ ALPNCallback: () => 'x' }));
  const context = createSecureContext(server);
  const one = serverConfig(settings, context, 'p0');
  for (let i = 0; i < MAX_PROTOCOL_CONFIGS + 8; i += 1) serverConfig(settings, context, `p${i}`);
  assert.equal(serverConfig(settings, context, 'p0'), one);
  const late = serverConfig(settings, context, 'late');
  assert.notEqual(serverConfig(settings, context, 'late'), late);
  assert.deepEqual(late.alpnProtocols, ['late']);
});
