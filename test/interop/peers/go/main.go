// Command peer is a small TLS client and server over Go's crypto/tls, driven by flags, for the interoperability
// tests. It reports what happened as one JSON object a line on standard output, and ends when its standard input does.
//
//	peer server -cert F -key F [-client-ca F -client-auth required] [-groups X25519,P-256] [-alpn a,b]
//	peer client -port N -ca F [-cert F -key F] [-servername S] -do echo|down|up|line|back [-bytes N] [-slow]
//
// Both take -min-version and -max-version, -no-tickets, and -export L to tell keying material under a label; a client
// takes -times N to connect again with the sessions that it has by then.
//
// Over the channel a client sends one line: "E\n" and then anything to be sent back, "D n\n" to be sent n bytes, or
// "U n\n" and then n bytes, which are answered by "OK\n", or "C\n" and one line, to be sent back before the server
// closes. Byte i of a bulk transfer is i mod 251. Our own servers also know "B n\n" and n bytes, to be sent back.
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"time"
)

const (
	deadline  = 60 * time.Second
	slowChunk = 64 * 1024
	slowPause = 2 * time.Millisecond
)

type event struct {
	Event   string `json:"event"`
	Port    int    `json:"port,omitempty"`
	Version string `json:"version,omitempty"`
	Suite   string `json:"suite,omitempty"`
	Group   string `json:"group,omitempty"`
	ALPN    string `json:"alpn,omitempty"`
	Name    string `json:"name,omitempty"`
	Peer    string `json:"peer,omitempty"`
	Message string `json:"message,omitempty"`
	Alert   int    `json:"alert,omitempty"`
	Bytes   int    `json:"bytes,omitempty"`
	Resumed bool   `json:"resumed"`
	Export  string `json:"export,omitempty"`
	Unique  string `json:"unique,omitempty"`
}

var out sync.Mutex

func report(e event) {
	out.Lock()
	defer out.Unlock()
	line, _ := json.Marshal(e)
	fmt.Printf("%s\n", line)
}

// reportError tells a received alert, which crypto/tls keeps as an unexported byte inside a net.OpError.
func reportError(kind string, err error) {
	e := event{Event: kind, Message: err.Error()}
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "remote error" {
		if v := reflect.ValueOf(op.Err); v.Kind() == reflect.Uint8 {
			e.Alert = int(v.Uint())
		}
	}
	report(e)
}

func fatal(err error) {
	reportError("error", err)
	os.Exit(1)
}

// broken tells what went wrong after a handshake that was told of already.
func broken(err error) {
	reportError("broken", err)
}

var groupCodes = map[string]tls.CurveID{
	"X25519": tls.X25519, "P-256": tls.CurveP256, "P-384": tls.CurveP384, "P-521": tls.CurveP521,
	"X25519MLKEM768": 0x11ec,
}

func groupName(code uint64) string {
	for name, known := range groupCodes {
		if uint64(known) == code {
			return name
		}
	}
	return fmt.Sprint(code)
}

type options struct {
	cert, key, ca, clientCA, clientAuth, groups, alpn, serverName, do, minVersion, maxVersion, export string
	port, bytes, times                                                                                int
	insecure, slow, noTickets                                                                         bool
}

func (o options) config() *tls.Config {
	c := &tls.Config{MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS13, ServerName: o.serverName, InsecureSkipVerify: o.insecure}
	if o.maxVersion == "1.2" {
		c.MaxVersion = tls.VersionTLS12
	}
	if o.minVersion == "1.3" {
		c.MinVersion = tls.VersionTLS13
	}
	c.SessionTicketsDisabled = o.noTickets
	if o.cert != "" {
		pair, err := tls.LoadX509KeyPair(o.cert, o.key)
		if err != nil {
			fatal(err)
		}
		c.Certificates = []tls.Certificate{pair}
		// A client shows its certificate even where the server names other authorities.
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
	}
	c.RootCAs = pool(o.ca)
	c.ClientCAs = pool(o.clientCA)
	switch o.clientAuth {
	case "required":
		c.ClientAuth = tls.RequireAndVerifyClientCert
	case "optional":
		c.ClientAuth = tls.VerifyClientCertIfGiven
	}
	if o.groups != "" {
		for _, name := range strings.Split(o.groups, ",") {
			c.CurvePreferences = append(c.CurvePreferences, groupCodes[name])
		}
	}
	if o.alpn != "" {
		c.NextProtos = strings.Split(o.alpn, ",")
	}
	return c
}

