"""
Captures whole TLS 1.2 connections of OpenSSL with itself for vectors/tls12-openssl.json: every record, the master secret,
and the ephemeral private keys, which OpenSSL draws from a source of randomness of ours (RAND_set_rand_method).

    python3 test/tls12/capture-openssl.py > vectors/tls12-openssl.json
"""
import ctypes, ctypes.util, hashlib, json, os, ssl, subprocess, sys, tempfile

crypto = ctypes.CDLL("libcrypto.so.3")
draws = []
counter = 0
BYTES = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_ubyte), ctypes.c_int)
STATUS = ctypes.CFUNCTYPE(ctypes.c_int)


def fill(out, length):
    global counter
    data = b""
    while len(data) < length:
        data += hashlib.sha256(b"puretls vectors %d" % counter).digest()
        counter += 1
    data = data[:length]
    ctypes.memmove(out, data, length)
    draws.append(data)
    return 1


class Method(ctypes.Structure):
    _fields_ = [(name, ctypes.c_void_p) for name in ("seed", "bytes", "cleanup", "add", "pseudorand", "status")]


fill_c, status_c = BYTES(fill), STATUS(lambda: 1)
pointer = lambda f: ctypes.cast(f, ctypes.c_void_p).value
method = Method(None, pointer(fill_c), None, None, pointer(fill_c), pointer(status_c))
crypto.RAND_set_rand_method(ctypes.byref(method))

work = tempfile.mkdtemp()
run = lambda *args, stdin=None: subprocess.run(args, input=stdin, check=True, capture_output=True).stdout


def certificate(name, *algorithm):
    key, cert = f"{work}/{name}.key", f"{work}/{name}.pem"
    run("openssl", "genpkey", *algorithm, "-out", key)
    run("openssl", "req", "-x509", "-key", key, "-subj", f"/CN={name}", "-days", "36500", "-out", cert,
        "-addext", "subjectAltName=DNS:server.test")
    return cert, key


