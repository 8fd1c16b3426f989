package mail_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/mail"
)

func sender(t *testing.T, cfg mail.Config) *mail.SMTP {
	t.Helper()
	s, err := mail.NewSMTP(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func note(to string) mail.Message {
	local, _, _ := strings.Cut(to, "@")
	return mail.Message{To: to, Subject: "Hello", Text: "Good morning.\n", HTML: "<p>Good morning.</p>", ID: "event-" + local + "@market.example.com"}
}

// parsed is a message as a recipient's software reads it.
type parsed struct {
	header netmail.Header
	parts  map[string]string // by content type
	order  []string
}

func parse(t *testing.T, raw []byte) parsed {
	t.Helper()
	message, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("the message cannot be read: %v\n%s", err, raw)
	}
	kind, params, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("content type %q: %v", kind, err)
	}
	p := parsed{header: message.Header, parts: map[string]string{}}
	for reader := multipart.NewReader(message.Body, params["boundary"]); ; {
		part, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			return p
		}
		if err != nil {
			t.Fatal(err)
		}
		var body io.Reader = part
		if part.Header.Get("Content-Transfer-Encoding") == "quoted-printable" {
			body = quotedprintable.NewReader(part)
		}
		text, err := io.ReadAll(body)
		if err != nil {
			t.Fatal(err)
		}
		kind, params, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
		if err != nil || !strings.EqualFold(params["charset"], "utf-8") {
			t.Fatalf("part of type %q: %v", part.Header.Get("Content-Type"), err)
		}
		p.order = append(p.order, kind)
		p.parts[kind] = strings.ReplaceAll(string(text), "\r\n", "\n")
	}
}

func TestSMTP_Send(t *testing.T) {
	t.Parallel()
	for _, mode := range []mail.TLS{mail.None, mail.StartTLS, mail.Implicit} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			m := note(string(mode) + "@example.com")
			m.To = "Zoë Example <" + m.To + ">"
			m.ReplyTo, m.Unsubscribe = "Help <help@market.example.com>", "https://market.example.com/mail/off/abc"
			m.Subject = "50 € for “order 12”"
			m.Text = "Moi,\n\n.a line that begins with a dot\n" + strings.Repeat("long ", 400) + "ä€\n"
			m.HTML = "<p>Moi & ä€</p>"
			if err := sender(t, server.config(mode)).Send(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			got := server.messages(t, string(mode)+"@example.com", 1)[0]
			if got.From != "market@example.com" || got.Secure != (mode != mail.None) || (got.User == "handsel") != (mode != mail.None) {
				t.Errorf("sent by %q, secure %v, login %q", got.From, got.Secure, got.User)
			}
			p := parse(t, got.Raw)
			if diff := cmp.Diff([]string{"text/plain", "text/html"}, p.order); diff != "" {
				t.Errorf("parts (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(map[string]string{"text/plain": m.Text, "text/html": m.HTML}, p.parts); diff != "" {
				t.Errorf("content (-want +got):\n%s", diff)
			}
			subject, err := new(mime.WordDecoder).DecodeHeader(p.header.Get("Subject"))
			if err != nil || subject != m.Subject {
				t.Errorf("subject %q, %v; want %q", subject, err, m.Subject)
			}
			to, err := p.header.AddressList("To")
			if err != nil || len(to) != 1 || to[0].Name != "Zoë Example" {
				t.Errorf("to %v, %v", to, err)
			}
			for name, want := range map[string]string{
				"Message-Id": "<" + m.ID + ">", "Date": "Mon, 02 Mar 2026 09:00:00 +0000", "From": `"Market" <market@example.com>`, "Auto-Submitted": "auto-generated",
				"Reply-To": `"Help" <help@market.example.com>`, "List-Unsubscribe": "<https://market.example.com/mail/off/abc>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
			} {
				if diff := cmp.Diff([]string{want}, p.header[name]); diff != "" {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
			}
		})
	}
}