func pool(file string) *x509.CertPool {
	if file == "" {
		return nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		fatal(err)
	}
	p := x509.NewCertPool()
	if !p.AppendCertsFromPEM(pem) {
		fatal(fmt.Errorf("no certificate in %s", file))
	}
	return p
}

func reportSecure(o options, c *tls.Conn) {
	s := c.ConnectionState()
	e := event{Event: "secure", Suite: tls.CipherSuiteName(s.CipherSuite), ALPN: s.NegotiatedProtocol, Name: s.ServerName}
	e.Resumed = s.DidResume
	e.Unique = hex.EncodeToString(s.TLSUnique)
	if o.export != "" {
		material, err := s.ExportKeyingMaterial(o.export, nil, 20)
		if err != nil {
			fatal(err)
		}
		e.Export = hex.EncodeToString(material)
	}
	e.Version = map[uint16]string{tls.VersionTLS12: "TLSv1.2", tls.VersionTLS13: "TLSv1.3"}[s.Version]
	// The group is told only by Go 1.25 and later.
	if f := reflect.ValueOf(s).FieldByName("CurveID"); f.IsValid() {
		e.Group = groupName(f.Uint())
	}
	if len(s.PeerCertificates) > 0 {
		e.Peer = s.PeerCertificates[0].Subject.CommonName
	}
	report(e)
}

func pattern(from, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte((from + i) % 251)
	}
	return b
}

func send(w io.Writer, n int) error {
	for at := 0; at < n; {
		size := 32 * 1024
		if n-at < size {
			size = n - at
		}
		if _, err := w.Write(pattern(at, size)); err != nil {
			return err
		}
		at += size
	}
	return nil
}

func receive(r io.Reader, n int, slow bool) error {
	buffer := make([]byte, slowChunk)
	for at := 0; at < n; {
		limit := n - at
		if limit > len(buffer) {
			limit = len(buffer)
		}
		got, err := r.Read(buffer[:limit])
		for i := 0; i < got; i++ {
			if buffer[i] != byte((at+i)%251) {
				return fmt.Errorf("byte %d is wrong", at+i)
			}
		}
		at += got
		if err != nil && at < n {
			return fmt.Errorf("after %d bytes: %w", at, err)
		}
		if slow {
			time.Sleep(slowPause)
		}
	}
	return nil
}

func serveOne(raw net.Conn, config *tls.Config, o options) {
	_ = raw.SetDeadline(time.Now().Add(deadline))
	c := tls.Server(raw, config)
	defer c.Close()
	if err := c.Handshake(); err != nil {
		reportError("error", err)
		return
	}
	reportSecure(o, c)
	r := bufio.NewReader(c)
	line, err := r.ReadString('\n')
	if err == nil {
		err = command(line, r, c, o.slow)
	}
	if err != nil && err != io.EOF {
		broken(err)
		return
	}
	report(event{Event: "done"})
}

func command(line string, r io.Reader, c io.Writer, slow bool) error {
	var n int
	switch line[0] {
	case 'E':
		_, err := io.Copy(c, r)
		return err
	case 'D':
		if _, err := fmt.Sscanf(line, "D %d", &n); err != nil {
			return err
		}
		return send(c, n)
	case 'C':
		text, err := bufio.NewReader(r).ReadString('\n')
		if err != nil {
			return err
		}
		_, err = io.WriteString(c, text)
		return err
	case 'U':
		if _, err := fmt.Sscanf(line, "U %d", &n); err != nil {
			return err
		}
		if err := receive(r, n, slow); err != nil {
			return err
		}
		_, err := io.WriteString(c, "OK\n")
		return err
	}
	return fmt.Errorf("no such command: %q", line)
}

func server(o options) {
	config := o.config()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fatal(err)
	}
	report(event{Event: "listening", Port: l.Addr().(*net.TCPAddr).Port})
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go serveOne(c, config, o)
		}
	}()
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func client(o options) {
	config := o.config()
	config.ClientSessionCache = tls.NewLRUClientSessionCache(4)
	for i := 0; i < o.times; i++ {
		connect(o, config)
	}
}