CERTIFICATES = {
    "p256": certificate("p256", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
    "ed25519": certificate("ed25519", "-algorithm", "ED25519"),
    "rsa": certificate("rsa", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
}

# PKCS#8 up to the private key itself.
PREFIX = {
    "x25519": bytes.fromhex("302e020100300506032b656e04220420"),
    "x448": bytes.fromhex("3046020100300506032b656f043a0438"),
    "secp256r1": bytes.fromhex("304102010030130607 2a8648ce3d0201 06082a8648ce3d030107 0427 3025020101 0420".replace(" ", "")),
    "secp384r1": bytes.fromhex("304e02010030100607 2a8648ce3d0201 06052b81040022 0437 3035020101 0430".replace(" ", "")),
}
LENGTH = {"x25519": 32, "x448": 56, "secp256r1": 32, "secp384r1": 48}
CURVE = {"x25519": "X25519", "x448": "X448", "secp256r1": "P-256", "secp384r1": "P-384"}
SSL_CTRL_SET_GROUPS_LIST = 92
libssl = ctypes.CDLL("libssl.so.3")


def public_of(group, private):
    try:
        der = run("openssl", "pkey", "-inform", "DER", "-pubout", "-outform", "DER", stdin=PREFIX[group] + private)
    except subprocess.CalledProcessError:
        return None
    size = {"x25519": 32, "x448": 56, "secp256r1": 65, "secp384r1": 97}[group]
    return der[-size:]


def private_of(group, share, drawn):
    for each in drawn:
        if len(each) == LENGTH[group] and public_of(group, each) == share:
            return each.hex()
    raise SystemExit(f"no draw is the private key of {share.hex()}")


def records(stream):
    while stream:
        size = 5 + int.from_bytes(stream[3:5], "big")
        yield stream[:size]
        stream = stream[size:]


def messages(wire, sender):
    """Handshake messages in clear, by type; stops at ChangeCipherSpec."""
    data = b""
    for side, record in wire:
        if side != sender:
            continue
        if record[0] == 20:
            break
        if record[0] == 22:
            data += record[5:]
    found = {}
    while data:
        size = 4 + int.from_bytes(data[1:4], "big")
        found[data[0]] = data[4:size]
        data = data[size:]
    return found


def context(side, cipher, options):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT if side == "client" else ssl.PROTOCOL_TLS_SERVER)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    made.minimum_version = made.maximum_version = ssl.TLSVersion.TLSv1_2
    made.set_ciphers(cipher + ":@SECLEVEL=0")
    if options.get("ems") is False:
        made.options |= 1  # SSL_OP_NO_EXTENDED_MASTER_SECRET
    made.options &= ~ssl.OP_NO_RENEGOTIATION
    return made


def prefer(made, curve):
    """The group to choose, and P-256 for certificates, which must lie on a group of the list. Python has no call for it."""
    handle = ctypes.c_void_p.from_address(id(made) + 16)
    groups = curve if curve == "P-256" else curve + ":P-256"
    assert libssl.SSL_CTX_ctrl(handle, SSL_CTRL_SET_GROUPS_LIST, ctypes.c_long(0), groups.encode()) == 1


def connect(client_context, server_context, session=None):
    """Every record of one connection, a line of data each way and both close_notify."""
    log = f"{work}/keys"
    if os.path.exists(log):
        os.remove(log)
    client_context.keylog_filename = log
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_context.wrap_bio(to_client, to_server_out := ssl.MemoryBIO(), server_hostname="server.test", session=session)
    server = server_context.wrap_bio(to_server, to_client_out := ssl.MemoryBIO(), server_side=True)
    wire = []

    def carry():
        moved = False
        for side, source, sink in (("client", to_server_out, to_server), ("server", to_client_out, to_client)):
            data = source.read()
            if data:
                moved = True
                wire.extend((side, record) for record in records(data))
                sink.write(data)
        return moved

    def attempt(work):
        try:
            return work()
        except (ssl.SSLWantReadError, ssl.SSLSyscallError):
            return None

    done = set()
    while len(done) < 2:
        for end in (client, server):
            if end not in done:
                try:
                    end.do_handshake()
                    done.add(end)
                except ssl.SSLWantReadError:
                    pass
            carry()
    client.write(b"ping from the client")
    carry()
    assert server.read(100) == b"ping from the client"
    server.write(b"pong from the server")
    carry()
    assert client.read(100) == b"pong from the server"
    attempt(client.unwrap)
    carry()
    attempt(server.unwrap)
    carry()
    with open(log) as lines:
        master = [line.split()[2] for line in lines if line.startswith("CLIENT_RANDOM")][-1]
    return wire, master, client


def capture(title, cipher, certificate, group, **options):
    server_context = context("server", cipher, options)
    server_context.load_cert_chain(*CERTIFICATES[certificate])
    prefer(server_context, CURVE[group])
    client_context = context("client", cipher, options)
    if "client" in options:
        server_context.verify_mode = ssl.CERT_REQUIRED
        server_context.load_verify_locations(CERTIFICATES[options["client"]][0])
        client_context.load_cert_chain(*CERTIFICATES[options["client"]])
    if options.get("resume") == "id":
        server_context.options |= ssl.OP_NO_TICKET
    draws.clear()
    wire, master, client = connect(client_context, server_context)
    exchange = messages(wire, "server")[12]
    answer = messages(wire, "client")[16]
    keys = {
        "client": private_of(group, answer[1:], draws),
        "server": private_of(group, exchange[4 : 4 + exchange[3]], draws),
    }
    entry = lambda title, wire, master, more: {
        "title": title,
        "cipherSuite": client.cipher()[0],
        "extendedMasterSecret": options.get("ems") is not False,
        **more,
        "masterSecret": master,
        "records": [{"from": side, "record": record.hex()} for side, record in wire],
    }
    made = [entry(title, wire, master, {"group": group, "privateKeys": keys})]
    if "resume" in options:
        again, same, second = connect(client_context, server_context, client.session)
        assert second.session_reused and same == master
        made.append(entry(f"{title}, taken up", again, same, {"resumes": title}))
    return made


CAPTURES = [
    ("ChaCha20, P-256 certificate, X25519", "ECDHE-ECDSA-CHACHA20-POLY1305", "p256", "x25519", {}),
    ("AES-128-GCM, P-256 certificate, P-256", "ECDHE-ECDSA-AES128-GCM-SHA256", "p256", "secp256r1", {}),
    ("AES-256-GCM, RSA, X25519", "ECDHE-RSA-AES256-GCM-SHA384", "rsa", "x25519", {}),
    ("ChaCha20, RSA, X448, without extended_master_secret", "ECDHE-RSA-CHACHA20-POLY1305", "rsa", "x448", {"ems": False}),
    ("AES-256-GCM, Ed25519, P-384", "ECDHE-ECDSA-AES256-GCM-SHA384", "ed25519", "secp384r1", {}),
    ("AES-128-CCM, P-256 certificate", "ECDHE-ECDSA-AES128-CCM", "p256", "x25519", {}),
    ("ChaCha20, a P-256 client certificate", "ECDHE-ECDSA-CHACHA20-POLY1305", "p256", "x25519", {"client": "p256"}),
    ("AES-128-GCM, an RSA client certificate", "ECDHE-RSA-AES128-GCM-SHA256", "rsa", "x25519", {"client": "rsa"}),
    ("ChaCha20, a ticket", "ECDHE-ECDSA-CHACHA20-POLY1305", "p256", "x25519", {"resume": "ticket"}),
    ("AES-256-GCM, a session ID", "ECDHE-ECDSA-AES256-GCM-SHA384", "p256", "x25519", {"resume": "id"}),
]

print(json.dumps(
    {
        "source": f"{ssl.OPENSSL_VERSION}, by test/tls12/capture-openssl.py",
        "connections": [each for title, cipher, cert, group, options in CAPTURES
                        for each in capture(title, cipher, cert, group, **options)],
    },
    indent=1,
))
