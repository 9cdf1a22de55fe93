import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Security;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * A small TLS client and server over Java's JSSE for the interoperability tests, with the flags, the works and the
 * events of peers/go/main.go. It ends when its standard input does.
 */
public final class Peer {
    private static final int TIMEOUT_MS = 60_000;
    private static final int CHUNK = 32 * 1024;
    private static final int PERIOD = 251;
    private static final Map<String, String> GROUPS = Map.of(
        "X25519", "x25519", "X448", "x448", "P-256", "secp256r1", "P-384", "secp384r1", "P-521", "secp521r1");

    private final Map<String, String> flags = new HashMap<>();

    private Peer(String[] args) {
        for (int i = 1; i < args.length; i++) {
            String name = args[i].substring(1);
            boolean bare = name.equals("no-tickets") || name.equals("no-ems") || name.equals("slow");
            flags.put(name, bare ? "" : args[++i]);
        }
    }

    public static void main(String[] args) throws Exception {
        if (args[0].equals("version")) {
            System.out.println(System.getProperty("java.version"));
            return;
        }
        Peer peer = new Peer(args);
        peer.configure();
        if (args[0].equals("server")) peer.server();
        else peer.client();
    }

    /** What JSSE takes from properties, all before its classes load. */
    private void configure() {
        // The tests' TLS 1.2 is that of the RFCs; what a distribution turns off is not their matter.
        Security.setProperty("jdk.tls.disabledAlgorithms", "SSLv3, TLSv1, TLSv1.1");
        if (flags.containsKey("groups")) {
            List<String> names = new ArrayList<>();
            for (String name : flags.get("groups").split(",")) names.add(GROUPS.get(name));
            System.setProperty("jdk.tls.namedGroups", String.join(",", names));
        } else {
            System.setProperty("jdk.tls.namedGroups", "x25519,secp256r1,secp384r1,secp521r1,x448");
        }
        String tickets = String.valueOf(!flags.containsKey("no-tickets"));
        System.setProperty("jdk.tls.server.enableSessionTicketExtension", tickets);
        System.setProperty("jdk.tls.client.enableSessionTicketExtension", tickets);
        if (flags.containsKey("no-ems")) {
            System.setProperty("jdk.tls.useExtendedMasterSecret", "false");
            System.setProperty("jdk.tls.allowUnsafeServerCertChange", "true");
        }
    }

    private static byte[] pem(String file, String label) throws IOException {
        String text = Files.readString(Path.of(file));
        String body = text.substring(text.indexOf("-----BEGIN " + label + "-----") + label.length() + 16);
        return Base64.getMimeDecoder().decode(body.substring(0, body.indexOf("-----END")));
    }

