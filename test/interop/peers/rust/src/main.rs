//! A small TLS client and server over rustls for the interoperability tests, with the flags, the works and the events
//! of peers/go/main.go. It ends when its standard input does.

use rustls::client::{Resumption, Tls12Resumption};
use rustls::crypto::{ring, CryptoProvider};
use rustls::pki_types::{pem::PemObject, CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::{ServerSessionMemoryCache, WebPkiClientVerifier};
use rustls::{
    ClientConfig, ClientConnection, ConnectionCommon, HandshakeKind, ProtocolVersion, RootCertStore,
    ServerConfig, ServerConnection, SideData, StreamOwned, SupportedProtocolVersion,
};
use std::collections::HashMap;
use std::error::Error;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

type Failure = Box<dyn Error + Send + Sync>;

const TIMEOUT: Duration = Duration::from_secs(60);
const CHUNK: usize = 32 * 1024;
const PERIOD: usize = 251;
const EXPORT_LENGTH: usize = 20;

struct Flags(HashMap<String, String>);

impl Flags {
    fn parse(args: &[String]) -> Flags {
        let mut flags = HashMap::new();
        let mut i = 0;
        while i < args.len() {
            let name = args[i].trim_start_matches('-').to_string();
            let bare = name == "no-tickets" || name == "slow";
            let value = if bare { String::new() } else { args.get(i + 1).cloned().unwrap_or_default() };
            flags.insert(name, value);
            i += if bare { 1 } else { 2 };
        }
        Flags(flags)
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    fn number(&self, name: &str, otherwise: usize) -> usize {
        self.get(name).and_then(|text| text.parse().ok()).unwrap_or(otherwise)
    }

    fn list(&self, name: &str) -> Vec<&str> {
        self.get(name).map(|text| text.split(',').collect()).unwrap_or_default()
    }

    fn provider(&self) -> Arc<CryptoProvider> {
        let mut provider = ring::default_provider();
        let wanted = self.list("groups");
        if !wanted.is_empty() {
            provider.kx_groups = wanted
                .iter()
                .filter_map(|name| match *name {
                    "X25519" => Some(ring::kx_group::X25519),
                    "P-256" => Some(ring::kx_group::SECP256R1),
                    "P-384" => Some(ring::kx_group::SECP384R1),
                    _ => None,
                })
                .collect();
        }
        Arc::new(provider)
    }

    fn versions(&self) -> Vec<&'static SupportedProtocolVersion> {
        let mut versions = Vec::new();
        if self.get("max-version") != Some("1.2") {
            versions.push(&rustls::version::TLS13);
        }
        if self.get("min-version") != Some("1.3") {
            versions.push(&rustls::version::TLS12);
        }
        versions
    }

    fn alpn(&self) -> Vec<Vec<u8>> {
        self.list("alpn").iter().map(|name| name.as_bytes().to_vec()).collect()
    }

    #[allow(clippy::type_complexity)]
    fn own(&self) -> Result<Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>, Failure> {
        let (Some(cert), Some(key)) = (self.get("cert"), self.get("key")) else { return Ok(None) };
        let chain = CertificateDer::pem_file_iter(cert)?.collect::<Result<Vec<_>, _>>()?;
        Ok(Some((chain, PrivateKeyDer::from_pem_file(key)?)))
    }
}

fn roots(file: &str) -> Result<RootCertStore, Failure> {
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file)? {
        store.add(certificate?)?;
    }
    Ok(store)
}

fn server_config(flags: &Flags) -> Result<ServerConfig, Failure> {
    let provider = flags.provider();
    let builder = ServerConfig::builder_with_provider(provider.clone()).with_protocol_versions(&flags.versions())?;
    let builder = match flags.get("client-ca") {
        None => builder.with_no_client_auth(),
        Some(file) => builder.with_client_cert_verifier(
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots(file)?), provider).build()?,
        ),
    };
    let (chain, key) = flags.own()?.ok_or("a server needs -cert and -key")?;
    let mut config = builder.with_single_cert(chain, key)?;
    config.alpn_protocols = flags.alpn();
    config.session_storage = ServerSessionMemoryCache::new(64);
    if flags.get("no-tickets").is_none() {
        config.ticketer = ring::Ticketer::new()?;
    }
    Ok(config)
}