func connect(o options, config *tls.Config) {
	raw, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", o.port), 10*time.Second)
	if err != nil {
		fatal(err)
	}
	_ = raw.SetDeadline(time.Now().Add(deadline))
	c := tls.Client(raw, config)
	if err := c.Handshake(); err != nil {
		fatal(err)
	}
	reportSecure(o, c)
	if err := clientWork(o, c); err != nil {
		broken(err)
		os.Exit(1)
	}
	_ = c.CloseWrite()
	// Reads to the peer's close_notify: io.EOF is a clean end, a cut connection is io.ErrUnexpectedEOF.
	if _, err := io.Copy(io.Discard, c); err != nil {
		broken(err)
		os.Exit(1)
	}
	report(event{Event: "done", Bytes: o.bytes})
}

func clientWork(o options, c *tls.Conn) error {
	switch o.do {
	case "echo":
		text := "hello from go\n"
		if _, err := io.WriteString(c, "E\n"+text); err != nil {
			return err
		}
		back := make([]byte, len(text))
		if _, err := io.ReadFull(c, back); err != nil {
			return err
		}
		if string(back) != text {
			return fmt.Errorf("sent back %q", back)
		}
	case "line":
		// The server sends the line back and closes first.
		if _, err := io.WriteString(c, "C\nhello from go\n"); err != nil {
			return err
		}
		_, err := io.Copy(io.Discard, c)
		return err
	case "back":
		if _, err := fmt.Fprintf(c, "B %d\n", o.bytes); err != nil {
			return err
		}
		sent := make(chan error, 1)
		go func() { sent <- send(c, o.bytes) }()
		if err := receive(c, o.bytes, o.slow); err != nil {
			return err
		}
		return <-sent
	case "down":
		if _, err := fmt.Fprintf(c, "D %d\n", o.bytes); err != nil {
			return err
		}
		return receive(c, o.bytes, o.slow)
	case "up":
		if _, err := fmt.Fprintf(c, "U %d\n", o.bytes); err != nil {
			return err
		}
		if err := send(c, o.bytes); err != nil {
			return err
		}
		answer := make([]byte, 3)
		if _, err := io.ReadFull(c, answer); err != nil {
			return err
		}
	default:
		return fmt.Errorf("no such work: %q", o.do)
	}
	return nil
}

func main() {
	if len(os.Args) < 2 {
		fatal(errors.New("usage: peer server|client|version"))
	}
	var o options
	f := flag.NewFlagSet(os.Args[1], flag.ExitOnError)
	f.StringVar(&o.cert, "cert", "", "certificate chain, PEM")
	f.StringVar(&o.key, "key", "", "private key, PEM")
	f.StringVar(&o.ca, "ca", "", "authorities to trust in servers, PEM")
	f.StringVar(&o.clientCA, "client-ca", "", "authorities to trust in clients, PEM")
	f.StringVar(&o.clientAuth, "client-auth", "none", "none, optional or required")
	f.StringVar(&o.groups, "groups", "", "named groups, in order")
	f.StringVar(&o.alpn, "alpn", "", "protocols, in order")
	f.StringVar(&o.serverName, "servername", "localhost", "name to send and to verify")
	f.StringVar(&o.minVersion, "min-version", "1.2", "1.2 or 1.3")
	f.StringVar(&o.export, "export", "", "label of keying material to tell")
	f.BoolVar(&o.noTickets, "no-tickets", false, "neither give nor ask for tickets")
	f.IntVar(&o.times, "times", 1, "how often to connect")
	f.StringVar(&o.maxVersion, "max-version", "1.3", "1.2 or 1.3")
	f.StringVar(&o.do, "do", "echo", "echo, down, up, line or back")
	f.IntVar(&o.port, "port", 0, "port to connect to")
	f.IntVar(&o.bytes, "bytes", 0, "size of a bulk transfer")
	f.BoolVar(&o.insecure, "insecure", false, "verify nothing")
	f.BoolVar(&o.slow, "slow", false, "read slowly")
	_ = f.Parse(os.Args[2:])
	switch os.Args[1] {
	case "server":
		server(o)
	case "client":
		client(o)
	case "version":
		fmt.Println(runtime.Version())
	default:
		fatal(errors.New("usage: peer server|client|version"))
	}
}