// What people write must not become a header, a recipient or a command.
func TestSMTP_Send_injection(t *testing.T) {
	t.Parallel()
	s := sender(t, server.config(mail.None))
	m := note("careful@example.com")
	m.To = "=?utf-8?b?QW5uDQpCY2M6IHZpY3RpbUBleGFtcGxlLmNvbQ==?= <careful@example.com>" // a line break in it
	m.Subject = "Hi\r\nBcc: victim@example.com\n\n<script>\x00\u202egnp.exe\u2028Reply-To: x@example.com"
	if err := s.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	p := parse(t, server.messages(t, "careful@example.com", 1)[0].Raw)
	subject, err := new(mime.WordDecoder).DecodeHeader(p.header.Get("Subject"))
	if want := "Hi Bcc: victim@example.com <script>gnp.exe Reply-To: x@example.com"; err != nil || subject != want {
		t.Errorf("subject %q, %v; want %q", subject, err, want)
	}
	if to, err := p.header.AddressList("To"); err != nil || len(to) != 1 || to[0].Name != "Ann Bcc: victim@example.com" {
		t.Errorf("to %v, %v", to, err)
	}
	if p.header.Get("Bcc") != "" || p.header.Get("Reply-To") != "" {
		t.Errorf("headers that nobody set: %v", p.header)
	}

	refused := map[string]func(*mail.Message){
		"line break in the address": func(m *mail.Message) { m.To = "a@example.com\r\nRCPT TO:<victim@example.com>" },
		"line break in quotes":      func(m *mail.Message) { m.To = "\"a\r\nBcc: v@example.com\" <a@example.com>" },
		"tab in quotes":             func(m *mail.Message) { m.To = "\"a\tb\"@example.com" },
		"two addresses":             func(m *mail.Message) { m.To = "a@example.com, victim@example.com" },
		"no address":                func(m *mail.Message) { m.To = "Ann" },
		"a long address":            func(m *mail.Message) { m.To = strings.Repeat("a", 320) + "@example.com" },
		"no subject":                func(m *mail.Message) { m.Subject = "\r\n\x00" },
		"no text":                   func(m *mail.Message) { m.Text = "" },
		"no id":                     func(m *mail.Message) { m.ID = "" },
		"line break in the id":      func(m *mail.Message) { m.ID = "a@example.com>\r\nBcc: <v@example.com" },
		"line break behind the id":  func(m *mail.Message) { m.ID = "a@example.com\n" },
		"line break for answers":    func(m *mail.Message) { m.ReplyTo = "a@example.com\r\nBcc: victim@example.com" },
		"no address for answers":    func(m *mail.Message) { m.ReplyTo = "help" },
		"line break in a link":      func(m *mail.Message) { m.Unsubscribe = "https://example.com/a>\r\nBcc: <victim@example.com" },
		"a link without TLS":        func(m *mail.Message) { m.Unsubscribe = "http://market.example.com/a" },
		"a long id":                 func(m *mail.Message) { m.ID = strings.Repeat("a", 200) + "@example.com" },
	}
	for name, spoil := range refused {
		m := note("nobody@example.com")
		spoil(&m)
		if err := s.Send(t.Context(), m); !mail.IsPermanent(err) || strings.Contains(err.Error(), "victim") {
			t.Errorf("%s: %v, want a permanent error without the address", name, err)
		}
		if err := new(mail.Memory).Send(t.Context(), m); !mail.IsPermanent(err) {
			t.Errorf("%s: %v in memory, want the same", name, err)
		}
	}
}

func TestSMTP_Send_refusals(t *testing.T) {
	t.Parallel()
	s := sender(t, server.config(mail.None))
	busy := fmt.Sprintf("busy-%d@example.com", server.next.Add(1))
	if err := s.Send(t.Context(), note(busy)); err == nil || mail.IsPermanent(err) || !strings.Contains(err.Error(), "451") {
		t.Errorf("451: %v, want a temporary error", err)
	}
	if err := s.Send(t.Context(), note(busy)); err != nil {
		t.Errorf("the second attempt: %v", err)
	}
	if got := server.messages(t, busy, 1); len(got) != 1 {
		t.Errorf("%d messages arrived, want 1", len(got))
	}
	for to, code := range map[string]string{"gone@example.com": "550", "late@example.com": "554"} {
		err := s.Send(t.Context(), note(to))
		if !mail.IsPermanent(err) || !strings.Contains(err.Error(), code) {
			t.Errorf("%s: %v, want a permanent error", code, err)
			continue
		}
		if strings.Contains(err.Error(), "example.com") {
			t.Errorf("%v shows the recipient", err)
		}
	}
}