fn client_config(flags: &Flags) -> Result<ClientConfig, Failure> {
    let builder = ClientConfig::builder_with_provider(flags.provider())
        .with_protocol_versions(&flags.versions())?
        .with_root_certificates(roots(flags.get("ca").ok_or("a client needs -ca")?)?);
    let mut config = match flags.own()? {
        None => builder.with_no_client_auth(),
        Some((chain, key)) => builder.with_client_auth_cert(chain, key)?,
    };
    config.alpn_protocols = flags.alpn();
    let how = if flags.get("no-tickets").is_some() {
        Tls12Resumption::SessionIdOnly
    } else {
        Tls12Resumption::SessionIdOrTickets
    };
    config.resumption = Resumption::in_memory_sessions(8).tls12_resumption(how);
    Ok(config)
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn report(event: &str, fields: &[(&str, String)]) {
    let mut line = format!("{{\"event\":{}", quoted(event));
    for (name, value) in fields {
        line.push_str(&format!(",\"{name}\":{value}"));
    }
    println!("{line}}}");
}

/// Tells a received alert, which rustls keeps in its error, which may be inside one of I/O.
fn report_failure(event: &str, failure: &(dyn Error + 'static)) {
    let inner = failure
        .downcast_ref::<io::Error>()
        .and_then(|error| error.get_ref())
        .and_then(|error| error.downcast_ref::<rustls::Error>())
        .or_else(|| failure.downcast_ref::<rustls::Error>());
    let mut fields = vec![("message", quoted(&failure.to_string()))];
    if let Some(rustls::Error::AlertReceived(alert)) = inner {
        fields.push(("alert", u8::from(*alert).to_string()));
    }
    report(event, &fields);
}

/// The common name in a subject: the last string of the certificate's subject, which is all that ours have.
fn common_name(certificate: &CertificateDer<'_>) -> Option<String> {
    // commonName, 2.5.4.3, then a UTF8String; the issuer's comes first, the subject's second.
    let oid = [0x55, 0x04, 0x03, 0x0c];
    let bytes = certificate.as_ref();
    let at = bytes.windows(4).enumerate().filter(|(_, window)| *window == oid).nth(1)?.0 + 4;
    let length = usize::from(*bytes.get(at)?);
    String::from_utf8(bytes.get(at + 1..at + 1 + length)?.to_vec()).ok()
}

fn secure<D: SideData>(flags: &Flags, connection: &ConnectionCommon<D>) -> Result<(), Failure> {
    let version = match connection.protocol_version() {
        Some(ProtocolVersion::TLSv1_3) => "TLSv1.3",
        Some(ProtocolVersion::TLSv1_2) => "TLSv1.2",
        _ => "unknown",
    };
    let suite = connection.negotiated_cipher_suite().map(|suite| format!("{:?}", suite.suite())).unwrap_or_default();
    // rustls marks those of TLS 1.3 in its own way.
    let suite = suite.replace("TLS13_", "TLS_");
    let mut fields = vec![("version", quoted(version)), ("suite", quoted(&suite))];
    let resumed = connection.handshake_kind() == Some(HandshakeKind::Resumed);
    fields.push(("resumed", resumed.to_string()));
    if let Some(group) = connection.negotiated_key_exchange_group() {
        fields.push(("group", quoted(&format!("{:?}", group.name()))));
    }
    if let Some(alpn) = connection.alpn_protocol() {
        fields.push(("alpn", quoted(&String::from_utf8_lossy(alpn))));
    }
    if let Some(name) = connection.peer_certificates().and_then(|chain| chain.first()).and_then(common_name) {
        fields.push(("peer", quoted(&name)));
    }
    if let Some(label) = flags.get("export") {
        let material = connection.export_keying_material([0u8; EXPORT_LENGTH], label.as_bytes(), None)?;
        let hex: String = material.iter().map(|byte| format!("{byte:02x}")).collect();
        fields.push(("export", quoted(&hex)));
    }
    report("secure", &fields);
    Ok(())
}

fn pattern(from: usize, length: usize) -> Vec<u8> {
    (from..from + length).map(|i| (i % PERIOD) as u8).collect()
}

fn line(stream: &mut impl Read) -> io::Result<String> {
    let mut text = String::new();
    let mut byte = [0u8];
    loop {
        stream.read_exact(&mut byte)?;
        if byte[0] == b'\n' {
            return Ok(text);
        }
        text.push(char::from(byte[0]));
    }
}

/// Ends our side, and says so.
fn close<C, D>(stream: &mut StreamOwned<C, TcpStream>) -> io::Result<()>
where
    C: DerefMut + Deref<Target = ConnectionCommon<D>>,
    D: SideData,
{
    stream.conn.send_close_notify();
    stream.flush()
}

fn serve(flags: &Flags, config: Arc<ServerConfig>, socket: TcpStream) -> Result<(), (bool, Failure)> {
    let before = |failure: Failure| (false, failure);
    socket.set_read_timeout(Some(TIMEOUT)).map_err(|e| before(e.into()))?;
    let connection = ServerConnection::new(config).map_err(|e| before(e.into()))?;
    let mut stream = StreamOwned::new(connection, socket);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock).map_err(|e| before(e.into()))?;
    }
    secure(flags, &stream.conn).map_err(before)?;
    serve_work(&mut stream).map_err(|failure| (true, failure))
}

