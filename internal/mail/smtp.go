package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"slices"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// defaultTimeout bounds one message when Config.Timeout is zero.
const defaultTimeout = 30 * time.Second

// TLS says how the connection to the mail server is protected.
type TLS string

// The modes. StartTLS never falls back to plain text; None is for a server on
// this machine.
const (
	StartTLS TLS = "starttls"
	Implicit TLS = "tls"
	None     TLS = "none"
)

// loginNeeded refuses every message for want of a login; RFC 4954, section 6.
const loginNeeded = 530

// Config names the mail server.
type Config struct {
	Host     string
	Port     int
	Username string // empty: no login
	Password Secret
	TLS      TLS
	RootCAs  *x509.CertPool // nil: the system's
	From     string         // address of the sender, with or without a name
	Timeout  time.Duration  // for one message, connection included; 30 s by default
	Now      func() time.Time
}

// SMTP sends messages through a mail server, each over a connection of its own.
// It is safe for concurrent use.
type SMTP struct {
	cfg     Config
	from    *mail.Address
	options []gomail.Option
}

// NewSMTP returns a sender, or an error that names the setting that is missing or
// unsafe. It does not connect.
func NewSMTP(cfg Config) (*SMTP, error) {
	if cfg.Host == "" || cfg.Port < 1 || cfg.Port > 65535 {
		return nil, errors.New("mail: host and port of the mail server are needed")
	}
	if !slices.Contains([]TLS{StartTLS, Implicit, None}, cfg.TLS) {
		return nil, fmt.Errorf("mail: the TLS mode must be %s, %s or %s", StartTLS, Implicit, None)
	}
	if cfg.TLS == None && !loopback(cfg.Host) {
		return nil, errors.New("mail: a mail server on another machine needs TLS")
	}
	if (cfg.Username == "") != (cfg.Password == "") {
		return nil, errors.New("mail: user name and password belong together")
	}
	from, err := parseAddress(cfg.From)
	if err != nil {
		return nil, errors.New("mail: the sender's address is missing or malformed")
	}
	if cfg.Timeout < 0 {
		return nil, errors.New("mail: the timeout must not be negative")
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = defaultTimeout
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &SMTP{cfg: cfg, from: from, options: options(cfg)}, nil
}

func options(cfg Config) []gomail.Option {
	opts := []gomail.Option{gomail.WithPort(cfg.Port), gomail.WithTimeout(cfg.Timeout), gomail.WithTLSConfig(cfg.tls())}
	switch cfg.TLS {
	case StartTLS:
		opts = append(opts, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case Implicit:
		opts = append(opts, gomail.WithSSL())
	case None:
		opts = append(opts, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	if cfg.Username != "" {
		opts = append(opts, gomail.WithUsername(cfg.Username), gomail.WithPassword(string(cfg.Password)),
			gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin))
	}
	return opts
}

func (cfg Config) tls() *tls.Config {
	return &tls.Config{ServerName: cfg.Host, RootCAs: cfg.RootCAs, MinVersion: tls.VersionTLS12}
}

// Send delivers a message to the mail server and returns when the server has
// taken it. ctx and Config.Timeout bound it. Use IsPermanent on the error; after
// any other, sending the same message again is right, though the server may then
// have it twice. Errors hold neither addresses nor what the server said.
func (s *SMTP) Send(ctx context.Context, m Message) error {
	message, err := s.build(m)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	line, err := s.dial(ctx)
	if err != nil {
		return classify(err, ctx.Err())
	}
	defer func() { _ = line.Close() }()
	client, err := gomail.NewClient(s.cfg.Host, append(slices.Clip(s.options), over(line))...)
	if err != nil {
		return fmt.Errorf("mail: set up the client: %w", err)
	}
	// The client watches a deadline of its own only; closing the line ends it at once.
	stop := context.AfterFunc(ctx, func() { _ = line.Close() })
	defer stop()
	err = client.DialAndSendWithContext(ctx, message)
	if message.IsDelivered() {
		return nil // whatever went wrong in saying goodbye
	}
	return classify(err, ctx.Err())
}

func (s *SMTP) dial(ctx context.Context) (net.Conn, error) {
	address := net.JoinHostPort(s.cfg.Host, strconv.Itoa(s.cfg.Port))
	if s.cfg.TLS == Implicit {
		return (&tls.Dialer{Config: s.cfg.tls()}).DialContext(ctx, "tcp", address)
	}
	return (&net.Dialer{}).DialContext(ctx, "tcp", address)
}

// over makes the client use a line that is there already.
func over(line net.Conn) gomail.Option {
	return gomail.WithDialContextFunc(func(context.Context, string, string) (net.Conn, error) { return line, nil })
}

func (s *SMTP) build(m Message) (*gomail.Msg, error) {
	to, err := m.check()
	if err != nil {
		return nil, err
	}
	message := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	from := s.from
	if m.From != "" {
		if from, err = parseAddress(m.From); err != nil {
			return nil, malformed("the sender's address")
		}
	}
	message.FromMailAddress(from)
	message.ToMailAddress(to)
	if reply, err := parseAddress(m.ReplyTo); err == nil {
		message.SetAddrHeaderFromMailAddress(gomail.HeaderReplyTo, reply)
	}
	if m.Unsubscribe != "" { // RFC 2369, and RFC 8058 for one click
		message.SetGenHeader(gomail.HeaderListUnsubscribe, "<"+m.Unsubscribe+">")
		message.SetGenHeader(gomail.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click")
	}
	message.Subject(shorten(plain(m.Subject), maxSubject))
	message.SetMessageIDWithValue(m.ID)
	message.SetDateWithValue(s.cfg.Now())
	message.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no holiday replies
	message.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		message.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	return message, nil
}

// classify makes an error permanent when the server refused the message for
// good. Trouble with the connection or the login is about every message and ends
// when somebody mends it.
func classify(err, ctxErr error) error {
	if ctxErr != nil {
		return fmt.Errorf("mail: the mail server did not answer in time: %w", ctxErr)
	}
	var refused *gomail.SendError
	if !errors.As(err, &refused) {
		return fmt.Errorf("mail: %w", err)
	}
	// Only the code and the step: the rest of a refusal names the recipient.
	code := refused.ErrorCode()
	if code == 0 {
		return fmt.Errorf("mail: lost the mail server at %s", refused.Reason)
	}
	if code/100 == 5 && code != loginNeeded {
		return fmt.Errorf("mail: the mail server answered %d to %s: %w", code, refused.Reason, errPermanent)
	}
	return fmt.Errorf("mail: the mail server answered %d to %s", code, refused.Reason)
}

func loopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || (err == nil && address.IsLoopback())
}