// Trouble that is not the message's own is worth another attempt.
func TestSMTP_Send_trouble(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := listener.Addr().(*net.TCPAddr).Port
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		mode  mail.TLS
		spoil func(*mail.Config)
		to    string
	}{
		"nobody listens":       {mail.None, func(c *mail.Config) { c.Port = closed }, "x@example.com"},
		"wrong password":       {mail.Implicit, func(c *mail.Config) { c.Password = "wrong password" }, "x@example.com"},
		"no login":             {mail.StartTLS, func(c *mail.Config) { c.Username, c.Password = "", "" }, "x@example.com"},
		"unknown certificate":  {mail.Implicit, func(c *mail.Config) { c.RootCAs = x509.NewCertPool() }, "x@example.com"},
		"the same, later":      {mail.StartTLS, func(c *mail.Config) { c.RootCAs = x509.NewCertPool() }, "x@example.com"},
		"certificate of other": {mail.StartTLS, func(c *mail.Config) { c.Host = "localhost" }, "x@example.com"},
		"no STARTTLS there":    {mail.None, func(c *mail.Config) { c.TLS = mail.StartTLS }, "x@example.com"},
		"no answer":            {mail.None, func(c *mail.Config) { c.Timeout = 300 * time.Millisecond }, "silent@example.com"},
	}
	for name, tc := range tests {
		cfg := server.config(tc.mode)
		tc.spoil(&cfg)
		err := sender(t, cfg).Send(t.Context(), note(tc.to))
		if err == nil || mail.IsPermanent(err) {
			t.Errorf("%s: %v, want a temporary error", name, err)
		} else if strings.Contains(err.Error(), "password") || strings.Contains(err.Error(), tc.to) {
			t.Errorf("%s: %v shows what it should not", name, err)
		}
	}
}

// A caller's deadline ends a message at once, whatever the server does.
func TestSMTP_Send_canceled(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		line, err := listener.Accept()
		if err != nil {
			return
		}
		_, _ = io.WriteString(line, "220 mail.example.com\r\n")
		_, _ = bufio.NewReader(line).ReadString('\n') // the client has said hello
		cancel()
		_, _ = io.Copy(io.Discard, line) // and gets no answer
	}()
	cfg := server.config(mail.None)
	cfg.Port, cfg.Timeout = listener.Addr().(*net.TCPAddr).Port, time.Hour
	if err := sender(t, cfg).Send(ctx, note("x@example.com")); !errors.Is(err, context.Canceled) || mail.IsPermanent(err) {
		t.Errorf("canceled: %v", err)
	}
	<-ended // the line is closed
	if err := listener.Close(); err != nil {
		t.Error(err)
	}
}

func TestNewSMTP_refusals(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*mail.Config){
		"no host":                 func(c *mail.Config) { c.Host = "" },
		"no port":                 func(c *mail.Config) { c.Port = 0 },
		"no such port":            func(c *mail.Config) { c.Port = 65536 },
		"unknown mode":            func(c *mail.Config) { c.TLS = "opportunistic" },
		"plain text to elsewhere": func(c *mail.Config) { c.TLS, c.Host = mail.None, "mail.example.com" },
		"password alone":          func(c *mail.Config) { c.Username = "" },
		"user name alone":         func(c *mail.Config) { c.Password = "" },
		"no sender":               func(c *mail.Config) { c.From = "" },
		"line break in sender":    func(c *mail.Config) { c.From = "a@example.com\nBcc: b@example.com" },
		"negative timeout":        func(c *mail.Config) { c.Timeout = -1 },
	}
	for name, spoil := range tests {
		cfg := server.config(mail.StartTLS)
		spoil(&cfg)
		if _, err := mail.NewSMTP(cfg); err == nil || strings.Contains(err.Error(), "an example password") {
			t.Errorf("%s: %v", name, err)
		}
	}
	cfg := server.config(mail.StartTLS)
	for _, format := range []string{"%v", "%+v", "%s", "%q", "%x"} {
		if text := fmt.Sprintf(format, cfg.Password); text != "***" {
			t.Errorf("%s shows the password: %s", format, text)
		}
	}
}

// A message of another sender than the connection's goes out under that one.
func TestH7_senderOfTheMessage(t *testing.T) {
	t.Parallel()
	m := note("wheels@example.com")
	m.From = "Wheels <hello@wheels.example.com>"
	if err := sender(t, server.config(mail.None)).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	got := server.messages(t, "wheels@example.com", 1)[0]
	if from := parse(t, got.Raw).header.Get("From"); got.From != "hello@wheels.example.com" || from != `"Wheels" <hello@wheels.example.com>` {
		t.Errorf("sent by %q, from %q", got.From, from)
	}
	m.From = "nobody"
	if err := sender(t, server.config(mail.None)).Send(t.Context(), m); !mail.IsPermanent(err) {
		t.Errorf("a malformed sender: %v", err)
	}
}
