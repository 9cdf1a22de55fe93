import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, describe, it } from 'node:test';
import { leavesOf, type TraceDocument } from '../../src/study.ts';
import { echo, tcpServer, tlsServer } from './peers.ts';
import { inProcess, makePki, Workspace } from './support.ts';

const workspace = new Workspace();
const pki = makePki(workspace);
const server = await tlsServer(pki, echo);
after(() => {
  server.close();
  workspace.remove();
});
const target = `localhost:${server.port}`;

type Traced = TraceDocument & {
  negotiated: { verified: boolean };
  error?: { exitCode: number; code: string };
};

async function traced(
  ...options: string[]
): Promise<{ document: Traced; code: number | null; stderr: string }> {
  const { code, stdout, stderr } = await inProcess(['trace', '--json', ...options]);
  return { document: JSON.parse(stdout.toString()) as Traced, code, stderr };
}

const names = (document: TraceDocument): string[] =>
  document.entries.flatMap((entry) =>
    entry.kind === 'message' ? [`${entry.direction} ${entry.message}`] : [],
  );

describe('trace --json', () => {
  it('has every message, tickets included, each byte named', async () => {
    const { document, code } = await traced('--ca', pki.ca, target);
    assert.equal(code, 0);
    assert.equal(document.format, 'puretls-trace/1');
    assert.deepEqual(names(document), [
      'sent ClientHello',
      'received ServerHello',
      'received EncryptedExtensions',
      'received Certificate',
      'received CertificateVerify',
      'received Finished',
      'sent Finished',
      'received NewSessionTicket',
      'received NewSessionTicket',
    ]);
    for (const entry of document.entries) {
      if (entry.kind !== 'message') continue;
      assert.equal(
        leavesOf(entry.fields)
          .map((leaf) => leaf.hex)
          .join(''),
        entry.hex,
      );
    }
    assert.equal(document.negotiated.verified, true);
  });

  it("has the secrets of OpenSSL's own key log", async () => {
    const before = server.keyLog.length;
    const { document } = await traced('--ca', pki.ca, target);
    const theirs = server.keyLog.slice(before);
    assert.ok(theirs.length >= 5);
    for (const line of theirs) assert.ok(document.keyLog.includes(line), line.split(' ')[0]);
  });

  it('of TLS 1.2 reads its messages as what they are', async () => {
    const { document, code } = await traced('--ca', pki.ca, '--max-version', '1.2', target);
    assert.equal(code, 0);
    assert.deepEqual(names(document).slice(0, 7), [
      'sent ClientHello',
      'received ServerHello',
      'received Certificate',
      'received ServerKeyExchange',
      'received ServerHelloDone',
      'sent ClientKeyExchange',
      'sent Finished',
    ]);
    for (const entry of document.entries) if (entry.kind === 'message') assert.equal(entry.error, undefined);
    assert.match(document.keyLog[0] ?? '', /^CLIENT_RANDOM /);
    assert.ok(server.keyLog.includes(document.keyLog[0] ?? ''));
  });

  it('of a certificate that is refused goes up to the alert: 4', async () => {
    const { document, code } = await traced('--ca', pki.otherCa, target);
    assert.equal(code, 4);
    assert.ok(names(document).includes('received CertificateVerify'));
    assert.ok(document.entries.some((entry) => entry.kind === 'alert' && entry.direction === 'sent'));
    assert.equal(document.error?.exitCode, 4);
  });

  it('of a handshake that the server ends: 3', async () => {
    const strict = await tlsServer(pki, echo, { ALPNProtocols: ['other'] });
    const { document, code } = await traced('--ca', pki.ca, '--alpn', 'h9', `localhost:${strict.port}`);
    strict.close();
    assert.equal(code, 3);
    assert.deepEqual(names(document), ['sent ClientHello']);
    const last = document.entries.findLast((entry) => entry.kind === 'alert');
    assert.deepEqual(last, {
      kind: 'alert',
      direction: 'received',
      level: 'fatal',
      description: 'no_application_protocol',
    });
  });

  it('of a server that ends the connection: 2', async () => {
    const gone = await tcpServer((socket) => socket.end());
    const { code } = await traced('--ca', pki.ca, `localhost:${gone.port}`);
    gone.close();
    assert.equal(code, 2);
  });

  it('of a server that is silent: 2, in time', async () => {
    const silent = await tcpServer((socket) => socket.resume());
    const { code, stderr } = await traced('--ca', pki.ca, '--timeout', '150', `localhost:${silent.port}`);
    silent.close();
    assert.equal(code, 2, stderr);
  });
});

describe('trace as text', () => {
  it('shows messages, fields, bytes, secrets, the flow and the outcome', async () => {
    const file = workspace.path('keys.log');
    const { code, stdout } = await inProcess(['trace', '--ca', pki.ca, '--keylog', file, target]);
    assert.equal(code, 0);
    const text = stdout.toString();
    assert.match(text, /^── ClientHello {2}sent, plaintext, \d+ bytes ─/);
    assert.match(text, /\n {2}0000 {2}01 +msg_type {2}client_hello \(1\)\n/);
    assert.match(text, /host_name {2}"localhost"/);
    assert.match(text, /cert_data {2}CN=localhost, issued by CN=puretls root CA/);
    assert.match(text, /\n {2}ClientHello .*──▶\n/);
    assert.match(text, /certificate verified\n {4}0 CN=localhost/);
    const [first] = readFileSync(file, 'utf8').split('\n');
    assert.ok(text.includes(first?.split(' ')[2] ?? '-'), 'the secret of the key log');
    assert.ok(!text.includes('\u001b'));
  });

  it('is shorter when asked to be', async () => {
    const { stdout } = await inProcess(['trace', '--ca', pki.ca, '--max-bytes', '8', '--no-notes', target]);
    const text = stdout.toString();
    assert.match(text, /bytes more/);
    assert.ok(!text.includes('RFC'), 'no notes');
  });

  it('shows records and states with --records', async () => {
    const { stdout } = await inProcess(['trace', '--ca', pki.ca, '--records', target]);
    assert.match(stdout.toString(), /record received: application_data, \d+ bytes, handshake/);
    assert.match(stdout.toString(), /state Expect/);
  });
});
