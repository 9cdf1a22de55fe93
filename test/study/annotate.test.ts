import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { toHex } from '../../src/bytes/encoding.ts';
import { FIELD_NOTE_KEYS, fieldNote } from '../../src/study/notes.ts';
import {
  type Annotation,
  annotateHandshake,
  leavesOf,
  type TraceField,
  type TraceLeaf,
} from '../../src/study.ts';
import { HandshakeType } from '../../src/wire/registry.ts';
import { clientHello, filled, SAMPLES, SAMPLES_12, SAMPLES_PSK } from './samples.ts';

/** Each byte belongs to exactly one leaf, in order, and groups span exactly their children. */
function assertTiles(raw: Uint8Array, annotation: Annotation): void {
  const leaves = leavesOf(annotation.fields);
  let at = 0;
  for (const leaf of leaves) {
    assert.equal(leaf.start, at, leaf.path);
    assert.ok(leaf.end > leaf.start, `${leaf.path} is empty`);
    assert.equal(leaf.hex, toHex(raw.subarray(leaf.start, leaf.end)), leaf.path);
    at = leaf.end;
  }
  assert.equal(at, raw.length);
  for (const field of annotation.fields) assertSpans(field);
}

function assertSpans(field: TraceField): void {
  if (!('fields' in field)) return;
  let at = field.start;
  for (const child of field.fields) {
    assert.equal(child.start, at, child.path);
    assertSpans(child);
    at = child.end;
  }
  assert.equal(field.end, at, field.path);
}

function leafAt(annotation: Annotation, path: string): TraceLeaf {
  const leaf = leavesOf(annotation.fields).find((one) => one.path === path);
  assert.ok(leaf, `no leaf ${path}`);
  return leaf;
}

const ALL = [
  ...[...SAMPLES].map(([name, raw]) => ({ name, raw, version: 'tls13' as const })),
  ...[...SAMPLES_12].map(([name, raw]) => ({ name, raw, version: 'tls12' as const })),
  ...[...SAMPLES_PSK].map(([name, raw]) => ({ name, raw, version: 'tls12_psk' as const })),
];

describe('an annotated message', () => {
  for (const { name, raw, version } of ALL) {
    it(`${version} ${name}: every byte stands in one named leaf`, () => {
      const annotation = annotateHandshake(raw, version);
      assert.equal(annotation.message, name);
      assert.equal(annotation.error, undefined);
      assert.equal(annotation.length, raw.length);
      assertTiles(raw, annotation);
      const names = leavesOf(annotation.fields).map((leaf) => leaf.name);
      assert.ok(!names.includes('unread') && !names.includes('undecoded'), names.join(' '));
      assert.deepEqual(names.slice(0, 2), ['msg_type', 'length']);
      assert.ok(annotation.note, 'has a note');
    });
  }

  it('names fields by their path, with values and registry names', () => {
    const annotation = annotateHandshake(clientHello);
    const suite = leafAt(annotation, 'ClientHello.cipher_suites[0]');
    assert.deepEqual([suite.hex, suite.value, suite.label], ['1301', 0x1301, 'TLS_AES_128_GCM_SHA256']);
    assert.equal(leafAt(annotation, 'ClientHello.cipher_suites[1]').label, 'GREASE(0x1a1a)');
    const group = leafAt(annotation, 'ClientHello.extensions[11].key_share.client_shares[0].group');
    assert.equal(group.label, 'x25519');
    assert.equal(leafAt(annotation, 'ClientHello.extensions[0].extension_type').label, 'GREASE(0x2a2a)');
  });

  it('puts names into words, but nothing that could move a cursor', () => {
    const annotation = annotateHandshake(clientHello);
    const host = leafAt(annotation, 'ClientHello.extensions[1].server_name.server_name_list.host_name');
    assert.equal(host.text, '"example.com"');
    const alpn = 'ClientHello.extensions[10].application_layer_protocol_negotiation.protocol_name_list';
    assert.equal(leafAt(annotation, `${alpn}[0].protocol_name`).text, '"h2"');
    assert.equal(leafAt(annotation, `${alpn}[1].protocol_name`).text, undefined);
    const authorities = 'ClientHello.extensions[6].certificate_authorities.authorities';
    assert.equal(leafAt(annotation, `${authorities}[0].distinguished_name`).text, 'CN=Root');
    assert.match(leafAt(annotation, `${authorities}[1].distinguished_name`).text ?? '', /^unreadable: /);
  });

  it('tells a HelloRetryRequest from a ServerHello by its random', () => {
    const raw = SAMPLES.get('HelloRetryRequest') ?? filled(0, 0);
    const random = leafAt(annotateHandshake(raw), 'HelloRetryRequest.random');
    assert.match(random.text ?? '', /HelloRetryRequest/);
    const changed = raw.slice();
    changed[10] = (changed[10] ?? 0) ^ 1;
    assert.equal(annotateHandshake(changed).message, 'ServerHello');
  });

  it('names types that are not decoded', () => {
    const raw = Uint8Array.of(HandshakeType.certificate_url, 0, 0, 2, 9, 9);
    const annotation = annotateHandshake(raw);
    assert.equal(annotation.message, 'certificate_url');
    assert.equal(annotation.error, undefined);
    assertTiles(raw, annotation);
    assert.equal(annotateHandshake(Uint8Array.of(99, 0, 0, 0)).message, 'unknown(0x63)');
  });
});

