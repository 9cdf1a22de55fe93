import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toHex } from '../../src/bytes/encoding.ts';
import type { TraceEvent } from '../../src/engine/event.ts';
import { KEY_LOG_LABELS } from '../../src/key-schedule/key-log.ts';
import { secretNote } from '../../src/study/notes.ts';
import { renderTraceLadder, renderTraceText, TRACE_FORMAT, TraceRecorder } from '../../src/study.ts';
import { AlertDescription, AlertLevel, ContentType } from '../../src/wire/registry.ts';
import { CLIENT_RANDOM, clientHello, filled, SAMPLES, SAMPLES_12, serverHello } from './samples.ts';

const EVENTS: readonly TraceEvent[] = [
  { kind: 'state', name: 'ExpectServerHello' },
  { kind: 'message', direction: 'out', raw: clientHello, protection: 'plaintext' },
  {
    kind: 'record',
    direction: 'out',
    type: ContentType.handshake,
    length: clientHello.length,
    protection: 'plaintext',
  },
  { kind: 'message', direction: 'in', raw: serverHello, protection: 'plaintext' },
  { kind: 'transcript', hash: filled(32, 0x77) },
  { kind: 'secret', label: 'CLIENT_HANDSHAKE_TRAFFIC_SECRET', secret: filled(32, 0xab) },
  { kind: 'change_cipher_spec', direction: 'in' },
  {
    kind: 'alert',
    direction: 'out',
    level: AlertLevel.fatal,
    description: AlertDescription.unknown_ca,
  },
];

function recorded(events: readonly TraceEvent[], maxEntries?: number): TraceRecorder {
  const recorder = new TraceRecorder(maxEntries === undefined ? {} : { maxEntries });
  for (const event of events) recorder.listener(event);
  return recorder;
}

