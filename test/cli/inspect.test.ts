import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { concatBytes } from '../../src/bytes/bytes.ts';
import { toHex } from '../../src/bytes/encoding.ts';
import { clientHello, SAMPLES } from '../study/samples.ts';
import { inProcess, makePki, Workspace } from './support.ts';

const workspace = new Workspace();
const pki = makePki(workspace);
after(() => workspace.remove());

const record = (type: number, content: Uint8Array): Uint8Array =>
  concatBytes(Uint8Array.of(type, 3, 3, content.length >> 8, content.length & 255), content);

async function inspected(name: string, content: string | Uint8Array): Promise<string> {
  const { code, stdout, stderr } = await inProcess(['inspect', workspace.write(name, content)]);
  assert.equal(code, 0, stderr);
  return stdout.toString();
}

describe('inspect', () => {
  it('certificates', async () =>
    assert.match(await inspected('a.pem', pki.certPem), /^subject: +CN=localhost/));

  it('private keys, without their secret', async () => {
    assert.equal(await inspected('a.key', pki.keyPem), 'private key, EC P-256\n');
  });

  it('a file with both', async () => {
    assert.match(
      await inspected('both.pem', pki.certPem + pki.keyPem),
      /SHA-256:[0-9a-f\s]*\n\nprivate key, EC P-256\n$/,
    );
  });

  it('DER, and hex of it', async () => {
    const der = Buffer.from(pki.certPem.replace(/-----[^-]+-----/g, ''), 'base64');
    const expected = await inspected('a.pem', pki.certPem);
    assert.equal(await inspected('a.der', der), expected);
    assert.equal(await inspected('a.hex', der.toString('hex').replace(/.{32}/g, '$&\n')), expected);
  });

  for (const [name, raw] of SAMPLES) {
    it(`a handshake message: ${name}`, async () => {
      assert.match(await inspected('message', raw), new RegExp(`^── ${name} `));
      assert.match(await inspected('message.hex', toHex(raw)), new RegExp(`^── ${name} `));
    });
  }

  it('records: hellos split over two, an alert, and what is encrypted', async () => {
    const wire = concatBytes(
      record(22, clientHello.subarray(0, 100)),
      record(22, clientHello.subarray(100)),
      record(20, Uint8Array.of(1)),
      record(23, new Uint8Array(40)),
      record(21, Uint8Array.of(2, 40)),
    );
    const text = await inspected('wire', wire);
    assert.match(text, /── ClientHello/);
    assert.match(text, /alert handshake_failure \(fatal\)/);
    assert.match(text, /record received: application_data, 40 bytes/);
    assert.match(await inspected('cut', wire.subarray(0, 50)), /unfinished record, 50 bytes/);
    assert.match(
      await inspected('part', record(22, clientHello.subarray(0, 50))),
      /unfinished handshake message, 50 bytes/,
    );
  });

  it('as JSON', async () => {
    const { stdout } = await inProcess(['inspect', '--json', workspace.write('m', clientHello)]);
    const [finding] = JSON.parse(stdout.toString()) as {
      kind: string;
      trace: { entries: { message: string }[] };
    }[];
    assert.deepEqual([finding?.kind, finding?.trace.entries[0]?.message], ['trace', 'ClientHello']);
  });

  const refused: readonly (readonly [string, string | Uint8Array])[] = [
    ['text', 'hello world\n'],
    ['nothing', ''],
    ['noise', Uint8Array.from([0xff, 0xfe, 0xfd])],
    ['DER that is none of them', Uint8Array.from([0x30, 0x03, 0x02, 0x01, 0x05])],
    ['broken PEM', '-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n'],
    [
      'records that stop being records',
      concatBytes(record(21, Uint8Array.of(2, 40)), Uint8Array.of(9, 9, 9, 9, 9, 9)),
    ],
    ['an alert of three bytes', record(21, Uint8Array.of(2, 40, 0))],
  ];
  for (const [name, content] of refused) {
    it(`refuses ${name}`, async () => {
      const { code, stderr, stdout } = await inProcess(['inspect', workspace.write('bad', content)]);
      assert.equal(code, 1, stderr);
      assert.match(stderr, /^puretls: inspect .*bad/);
      assert.equal(stdout.length, 0);
    });
  }
});
