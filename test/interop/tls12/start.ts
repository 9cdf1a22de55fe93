/** Sets a test file up for one stack. */
import { after, describe, test } from 'node:test';
import { opensslMissing } from '../support/pki.ts';
import { ourClient } from './our-client.ts';
import { ourServer } from './our-server.ts';
import { Pki } from './pki.ts';
import type { Stack } from './stack.ts';

/** All tests of one stack, in both roles; or one skipped test that says what is missing. */
export function withStack(name: string, make: (pki: Pki) => Stack | string): void {
  const missing = opensslMissing();
  if (missing !== undefined) {
    test(name, { skip: missing }, () => undefined);
    return;
  }
  const pki = new Pki();
  const stack = make(pki);
  after(() => pki.remove());
  if (typeof stack === 'string') {
    test(name, { skip: stack }, () => undefined);
    return;
  }
  const parties = { stack, pki };
  describe(`our client, ${stack.name} server`, () => ourClient(parties));
  describe(`our server, ${stack.name} client`, () => ourServer(parties));
  after(() => stack.close?.());
}
