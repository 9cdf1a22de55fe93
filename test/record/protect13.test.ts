/** Records of RFC 8448 section 3 under a real AEAD, both ways, and every suite of the provider against itself. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fromHex, toHex } from '../../src/bytes/encoding.ts';
import { Secret } from '../../src/bytes/secret.ts';
import { aes128Gcm, aes256Gcm } from '../../src/crypto/noble/aes-gcm.ts';
import { chacha20Poly1305 } from '../../src/crypto/noble/chacha20-poly1305.ts';
import { sealAll } from '../../src/record/fragmenter.ts';
import { ReadHalf, WriteHalf } from '../../src/record/half.ts';
import { ContentType } from '../../src/wire/registry.ts';
import { pattern, proof, rejects, secretOf, suiteWith, viewOf } from './support.ts';

const CLIENT = '9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5';
const SERVER = 'a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643';
const FIFTY = Uint8Array.from({ length: 50 }, (_, i) => i);
const CLOSE_NOTIFY = Uint8Array.of(1, 0);

const CLIENT_DATA =
  '1703030043a23f7054b62c94d0affafe8228ba55cbefacea42f914aa66bcab3f2b9819a8a5b46b395bd54a9a20441e2b62974e1f5a6292a2977014bd1e3deae63aeebb21694915e4';
const SERVER_DATA =
  '17030300432e937e11ef4ac740e538ad36005fc4a46932fc3225d05f82aa1b36e30efaf97d90e6dffc602dcb501a59a8fcc49c4bf2e5f0a21c0047c2abf332540dd032e167c2955d';
const SERVER_CLOSE = '1703030013b58fd67166ebf599d24720cfbe7efa7a8864a9';
const CLIENT_CLOSE = '1703030013c9872760655666b74d7ff1153efd6db6d0b0e3';

describe('RFC 8448 3', () => {
  test('the client seals its data and its close_notify', () => {
    const half = new WriteHalf();
    half.install(suiteWith(aes128Gcm), new Secret(fromHex(CLIENT)));
    assert.equal(toHex(sealAll(half, ContentType.application_data, FIFTY)), CLIENT_DATA);
    assert.equal(toHex(sealAll(half, ContentType.alert, CLOSE_NOTIFY)), CLIENT_CLOSE);
  });

  test('the server opens them', () => {
    const half = new ReadHalf();
    half.install(suiteWith(aes128Gcm), new Secret(fromHex(CLIENT)), proof());
    const data = half.open(viewOf(fromHex(CLIENT_DATA)));
    assert.equal(data.type, ContentType.application_data);
    assert.deepEqual(data.content, FIFTY);
    const close = half.open(viewOf(fromHex(CLIENT_CLOSE)));
    assert.equal(close.type, ContentType.alert);
    assert.deepEqual(close.content, CLOSE_NOTIFY);
  });

  test('the server seals its own, after the ticket that took number 0', () => {
    const half = new WriteHalf();
    half.install(suiteWith(aes128Gcm), new Secret(fromHex(SERVER)));
    sealAll(half, ContentType.handshake, FIFTY);
    assert.equal(toHex(sealAll(half, ContentType.application_data, FIFTY)), SERVER_DATA);
    assert.equal(toHex(sealAll(half, ContentType.alert, CLOSE_NOTIFY)), SERVER_CLOSE);
  });

  test('not in another order, nor under the other secret', () => {
    const half = new ReadHalf();
    half.install(suiteWith(aes128Gcm), new Secret(fromHex(CLIENT)), proof());
    rejects(() => half.open(viewOf(fromHex(CLIENT_CLOSE))), 'bad_record_mac');
    half.install(suiteWith(aes128Gcm), new Secret(fromHex(SERVER)), proof());
    rejects(() => half.open(viewOf(fromHex(CLIENT_DATA))), 'bad_record_mac');
  });
});

describe('every AEAD', () => {
  for (const aead of [aes128Gcm, aes256Gcm, chacha20Poly1305]) {
    test(`${aead.name}: edges come back, changes do not`, () => {
      const suite = suiteWith(aead);
      const write = new WriteHalf();
      const read = new ReadHalf();
      write.install(suite, secretOf(7));
      read.install(suite, secretOf(7), proof());
      for (const length of [1, 15, 16, 17, 255, 16384]) {
        const record = sealAll(write, ContentType.application_data, pattern(length));
        for (const at of [3, 4, 5, record.length - 17, record.length - 1]) {
          const forged = record.slice();
          forged[at] = (forged[at] ?? 0) ^ 0x40;
          assert.equal(read.tryOpen(viewOf(forged)), undefined, `byte ${at} of ${length}`);
        }
        assert.deepEqual(read.open(viewOf(record)).content, pattern(length));
      }
      for (const length of [0, 1, 15, 16, 17]) {
        assert.equal(read.tryOpen(viewOf(Uint8Array.of(23, 3, 3, 0, length, ...pattern(length)))), undefined);
      }
    });
  }
});
