import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { after, describe, it } from 'node:test';
import { tlsServer } from './peers.ts';
import { inProcess, makePki, puretls, type Result, Workspace } from './support.ts';

const workspace = new Workspace();
const pki = makePki(workspace);
const BINARY = Uint8Array.from({ length: 70_000 }, (_, index) => (index * 7) & 255);

const head = (status: string, ...headers: string[]): string =>
  `HTTP/1.1 ${status}\r\n${headers.map((one) => `${one}\r\n`).join('')}\r\n`;

type Page = (socket: Socket, request: string, raw: Socket) => void;

/** Lets what was written leave before the TCP connection ends without a TLS end. */
const cutOff = (raw: Socket): void => {
  setTimeout(() => raw.end(), 40);
};

const PAGES: ReadonlyMap<string, Page> = new Map<string, Page>([
  [
    '/length',
    (socket) => socket.end(`${head('200 OK', 'Content-Length: 5', 'X-Twice: a', 'X-Twice: b')}hello`),
  ],
  [
    '/chunked',
    (socket) =>
      socket.end(
        `${head('200 OK', 'Transfer-Encoding: chunked')}5\r\nhello\r\n3;x=y\r\n, w\r\n0\r\nTrailer: t\r\n\r\n`,
      ),
  ],
  ['/close', (socket) => socket.end(`${head('200 OK')}to the end`)],
  [
    '/binary',
    (socket) => {
      socket.write(head('200 OK', `Content-Length: ${BINARY.length}`));
      socket.end(BINARY);
    },
  ],
  [
    '/echo',
    (socket, request) => socket.end(`${head('200 OK', `Content-Length: ${request.length}`)}${request}`),
  ],
  ['/missing', (socket) => socket.end(`${head('404 Not Found', 'Content-Length: 4')}gone`)],
  ['/nothing', (socket) => socket.end(head('204 No Content'))],
  [
    '/cut-close',
    (socket, _, raw) => {
      socket.write(`${head('200 OK')}half of`);
      cutOff(raw);
    },
  ],
  ['/cut-length', (socket) => socket.end(`${head('200 OK', 'Content-Length: 500')}half of`)],
  [
    '/cut-chunk',
    (socket, _, raw) => {
      socket.write(`${head('200 OK', 'Transfer-Encoding: chunked')}ff\r\nhalf of`);
      cutOff(raw);
    },
  ],
  [
    '/cut-but-whole',
    (socket, _, raw) => {
      socket.write(`${head('200 OK', 'Content-Length: 5')}whole`);
      cutOff(raw);
    },
  ],
  ['/silent-end', (socket) => socket.end()],
  ['/silence', () => {}],
  ['/no-http', (socket) => socket.end('220 smtp.example ESMTP\r\n')],
  ['/evil-header', (socket) => socket.end(`${head('200 OK', 'Content-Length: 0', 'X-Evil: \u001b[2J')}`)],
  ['/to-length', (socket) => socket.end(head('302 Found', 'Location: /length', 'Content-Length: 0'))],
  [
    '/to-echo',
    (socket) => socket.end(head('307 Temporary Redirect', 'Location: /echo', 'Content-Length: 0')),
  ],
  [
    '/to-elsewhere',
    (socket) =>
      socket.end(head('302 Found', `Location: https://127.0.0.1:${port()}/echo`, 'Content-Length: 0')),
  ],
  [
    '/to-plain',
    (socket) => socket.end(head('301 Moved', 'Location: http://localhost/', 'Content-Length: 0')),
  ],
  ['/to-itself', (socket) => socket.end(head('302 Found', 'Location: /to-itself', 'Content-Length: 0'))],
]);

const server = await tlsServer(
  pki,
  (socket, raw) => {
    let request = '';
    socket.on('data', (chunk: Buffer) => {
      request += chunk.toString('latin1');
      if (!request.includes('\r\n\r\n')) return;
      const path = request.split(' ')[1] ?? '';
      PAGES.get(path)?.(socket, request, raw);
    });
  },
  { ALPNProtocols: ['http/1.1'] },
);
function port(): number {
  return server.port;
}
after(() => {
  server.close();
  workspace.remove();
});

const url = (path: string): string => `https://localhost:${port()}${path}`;
const get = (path: string, ...options: string[]): Promise<Result> =>
  inProcess(['get', '--ca', pki.ca, ...options, url(path)]);

describe('get writes the body and nothing else to stdout', () => {
  const bodies: readonly (readonly [string, string])[] = [
    ['/length', 'hello'],
    ['/chunked', 'hello, w'],
    ['/close', 'to the end'],
    ['/missing', 'gone'],
    ['/nothing', ''],
    ['/cut-but-whole', 'whole'],
  ];
  for (const [path, body] of bodies) {
    it(path, async () => {
      const { code, stdout, stderr } = await get(path);
      assert.deepEqual([code, stdout.toString(), stderr], [0, body, '']);
    });
  }

  it('byte for byte, through a process', async () => {
    const { code, stdout } = await puretls(['get', '--ca', pki.ca, url('/binary')]);
    assert.equal(code, 0);
    assert.ok(stdout.equals(BINARY));
  });

  it('or to a file', async () => {
    const file = workspace.path('body');
    const { code, stdout } = await get('/binary', '-o', file);
    assert.deepEqual([code, stdout.length], [0, 0]);
    assert.ok(readFileSync(file).equals(BINARY));
  });

  it('with the head before it when asked', async () => {
    const { stdout } = await get('/length', '-i');
    assert.equal(
      stdout.toString(),
      `${head('200 OK', 'Content-Length: 5', 'X-Twice: a', 'X-Twice: b')}hello`,
    );
  });
});