    private static Collection<? extends Certificate> certificates(String file) throws Exception {
        byte[] bytes = Files.readAllBytes(Path.of(file));
        return CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(bytes));
    }

    private SSLContext context(String trusted) throws Exception {
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        KeyStore own = KeyStore.getInstance("PKCS12");
        own.load(null, null);
        if (flags.containsKey("cert")) {
            Certificate[] chain = certificates(flags.get("cert")).toArray(new Certificate[0]);
            String algorithm = chain[0].getPublicKey().getAlgorithm();
            PrivateKey key = KeyFactory.getInstance(algorithm)
                .generatePrivate(new PKCS8EncodedKeySpec(pem(flags.get("key"), "PRIVATE KEY")));
            own.setKeyEntry("own", key, new char[0], chain);
        }
        keys.init(own, new char[0]);
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        KeyStore anchors = KeyStore.getInstance("PKCS12");
        anchors.load(null, null);
        int n = 0;
        if (trusted != null) for (Certificate each : certificates(trusted)) anchors.setCertificateEntry("ca" + n++, each);
        if (n > 0) trust.init(anchors);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), n > 0 ? trust.getTrustManagers() : null, null);
        return context;
    }

    private void restrict(SSLParameters parameters) {
        String min = flags.getOrDefault("min-version", "1.2");
        String max = flags.getOrDefault("max-version", "1.3");
        List<String> protocols = new ArrayList<>();
        if (min.equals("1.2")) protocols.add("TLSv1.2");
        if (max.equals("1.3")) protocols.add("TLSv1.3");
        parameters.setProtocols(protocols.toArray(new String[0]));
        if (flags.containsKey("alpn")) parameters.setApplicationProtocols(flags.get("alpn").split(","));
    }

    private static synchronized void report(String event, String... pairs) {
        StringBuilder line = new StringBuilder("{\"event\":\"" + event + "\"");
        for (int i = 0; i < pairs.length; i += 2) {
            if (pairs[i + 1] == null) continue;
            String value = pairs[i + 1].replace("\\", "\\\\").replace("\"", "\\\"").replaceAll("\\p{Cntrl}", " ");
            boolean number = pairs[i].equals("port");
            line.append(",\"").append(pairs[i]).append("\":").append(number ? value : "\"" + value + "\"");
        }
        System.out.println(line.append("}"));
    }

    private static void secure(SSLSocket socket) {
        SSLSession session = socket.getSession();
        String peer = null;
        try {
            X509Certificate leaf = (X509Certificate) session.getPeerCertificates()[0];
            peer = leaf.getSubjectX500Principal().getName().replaceAll(".*CN=([^,]+).*", "$1");
        } catch (IOException e) {
            // It showed no certificate.
        }
        String alpn = socket.getApplicationProtocol();
        report("secure", "version", session.getProtocol(), "suite", session.getCipherSuite(),
            "alpn", alpn == null || alpn.isEmpty() ? null : alpn, "peer", peer);
    }

    private static byte[] pattern(int from, int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) bytes[i] = (byte) ((from + i) % PERIOD);
        return bytes;
    }

    private static void send(OutputStream out, int length) throws IOException {
        for (int at = 0; at < length; at += CHUNK) out.write(pattern(at, Math.min(CHUNK, length - at)));
        out.flush();
    }

    private static void receive(InputStream in, int length) throws IOException {
        byte[] buffer = new byte[CHUNK];
        for (int at = 0; at < length; ) {
            int got = in.read(buffer, 0, Math.min(CHUNK, length - at));
            if (got < 0) throw new EOFException("after " + at + " bytes");
            for (int i = 0; i < got; i++) {
                if (buffer[i] != (byte) ((at + i) % PERIOD)) throw new IOException("byte " + (at + i) + " is wrong");
            }
            at += got;
        }
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder text = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) throw new EOFException("no line");
            text.append((char) c);
        }
        return text.toString();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private void server() throws Exception {
        SSLContext context = context(flags.get("client-ca"));
        SSLServerSocket listening = (SSLServerSocket) context.getServerSocketFactory()
            .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        SSLParameters parameters = listening.getSSLParameters();
        restrict(parameters);
        parameters.setUseCipherSuitesOrder(false);
        if (flags.containsKey("client-auth")) parameters.setNeedClientAuth(true);
        listening.setSSLParameters(parameters);
        report("listening", "port", String.valueOf(listening.getLocalPort()));
        Thread accepting = new Thread(() -> {
            while (true) {
                try {
                    SSLSocket socket = (SSLSocket) listening.accept();
                    new Thread(() -> serve(socket)).start();
                } catch (IOException e) {
                    return;
                }
            }
        });
        accepting.setDaemon(true);
        accepting.start();
        while (System.in.read() >= 0) {
            // Until the tests let go of it.
        }
        System.exit(0);
    }

    private void serve(SSLSocket socket) {
        boolean secured = false;
        try (socket) {
            socket.setSoTimeout(TIMEOUT_MS);
            socket.startHandshake();
            secure(socket);
            secured = true;
            InputStream in = socket.getInputStream();
            OutputStream out = socket.getOutputStream();
            String command = line(in);
            if (command.startsWith("C")) {
                out.write(ascii(line(in) + "\n"));
            } else if (command.startsWith("E")) {
                byte[] buffer = new byte[CHUNK];
                for (int got = in.read(buffer); got >= 0; got = in.read(buffer)) {
                    out.write(buffer, 0, got);
                    out.flush();
                }
            } else {
                throw new IOException("no such command: " + command);
            }
            out.flush();
        } catch (Exception e) {
            report(secured ? "broken" : "error", "message", e.toString());
            return;
        }
        report("done");
    }

    private void client() throws Exception {
        SSLContext context = context(flags.get("ca"));
        int times = Integer.parseInt(flags.getOrDefault("times", "1"));
        for (int i = 0; i < times; i++) {
            if (!connect(context)) System.exit(1);
        }
        System.exit(0);
    }

    private boolean connect(SSLContext context) throws Exception {
        boolean secured = false;
        int port = Integer.parseInt(flags.get("port"));
        // By name, so that sessions are found again and the name is sent and checked.
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket()) {
            socket.connect(new InetSocketAddress(InetAddress.getByAddress("localhost", new byte[] {127, 0, 0, 1}), port));
            socket.setSoTimeout(TIMEOUT_MS);
            SSLParameters parameters = socket.getSSLParameters();
            restrict(parameters);
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            secure(socket);
            secured = true;
            work(socket);
        } catch (Exception e) {
            report(secured ? "broken" : "error", "message", e.toString());
            return false;
        }
        report("done");
        return true;
    }

    private void work(SSLSocket socket) throws Exception {
        InputStream in = socket.getInputStream();
        OutputStream out = socket.getOutputStream();
        int bytes = Integer.parseInt(flags.getOrDefault("bytes", "0"));
        switch (flags.getOrDefault("do", "echo")) {
            case "echo" -> {
                out.write(ascii("E\nhello from java\n"));
                out.flush();
                String back = line(in);
                if (!back.equals("hello from java")) throw new IOException("sent back " + back);
                if (socket.getSession().getProtocol().equals("TLSv1.3")) {
                    socket.shutdownOutput();
                    drain(in);
                }
            }
            case "line" -> {
                out.write(ascii("C\nhello from java\n"));
                out.flush();
                drain(in);
            }
            case "back" -> {
                out.write(ascii("B " + bytes + "\n"));
                Thread sending = new Thread(() -> {
                    try {
                        send(out, bytes);
                    } catch (IOException e) {
                        report("broken", "message", e.toString());
                    }
                });
                sending.start();
                receive(in, bytes);
                sending.join();
            }
            default -> throw new IOException("no such work");
        }
    }

    /** To the peer's close_notify; a cut connection throws. */
    private static void drain(InputStream in) throws IOException {
        byte[] buffer = new byte[CHUNK];
        while (in.read(buffer) >= 0) {
            // Whatever it says.
        }
    }
}
