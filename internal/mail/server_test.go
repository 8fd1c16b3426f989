package mail_test

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/mail"
)

// driver runs three real mail servers, one per TLS mode, and writes a line of
// JSON for its ports and for every message. How a server answers depends on the
// recipient's local part. It ends when its input does.
const driver = `
const {SMTPServer} = require('smtp-server');
const fs = require('fs');
const say = (o) => process.stdout.write(JSON.stringify(o) + '\n');
const fail = (code, text) => Object.assign(new Error(text), {responseCode: code});
const tries = {};
const shared = {
  key: fs.readFileSync('key.pem'), cert: fs.readFileSync('cert.pem'), logger: false,
  onAuth(auth, session, done) {
    const good = auth.username === 'handsel' && auth.password === 'an example password';
    done(good ? null : fail(535, 'Authentication failed'), good ? {user: auth.username} : undefined);
  },
  onRcptTo(address, session, done) {
    const local = address.address.split('@')[0];
    tries[local] = (tries[local] || 0) + 1;
    if (local === 'gone') return done(fail(550, 'No such user ' + address.address));
    if (local.startsWith('busy') && tries[local] === 1) return done(fail(451, 'Try again later'));
    if (local === 'silent') return;
    done();
  },
  onData(stream, session, done) {
    const chunks = [];
    stream.on('data', (c) => chunks.push(c));
    stream.on('end', () => {
      const {mailFrom, rcptTo} = session.envelope;
      if (rcptTo[0].address.startsWith('late')) return done(fail(554, 'Refused'));
      say({from: mailFrom.address, to: rcptTo.map((r) => r.address), secure: session.secure, user: session.user || '', raw: Buffer.concat(chunks).toString('base64')});
      done();
    });
  },
};
const modes = {
  none: {disabledCommands: ['STARTTLS'], authOptional: true, allowInsecureAuth: true},
  starttls: {authOptional: false},
  tls: {secure: true, authOptional: false},
};
const ports = {};
for (const [name, options] of Object.entries(modes)) {
  const server = new SMTPServer({...shared, ...options});
  server.on('error', () => {});
  server.listen(0, '127.0.0.1', () => {
    ports[name] = server.server.address().port;
    if (Object.keys(ports).length === 3) say({ports});
  });
}
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
`

// received is a message as the server saw it.
type received struct {
	From   string
	To     []string
	Secure bool
	User   string
	Raw    []byte
}

// smtpServer is the running driver.
type smtpServer struct {
	ports map[mail.TLS]int
	roots *x509.CertPool
	input io.Closer
	done  chan struct{} // closed when its output ends
	next  atomic.Int64  // for recipients of one test only

	mu    sync.Mutex
	inbox map[string][]received
}

// server runs for the tests of this package; TestMain sets it once.
var server *smtpServer

func TestMain(m *testing.M) {
	code, err := withServer(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "the mail server of the tests (node and npm are needed):", err)
		code = 1
	}
	os.Exit(code)
}

func withServer(m *testing.M) (code int, err error) {
	dir, err := os.MkdirTemp("", "handsel-mail-")
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	install := exec.Command("npm", "install", "--no-audit", "--no-fund", "--prefix", dir, "smtp-server@3.21.6")
	if output, err := install.CombinedOutput(); err != nil {
		return 1, fmt.Errorf("npm install: %w\n%s", err, output)
	}
	node := exec.Command("node", "driver.js")
	node.Dir, node.Stderr = dir, os.Stderr
	if server, err = start(node); err != nil {
		return 1, err
	}
	code = m.Run()
	_ = server.input.Close()
	<-server.done
	return code, node.Wait()
}

func start(node *exec.Cmd) (*smtpServer, error) {
	roots, err := certificate(node.Dir)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(node.Dir, "driver.js"), []byte(driver), 0o600); err != nil {
		return nil, err
	}
	input, err := node.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := node.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := node.Start(); err != nil {
		return nil, err
	}
	s := &smtpServer{roots: roots, input: input, done: make(chan struct{}), inbox: map[string][]received{}}
	lines := bufio.NewReader(output)
	var hello struct{ Ports map[mail.TLS]int }
	first, err := lines.ReadBytes('\n')
	if err := errors.Join(err, json.Unmarshal(first, &hello)); err != nil {
		return nil, errors.Join(err, input.Close(), node.Wait())
	}
	s.ports = hello.Ports
	go s.read(lines)
	return s, nil
}

// read files the messages by recipient until the driver ends.
func (s *smtpServer) read(lines io.Reader) {
	defer close(s.done)
	decoder := json.NewDecoder(lines)
	for {
		var r received
		if decoder.Decode(&r) != nil {
			return
		}
		s.mu.Lock()
		s.inbox[r.To[0]] = append(s.inbox[r.To[0]], r)
		s.mu.Unlock()
	}
}

// messages returns what has arrived for a recipient, at least so many, once it
// is there: the server answers a moment before its line is read.
func (s *smtpServer) messages(t *testing.T, to string, atLeast int) []received {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for range 1000 {
		s.mu.Lock()
		found := s.inbox[to]
		s.mu.Unlock()
		if len(found) >= atLeast {
			return found
		}
		<-tick.C
	}
	t.Fatalf("fewer than %d messages arrived for %s", atLeast, to)
	return nil
}

// config reaches the server in a mode, with the login that it wants.
func (s *smtpServer) config(mode mail.TLS) mail.Config {
	cfg := mail.Config{
		Host: "127.0.0.1", Port: s.ports[mode], TLS: mode, RootCAs: s.roots, From: "Market <market@example.com>", Timeout: 20 * time.Second,
		Now: func() time.Time { return time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC) },
	}
	if mode != mail.None {
		cfg.Username, cfg.Password = "handsel", "an example password"
	}
	return cfg
}

// certificate writes key.pem and cert.pem and returns a pool that trusts them.
func certificate(dir string) (*x509.CertPool, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "127.0.0.1"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(bytes.Clone(certPEM)) {
		return nil, errors.New("the certificate cannot be read back")
	}
	return roots, errors.Join(
		os.WriteFile(filepath.Join(dir, "cert.pem"), certPEM, 0o600),
		os.WriteFile(filepath.Join(dir, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600),
	)
}
