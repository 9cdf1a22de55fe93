/**
 * What a hostile chain may cost. Whoever has one certificate that a trusted CA issued can hang any number of
 * certificates below it: the paths through them are complete, if not valid, and all of them used to be judged in full.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Certificate,
  createCertificate,
  type GeneralName,
  type Issued,
  parseCertificate,
  publicKeyOf,
} from '../../src/x509.ts';
import { assertAccepted, assertRefused, DAY, NOW, random, root, spareKey, verify } from './kit.ts';

const LAYERS = 6;

/** Below a leaf used as a CA, layers of two certificates for the same name and key each: 2^6 paths to the root. */
function tangle(foot: Issued, subject: string, nameConstraints: object | undefined): Certificate[] {
  const made: Certificate[] = [];
  let issuer = foot.certificate;
  for (let layer = 0; layer < LAYERS; layer++) {
    const last = layer === LAYERS - 1;
    for (let i = 0; i < 2; i++) {
      const der = createCertificate({
        random,
        subject: last ? subject : `OU=${layer}`,
        issuer,
        // One key for all: in a name's certificates only names and keys together make an entity.
        publicKey: publicKeyOf(foot.key),
        signingKey: foot.key,
        notBefore: NOW - DAY,
        notAfter: NOW + DAY,
        isCA: true,
        ...(last && nameConstraints !== undefined ? { nameConstraints } : {}),
      });
      made.push(parseCertificate(der));
    }
    issuer = made[made.length - 1] ?? issuer;
  }
  return made;
}

function leafBelow(issuer: Certificate | undefined, names: readonly string[]): Certificate {
  const der = createCertificate({
    random,
    subject: 'CN=leaf',
    issuer: issuer ?? '',
    publicKey: publicKeyOf(spareKey),
    signingKey: spareKey,
    notBefore: NOW - DAY,
    notAfter: NOW + DAY,
    subjectAltNames: names,
  });
  return parseCertificate(der);
}

/** The same certificate, which counts how often its alternative names are asked for. */
function counted(certificate: Certificate): { readonly watched: Certificate; reads(): number } {
  let reads = 0;
  const watched = Object.defineProperty({ ...certificate }, 'subjectAltName', {
    get: (): readonly GeneralName[] | undefined => {
      reads++;
      return certificate.subjectAltName;
    },
  });
  return { watched, reads: () => reads };
}

test('name constraints are judged on the one path that is told of, not on every bad one', () => {
  const foot = root.issue({ key: spareKey, names: ['attacker.example'] });
  const cas = tangle(foot, 'CN=constrained', { permitted: ['DNS:b'] });
  const { watched, reads } = counted(leafBelow(cas.at(-1), ['a.b']));
  const error = assertRefused(verify([watched, ...cas, foot.certificate]), 'INVALID_CA');
  assert.match(error.message, /not a CA/);
  assert.equal(reads(), 1);
});

test('a leaf and a CA are held against each other once, however many sound paths join them', () => {
  const ca = root.intermediate({ key: spareKey, subject: 'CN=top', pathLen: 0 });
  const cas = tangle(ca, 'CN=constrained', { permitted: ['DNS:b'] });
  const { watched, reads } = counted(leafBelow(cas.at(-1), ['a.c']));
  assertRefused(verify([watched, ...cas, ca.certificate]), 'PERMITTED_VIOLATION');
  assert.ok(reads() <= 2, `${reads()} comparisons with two certificates that have constraints`);
});

test('names cost nothing beside constraints of another kind', () => {
  const ca = root.intermediate({
    key: spareKey,
    nameConstraints: { excluded: Array.from({ length: 300 }, (_, i) => `email:h${i}.example`) },
  });
  let reads = 0;
  const leaf = ca.issue({ key: spareKey, names: Array.from({ length: 300 }, (_, i) => `h${i}.example`) });
  const constraints = ca.certificate.known.nameConstraints;
  assert.ok(constraints !== undefined);
  const watchedNames = constraints.excluded.map((name) =>
    Object.defineProperty({ ...name }, 'kind', {
      get: () => {
        reads++;
        return name.kind;
      },
    }),
  );
  const watched: Certificate = {
    ...ca.certificate,
    known: { ...ca.certificate.known, nameConstraints: { permitted: [], excluded: watchedNames } },
  };
  assertAccepted(verify([leaf.certificate, watched]));
  assert.ok(reads < 3000, `${reads} looks at 300 constraints`);
});

test('a subject is put into words once, however many errors name it', () => {
  let reads = 0;
  const ca = root.intermediate({ key: spareKey, subject: 'CN=wordy', omit: ['2.5.29.19'] });
  const { subject } = ca.certificate;
  Object.defineProperty(subject, 'rdns', {
    value: new Proxy([...subject.rdns], {
      get: (target, property, receiver) => {
        if (property === 'length') reads++;
        return Reflect.get(target, property, receiver);
      },
    }),
  });
  subject.toString();
  const once = reads;
  subject.toString();
  assert.equal(reads, once);
});