describe('TraceRecorder', () => {
  it('keeps every event, in order, as plain data', () => {
    const document = recorded(EVENTS).document();
    assert.equal(document.format, TRACE_FORMAT);
    assert.deepEqual(
      document.entries.map((entry) => entry.kind),
      EVENTS.map((event) => event.kind),
    );
    assert.deepEqual(JSON.parse(JSON.stringify(document)), document);
  });

  it('counts messages and says which way they went', () => {
    const messages = recorded(EVENTS)
      .document()
      .entries.filter((entry) => entry.kind === 'message');
    assert.deepEqual(
      messages.map(({ index, direction, message }) => [index, direction, message]),
      [
        [0, 'sent', 'ClientHello'],
        [1, 'received', 'ServerHello'],
      ],
    );
  });

  it('copies what it is shown', () => {
    const secret = filled(32, 0xab);
    const raw = clientHello.slice();
    const recorder = recorded([
      { kind: 'message', direction: 'out', raw, protection: 'plaintext' },
      { kind: 'secret', label: 'EXPORTER_SECRET', secret },
    ]);
    const before = JSON.stringify(recorder.document());
    secret.fill(0);
    raw.fill(0);
    assert.equal(JSON.stringify(recorder.document()), before);
  });

  it('makes key-log lines with the first ClientHello random', () => {
    const [line, ...more] = recorded(EVENTS).document().keyLog;
    const secret = toHex(filled(32, 0xab));
    assert.equal(line, `CLIENT_HANDSHAKE_TRAFFIC_SECRET ${toHex(CLIENT_RANDOM)} ${secret}`);
    assert.deepEqual(more, []);
  });

  it('has no key-log lines before a ClientHello', () => {
    const secret: TraceEvent = { kind: 'secret', label: 'EXPORTER_SECRET', secret: filled(32, 1) };
    assert.deepEqual(recorded([secret]).document().keyLog, []);
    const short: TraceEvent = {
      kind: 'message',
      direction: 'out',
      raw: clientHello.subarray(0, 37),
      protection: 'plaintext',
    };
    assert.deepEqual(recorded([short, secret]).document().keyLog, []);
  });

  it('gives the same document for the same events', () => {
    assert.deepEqual(recorded(EVENTS).document(), recorded(EVENTS).document());
  });

  it('counts what comes after its limit, but keeps the secrets', () => {
    const document = recorded(EVENTS, 3).document();
    assert.equal(document.entries.length, 3);
    assert.equal(document.dropped, EVENTS.length - 3);
    assert.equal(document.keyLog.length, 1);
    assert.match(renderTraceText(document), /5 further entries were not kept/);
  });

  it('gives a snapshot: later events do not change it', () => {
    const recorder = recorded(EVENTS.slice(0, 2));
    const document = recorder.document();
    recorder.listener({ kind: 'state', name: 'later' });
    assert.equal(document.entries.length, 2);
  });

  it('reads messages as of the version that the ServerHello chose', () => {
    const oldHello = SAMPLES_12.get('ServerHello') ?? serverHello;
    const certificate = SAMPLES_12.get('Certificate') ?? serverHello;
    const message = (raw: Uint8Array): TraceEvent => ({
      kind: 'message',
      direction: 'in',
      raw,
      protection: 'plaintext',
    });
    const ccs: TraceEvent = { kind: 'change_cipher_spec', direction: 'in' };
    const errors = (events: readonly TraceEvent[]): (string | undefined)[] =>
      recorded(events)
        .document()
        .entries.map((entry) => (entry.kind === 'message' ? entry.error?.code : undefined));
    assert.deepEqual(errors([message(oldHello), message(certificate)]), [undefined, undefined]);
    assert.notEqual(errors([message(serverHello), message(certificate)])[1], undefined);
    const notes = [oldHello, serverHello].map((hello) =>
      renderTraceText(recorded([message(hello), ccs]).document()),
    );
    assert.match(notes[0] ?? '', /change_cipher_spec received: The sender's records are protected/);
    assert.match(notes[1] ?? '', /change_cipher_spec received: Means nothing in TLS 1\.3/);
  });

  it('explains every secret there is', () => {
    for (const label of KEY_LOG_LABELS) assert.ok(secretNote(label), label);
  });
});

/** The bytes that stand in a rendering's columns, joined. */
function bytesShown(text: string): string {
  return [...text.matchAll(/^ {2}[0-9a-f]{4,} {2}((?:[0-9a-f]{2} ?)+)/gm)]
    .map((match) => (match[1] ?? '').replaceAll(' ', ''))
    .join('');
}

describe('renderTraceText', () => {
  const all = recorded(
    [...SAMPLES.values()].map((raw) => ({ kind: 'message', direction: 'in', raw, protection: 'plaintext' })),
  ).document();

  it('shows every byte of every message once', () => {
    const expected = [...SAMPLES.values()].map(toHex).join('');
    assert.equal(bytesShown(renderTraceText(all)), expected);
  });

  it('shows secrets and transcript hashes', () => {
    const text = renderTraceText(recorded(EVENTS).document());
    assert.ok(text.includes(`secret CLIENT_HANDSHAKE_TRAFFIC_SECRET  ${'ab'.repeat(32)}`));
    assert.ok(text.includes(`transcript hash  ${'77'.repeat(32)}`));
    assert.match(text, /alert unknown_ca \(fatal\) {2}sent/);
  });

  it('leaves out notes, asides and long bytes when asked to', () => {
    const document = recorded(EVENTS).document();
    const text = renderTraceText(document, { notes: false, asides: false, maxLeafBytes: 8 });
    assert.ok(!text.includes('#') && !text.includes('RFC '));
    assert.ok(!text.includes('ExpectServerHello') && !text.includes('record '));
    assert.match(text, /\.\.\. 24 bytes more/);
    assert.ok(text.length < renderTraceText(document).length);
  });

  it('paints pieces that hold no line end', () => {
    const text = renderTraceText(all, {
      paint: (style, piece) => {
        assert.ok(!piece.includes('\n'));
        return `<${style}>${piece}</${style}>`;
      },
    });
    assert.ok(text.includes('<name>random</name>'));
    assert.equal(text.replaceAll(/<\/?[a-z]+>/g, ''), renderTraceText(all));
  });

  it('renders an empty trace as an empty line', () => {
    assert.equal(renderTraceText(recorded([]).document()), '\n');
  });
});

describe('renderTraceLadder', () => {
  it('has a rung for each message and alert', () => {
    const lines = renderTraceLadder(recorded(EVENTS).document()).trimEnd().split('\n');
    assert.equal(lines.length, 5);
    assert.match(lines[0] ?? '', /^ {2}ClientHello {2}\d+ bytes +──▶$/);
    assert.match(lines[1] ?? '', /^ +◀── {2}ServerHello {2}\d+ bytes$/);
    assert.match(lines[3] ?? '', /alert unknown_ca \(fatal\) +──▶$/);
  });
});
