/**
 * CRLs and OCSP responses between us and the openssl command: what it makes is read and judged as it judges it, and what
 * we make is judged by it.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { toHex } from '../../src/bytes/encoding.ts';
import { encodePem } from '../../src/bytes/pem.ts';
import { nobleProvider } from '../../src/crypto/noble/provider.ts';
import { platformRandom } from '../../src/platform/random-device.ts';
import {
  type CrlFields,
  createAuthority,
  createCrl,
  createOcspResponse,
  type KeyKind,
  parseCrls,
  parseOcspResponse,
  type RevocationOptions,
  verifyChain,
} from '../../src/x509.ts';

const found = spawnSync('openssl', ['version'], { encoding: 'utf8' }).stdout ?? '';
const skip = /^OpenSSL 3/.test(found) ? false : 'no openssl command of version 3';
const random = platformRandom;
const now = Date.now();
const HOUR = 3_600_000;
const { signatureAlgorithms: schemes } = nobleProvider(random);

describe('CRLs and OCSP with the openssl command', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'puretls-revocation-'));
  after(() => rmSync(folder, { recursive: true }));
  const put = (name: string, content: string | Uint8Array): string => {
    writeFileSync(join(folder, name), content);
    return name;
  };
  const openssl = (...args: string[]): { readonly code: number | null; readonly text: string } => {
    const { status, stdout, stderr } = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
    return { code: status, text: `${stdout}${stderr}` };
  };

  for (const kind of ['ecdsa-p256', 'rsa-2048', 'ed25519'] as const satisfies readonly KeyKind[]) {
    describe(kind, () => {
      const root = createAuthority({ random, now, kind, subject: 'CN=root' });
      const good = root.issue({ names: ['a.test'], kind });
      const revoked = root.issue({ names: ['b.test'], kind });
      const unknown = root.issue({ names: ['c.test'], kind });
      const responder = root.issue({ subject: 'CN=responder', kind, extKeyUsage: ['ocspSigning'] });
      const file = (name: string): string => `${kind}-${name}`;
      put(file('root.pem'), root.certificatePem);
      put(file('root.key'), root.keyPem);
      put(file('responder.pem'), responder.certificatePem);
      put(file('responder.key'), responder.keyPem);
      put(file('good.pem'), good.certificatePem);
      put(file('revoked.pem'), revoked.certificatePem);
      put(file('unknown.pem'), unknown.certificatePem);

      const ours = (leaf: typeof good, revocation: Partial<RevocationOptions>): string | undefined => {
        const verdict = verifyChain({
          chain: leaf.chain,
          trust: root.trust,
          now: Date.now(),
          purpose: 'serverAuth',
          schemes,
          revocation: { check: 'leaf', ...revocation },
        });
        return verdict.ok ? undefined : verdict.error.code;
      };
      const list = (fields: Partial<CrlFields> = {}): string =>
        encodePem(
          'X509 CRL',
          createCrl({
            issuer: root.certificate,
            signingKey: root.key,
            random,
            thisUpdate: now - HOUR,
            nextUpdate: now + HOUR,
            revoked: [{ certificate: revoked.certificate, reason: 'keyCompromise' }],
            ...fields,
          }),
        );

      const stamp = (ms: number): string =>
        `${new Date(ms).toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`;
      const serial = (one: typeof good): string => {
        const hex = toHex(one.certificate.serialNumber).toUpperCase();
        return hex.length % 2 === 0 ? hex : `0${hex}`;
      };
      const until = stamp(now + 300 * 24 * HOUR);
      put(
        file('index.txt'),
        `V\t${until}\t\t${serial(good)}\tunknown\t/CN=a.test\n` +
          `R\t${until}\t${stamp(now - HOUR)},keyCompromise\t${serial(revoked)}\tunknown\t/CN=b.test\n`,
      );

      test('our lists, judged by openssl verify', () => {
        const judge = (crl: string, leaf: string): string => {
          put(file('ours.crl'), crl);
          const { code, text } = openssl(
            ...[
              'verify',
              '-crl_check',
              '-CAfile',
              file('root.pem'),
              '-CRLfile',
              file('ours.crl'),
              file(leaf),
            ],
          );
          return code === 0 ? 'good' : (/error \d+ at \d+ depth lookup: (.*)/.exec(text)?.[1] ?? text);
        };
        assert.equal(judge(list(), 'good.pem'), 'good');
        assert.equal(judge(list(), 'revoked.pem'), 'certificate revoked');
        assert.equal(judge(list({ nextUpdate: now - 1000 }), 'good.pem'), 'CRL has expired');
        assert.equal(
          judge(list({ thisUpdate: now + HOUR, nextUpdate: now + 2 * HOUR }), 'good.pem'),
          'CRL is not yet valid',
        );
        assert.equal(judge(list({ signingKey: responder.key }), 'good.pem'), 'CRL signature failure');
        assert.equal(judge(list({ scope: { only: 'user' } }), 'good.pem'), 'good');
        assert.equal(judge(list({ scope: { only: 'ca' } }), 'good.pem'), 'different CRL scope');
      });

      test('the lists of openssl ca, judged by us', () => {
        put(
          file('ca.cnf'),
          `[ca]\ndefault_ca = it\n[it]\ndatabase = ${file('index.txt')}\ncrlnumber = ${put(file('number'), '07\n')}\n` +
            'default_md = default\ndefault_crl_days = 1\ncrl_extensions = ext\n[ext]\nauthorityKeyIdentifier = keyid\n',
        );
        const made = openssl(
          ...[
            'ca',
            '-gencrl',
            '-config',
            file('ca.cnf'),
            '-cert',
            file('root.pem'),
            '-keyfile',
            file('root.key'),
          ],
          ...['-out', file('theirs.crl')],
        );
        assert.equal(made.code, 0, made.text);
        const crls = parseCrls(readFileSync(join(folder, file('theirs.crl')), 'latin1'));
        assert.equal(crls[0]?.revokedCount, 1);
        assert.equal(ours(good, { crls }), undefined);
        assert.equal(ours(revoked, { crls }), 'CERT_REVOKED');
      });

      for (const by of ['root', 'responder'] as const) {
        test(`the responses of openssl ocsp signed by the ${by}, judged by us`, () => {
          for (const [name, leaf, verdict] of [
            ['good', good, undefined],
            ['revoked', revoked, 'CERT_REVOKED'],
            ['unknown', unknown, 'OCSP_CERT_UNKNOWN'],
          ] as const) {
            const request = ['ocsp', '-issuer', file('root.pem'), '-cert', file(`${name}.pem`)];
            const asked = openssl(...request, '-no_nonce', '-reqout', file('request.der'));
            assert.equal(asked.code, 0, asked.text);
            const answered = openssl(
              ...[
                'ocsp',
                '-index',
                file('index.txt'),
                '-CA',
                file('root.pem'),
                '-reqin',
                file('request.der'),
              ],
              ...[
                '-rsigner',
                file(`${by}.pem`),
                '-rkey',
                file(`${by}.key`),
                '-ndays',
                '1',
                '-respout',
                file('response.der'),
              ],
            );
            assert.equal(answered.code, 0, answered.text);
            const response = parseOcspResponse(readFileSync(join(folder, file('response.der'))));
            assert.equal(ours(leaf, { ocspResponses: [response] }), verdict, name);
          }
        });

        test(`our responses signed by the ${by}, judged by openssl ocsp`, () => {
          const signer = by === 'root' ? root : responder;
          for (const [name, leaf, status] of [
            ['good', good, { kind: 'good' }],
            ['revoked', revoked, { kind: 'revoked', revokedAt: now - HOUR, reason: 'superseded' }],
            ['unknown', unknown, { kind: 'unknown' }],
          ] as const) {
            put(
              file('ours.der'),
              createOcspResponse({
                answers: [
                  {
                    certificate: leaf.certificate,
                    issuer: root.certificate,
                    status,
                    thisUpdate: now - HOUR,
                    nextUpdate: now + HOUR,
                  },
                ],
                responder: signer.certificate,
                signingKey: signer.key,
                random,
                producedAt: now - HOUR,
              }),
            );
            const { code, text } = openssl(
              ...[
                'ocsp',
                '-respin',
                file('ours.der'),
                '-issuer',
                file('root.pem'),
                '-cert',
                file(`${name}.pem`),
              ],
              ...['-CAfile', file('root.pem'), '-no_nonce'],
            );
            assert.equal(code, 0, text);
            assert.match(text, /Response verify OK/);
            assert.match(text, new RegExp(`${name}\\.pem: ${name}`));
          }
        });
      }
    });
  }
});