describe('a message that does not decode', () => {
  it('keeps what was understood, names the rest undecoded and says why', () => {
    const raw = clientHello.slice();
    // The length of the cipher suites becomes odd.
    raw[72] = 3;
    const annotation = annotateHandshake(raw);
    assert.equal(annotation.error?.code, 'TLS_LENGTH_OUT_OF_RANGE');
    assert.match(annotation.error?.message ?? '', /ClientHello\.cipher_suites/);
    assertTiles(raw, annotation);
    const names = leavesOf(annotation.fields).map((leaf) => leaf.name);
    assert.ok(names.includes('random'));
    assert.equal(names.at(-1), 'undecoded');
  });

  it('is taken apart as far as it goes at every length', () => {
    for (const { raw, version } of ALL) {
      for (let length = 0; length < raw.length; length++) {
        const cut = raw.subarray(0, length);
        const annotation = annotateHandshake(cut, version);
        assert.notEqual(annotation.error, undefined);
        assertTiles(cut, annotation);
      }
    }
  });

  it('never throws and never loses a byte, whatever the bytes', () => {
    const samples = ALL.map(({ raw }) => raw);
    const mutated = fc
      .tuple(fc.constantFrom(...samples), fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }))))
      .map(([raw, changes]) => {
        const copy = raw.slice();
        for (const [at, byte] of changes) copy[at % copy.length] = byte;
        return copy;
      });
    fc.assert(
      fc.property(
        fc.oneof(mutated, fc.uint8Array({ maxLength: 80 })),
        fc.constantFrom('tls13' as const, 'tls12' as const, 'tls12_psk' as const),
        (raw, version) => assertTiles(raw, annotateHandshake(raw, version)),
      ),
      { numRuns: 1500 },
    );
  });
});

describe('notes', () => {
  it('each belongs to a field that exists', () => {
    const paths = ALL.map(({ raw, version }) => annotateHandshake(raw, version)).flatMap((annotation) =>
      pathsOf(annotation.fields),
    );
    const plain = paths.map((path) => path.replace(/\[\d+\]/g, ''));
    for (const key of FIELD_NOTE_KEYS) {
      const used = plain.some((path) => path === key || path.endsWith(`.${key}`));
      assert.ok(used, `${key} names no field`);
    }
  });

  it('the longest key that fits wins, and items of a list have none', () => {
    assert.match(fieldNote('ServerHello.random', 'tls13') ?? '', /downgrade/);
    assert.match(fieldNote('ClientHello.random', 'tls13') ?? '', /key logs/);
    assert.equal(fieldNote('ClientHello.cipher_suites[3]', 'tls13'), undefined);
    assert.equal(fieldNote('ClientHello.nothing', 'tls12'), undefined);
  });

  it('of TLS 1.2 cite its own RFCs', () => {
    for (const path of ['ServerHello.legacy_version', 'Finished.verify_data', 'NewSessionTicket.ticket']) {
      assert.match(fieldNote(path, 'tls12') ?? '', /RFC 5\d\d\d/, path);
      assert.match(fieldNote(path, 'tls13') ?? '', /RFC 8446/, path);
    }
    const text = JSON.stringify(
      [...SAMPLES_12.values()].slice(1).map((raw) => annotateHandshake(raw, 'tls12')),
    );
    assert.doesNotMatch(text, /Means nothing in TLS 1\.3|RFC 8446 4\.4/);
  });
});

function pathsOf(fields: readonly TraceField[]): string[] {
  return fields.flatMap((field) => [field.path, ...('fields' in field ? pathsOf(field.fields) : [])]);
}