fn serve_work(stream: &mut StreamOwned<ServerConnection, TcpStream>) -> Result<(), Failure> {
    match line(stream)?.as_str() {
        "C" => {
            let text = line(stream)?;
            stream.write_all(format!("{text}\n").as_bytes())?;
        }
        "E" => {
            let mut buffer = vec![0u8; CHUNK];
            loop {
                let got = stream.read(&mut buffer)?;
                if got == 0 {
                    break;
                }
                stream.write_all(&buffer[..got])?;
                stream.flush()?;
            }
        }
        other => return Err(format!("no such command: {other}").into()),
    }
    close(stream)?;
    Ok(())
}

fn server(flags: &Arc<Flags>) -> Result<(), Failure> {
    let config = Arc::new(server_config(flags)?);
    let listening = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    report("listening", &[("port", listening.local_addr()?.port().to_string())]);
    let flags = flags.clone();
    std::thread::spawn(move || {
        for socket in listening.incoming().flatten() {
            let (flags, config) = (flags.clone(), config.clone());
            std::thread::spawn(move || match serve(&flags, config, socket) {
                Ok(()) => report("done", &[]),
                Err((secured, failure)) => report_failure(if secured { "broken" } else { "error" }, &*failure),
            });
        }
    });
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}

fn connect(flags: &Flags, config: Arc<ClientConfig>) -> Result<(), (bool, Failure)> {
    let before = |failure: Failure| (false, failure);
    let port = flags.number("port", 0) as u16;
    let socket = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).map_err(|e| before(e.into()))?;
    socket.set_read_timeout(Some(TIMEOUT)).map_err(|e| before(e.into()))?;
    let name = ServerName::try_from("localhost").map_err(|e| before(e.into()))?;
    let connection = ClientConnection::new(config, name).map_err(|e| before(e.into()))?;
    let mut stream = StreamOwned::new(connection, socket);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock).map_err(|e| before(e.into()))?;
    }
    secure(flags, &stream.conn).map_err(before)?;
    client_work(flags, &mut stream).map_err(|failure| (true, failure))
}

fn client_work(flags: &Flags, stream: &mut StreamOwned<ClientConnection, TcpStream>) -> Result<(), Failure> {
    match flags.get("do").unwrap_or("echo") {
        "echo" => {
            stream.write_all(b"E\nhello from rust\n")?;
            stream.flush()?;
            let back = line(stream)?;
            if back != "hello from rust" {
                return Err(format!("sent back {back}").into());
            }
        }
        "line" => {
            stream.write_all(b"C\nhello from rust\n")?;
            stream.flush()?;
            io::copy(stream, &mut io::sink())?;
        }
        "back" => {
            let length = flags.number("bytes", 0);
            stream.write_all(format!("B {length}\n").as_bytes())?;
            let mut buffer = vec![0u8; CHUNK];
            for at in (0..length).step_by(CHUNK) {
                let size = CHUNK.min(length - at);
                let sent = pattern(at, size);
                stream.write_all(&sent)?;
                stream.flush()?;
                stream.read_exact(&mut buffer[..size])?;
                if buffer[..size] != sent[..] {
                    return Err(format!("the bytes after {at} are wrong").into());
                }
            }
        }
        other => return Err(format!("no such work: {other}").into()),
    }
    close(stream)?;
    // To the peer's close_notify; a cut connection is an error.
    io::copy(stream, &mut io::sink())?;
    Ok(())
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let flags = Arc::new(Flags::parse(args.get(1..).unwrap_or_default()));
    let result = match args.first().map(String::as_str) {
        Some("server") => server(&flags),
        Some("client") => client_config(&flags).map(Arc::new).and_then(|config| {
            for _ in 0..flags.number("times", 1) {
                match connect(&flags, config.clone()) {
                    Ok(()) => report("done", &[]),
                    Err((secured, failure)) => {
                        report_failure(if secured { "broken" } else { "error" }, &*failure);
                        std::process::exit(1);
                    }
                }
            }
            Ok(())
        }),
        _ => Err("usage: peer server|client".into()),
    };
    if let Err(failure) = result {
        report_failure("error", &*failure);
        std::process::exit(1);
    }
}