describe('get asks', () => {
  it('as itself, for the host and port of the URL, and closes', async () => {
    const request = (await get('/echo')).stdout.toString();
    assert.match(request, /^GET \/echo HTTP\/1\.1\r\n/);
    assert.match(request, new RegExp(`\r\nHost: localhost:${port()}\r\n`));
    assert.match(request, /\r\nUser-Agent: puretls\/\d/);
    assert.match(request, /\r\nConnection: close\r\n/i);
  });

  it('with headers of the user, also several of one name', async () => {
    const request = (
      await get('/echo', '-H', 'X-A: 1', '-H', 'X-A: 2', '-H', 'user-agent: me')
    ).stdout.toString();
    assert.match(request, /\r\nX-A: 1\r\nX-A: 2\r\nuser-agent: me\r\n/);
    assert.ok(!request.includes('puretls/'));
  });

  it('for the head alone with -I', async () => {
    const { code, stdout } = await get('/missing', '-I');
    assert.equal(code, 0);
    assert.match(stdout.toString(), /^HTTP\/1\.1 404 Not Found\r\n/);
  });
});

describe('get refuses half a body', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['/cut-close', /cut short after 7 bytes: .*close_notify.*\[TRUNCATED\]/],
    ['/cut-length', /cut short after 7 bytes of 500.*\[TRUNCATED\]/],
    ['/cut-chunk', /cut short after 7 bytes before its end.*\[TRUNCATED\]/],
    ['/silent-end', /without an answer.*\[NO_ANSWER\]/],
    ['/no-http', /is not HTTP.*\[BAD_HTTP\]/],
  ];
  for (const [path, pattern] of cases) {
    it(path, async () => {
      const { code, stderr } = await get(path);
      assert.match(stderr, pattern);
      assert.equal(code, 2);
    });
  }

  it('and does not wait for ever', async () => {
    const { code, stderr } = await get('/silence', '--timeout', '300');
    assert.equal(code, 2, stderr);
    assert.match(stderr, /300 ms/);
  });
});

describe('get verifies', () => {
  it('the name in the URL', async () => {
    const { code } = await inProcess(['get', '--ca', pki.ca, '--servername', 'other.test', url('/length')]);
    assert.equal(code, 4);
  });

  it('the authority', async () => {
    const { code, stdout } = await inProcess(['get', '--ca', pki.otherCa, url('/length')]);
    assert.deepEqual([code, stdout.length], [4, 0]);
  });

  it('unless told not to', async () => {
    const { code, stdout } = await inProcess(['get', '--insecure', url('/length')]);
    assert.deepEqual([code, stdout.toString()], [0, 'hello']);
  });

  it('an address in the URL', async () => {
    const { code, stdout } = await inProcess(['get', '--ca', pki.ca, `https://127.0.0.1:${port()}/length`]);
    assert.deepEqual([code, stdout.toString()], [0, 'hello']);
  });
});

describe('get tells of the handshake', () => {
  it('with -v on stderr: parameters, request, answer', async () => {
    const { stderr, stdout } = await get('/length', '-v');
    assert.match(stderr, /TLSv1\.3 · TLS_.*\n {2}ALPN http\/1\.1\n/);
    assert.match(stderr, /\n> GET \/length HTTP\/1\.1\n/);
    assert.match(stderr, /\n< HTTP\/1\.1 200 OK\n/);
    assert.equal(stdout.toString(), 'hello');
  });

  it('without letting a header move the cursor', async () => {
    const { stderr } = await get('/evil-header', '-v');
    assert.ok(!stderr.includes('\u001b'), JSON.stringify(stderr));
  });

  it('with --json as one object on stderr', async () => {
    const { stderr } = await get('/length', '--json');
    const report = JSON.parse(stderr) as {
      url: string;
      negotiated: { verified: boolean };
      response: { status: number };
    };
    assert.deepEqual(
      [report.url, report.negotiated.verified, report.response.status],
      [url('/length'), true, 200],
    );
  });
});

describe('get follows redirections only when asked', () => {
  it('not by itself', async () => {
    const { code, stdout } = await get('/to-length', '-i');
    assert.equal(code, 0);
    assert.match(stdout.toString(), /^HTTP\/1\.1 302/);
  });

  it('with -L', async () => {
    assert.equal((await get('/to-length', '-L')).stdout.toString(), 'hello');
  });

  it('and keeps its secrets from other hosts', async () => {
    const secrets = ['-L', '-H', 'Authorization: x', '-H', 'Cookie: y', '-H', 'X-Plain: z'];
    assert.match((await get('/to-echo', ...secrets)).stdout.toString(), /Authorization: x/);
    const elsewhere = (await get('/to-elsewhere', ...secrets)).stdout.toString();
    assert.match(elsewhere, /^GET \/echo/);
    assert.match(elsewhere, /X-Plain: z/);
    assert.ok(!/Authorization|Cookie/i.test(elsewhere), elsewhere);
  });

  it('never to plain HTTP', async () => {
    const { code, stderr } = await get('/to-plain', '-L');
    assert.equal(code, 2);
    assert.match(stderr, /not https/);
  });

  it('not for ever', async () => {
    const { code, stderr } = await get('/to-itself', '-L');
    assert.equal(code, 2);
    assert.match(stderr, /redirected 10 times/);
  });
});
