package notices

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/mail"
)

// Stops keep which kinds of e-mails users do not want.
type Stops interface {
	// MailStopped tells whether a user has stopped a kind.
	MailStopped(ctx context.Context, community int64, user, kind string) (bool, error)
	// StopMail stops a kind, and ResumeMail lets it come again. Both may be repeated.
	StopMail(ctx context.Context, community int64, user, kind string, at time.Time) error
	ResumeMail(ctx context.Context, community int64, user, kind string) error
}

// Stop is a user and a kind of e-mail that they may stop.
type Stop struct {
	Community int64
	User      string
	Kind      mail.Kind
}

// StopLinks make the links with which a user stops a kind of e-mail without logging in. A
// link is signed, names whose it is, and works for good: mails are kept for years.
type StopLinks struct {
	// Origin is where people reach this server; empty: there are no links.
	Origin string
	Key    string // lives in the database, so that all replicas have the same
}

// The path of a link, and the bounds of its token.
const (
	StopPath   = "/mail/stop/"
	stopMAC    = 16 // bytes: 128 bits
	maxToken   = 1 << 10
	stopParts  = 3
	stopDivide = "\n" // is in no id and in no kind
)

func (l StopLinks) mac(text string) []byte {
	key := hmac.New(sha256.New, []byte(l.Key))
	key.Write([]byte("handsel e-mails that are stopped, version 1"))
	mac := hmac.New(sha256.New, key.Sum(nil))
	mac.Write([]byte(text))
	return mac.Sum(nil)[:stopMAC]
}

// Link is the URL for a user and a kind; empty for what is no matter of choice.
func (l StopLinks) Link(s Stop) string {
	if l.Origin == "" || !mail.Optional(s.Kind) || s.User == Staff {
		return ""
	}
	text := strconv.FormatInt(s.Community, 10) + stopDivide + string(s.Kind) + stopDivide + s.User
	return l.Origin + StopPath + base64.RawURLEncoding.EncodeToString(append(l.mac(text), text...))
}

// Read is what the token of a link says. Fault: mail_link_invalid.
func (l StopLinks) Read(token string) (Stop, error) {
	invalid := fault.New(fault.NotFound, "mail_link_invalid", "this link is not complete; copy all of it from the e-mail, or answer that e-mail")
	if len(token) > maxToken {
		return Stop{}, invalid
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) < stopMAC || !hmac.Equal(raw[:stopMAC], l.mac(string(raw[stopMAC:]))) {
		return Stop{}, invalid
	}
	parts := strings.SplitN(string(raw[stopMAC:]), stopDivide, stopParts)
	if len(parts) != stopParts {
		return Stop{}, invalid
	}
	community, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil {
		return Stop{}, invalid
	}
	return Stop{Community: community, Kind: mail.Kind(parts[1]), User: parts[2]}, nil
}

// StopDesk is where links are answered.
type StopDesk struct {
	Links StopLinks
	Store Stops
	Heads Letterheads
	Now   func() time.Time
}

// StopState is what a page says of a link.
type StopState struct {
	Marketplace, Language string
	Stopped               bool
}

// State is how it stands with what a link is about. Nothing is written. Fault: mail_link_invalid.
func (d StopDesk) State(ctx context.Context, token string) (StopState, error) {
	s, err := d.Links.Read(token)
	if err != nil {
		return StopState{}, err
	}
	return d.state(ctx, s)
}

func (d StopDesk) state(ctx context.Context, s Stop) (StopState, error) {
	head, err := d.Heads.Letterhead(ctx, s.Community)
	if err != nil {
		return StopState{}, fmt.Errorf("letterhead: %w", err)
	}
	stopped, err := d.Store.MailStopped(ctx, s.Community, s.User, string(s.Kind))
	return StopState{Marketplace: head.Marketplace, Language: cmp.Or(head.Language, mail.DefaultLanguage), Stopped: stopped}, err
}

// Set stops the kind of a link, or lets it come again. A kind that is a receipt in this
// version is left as it is. Fault: mail_link_invalid.
func (d StopDesk) Set(ctx context.Context, token string, stopped bool) (StopState, error) {
	s, err := d.Links.Read(token)
	if err != nil {
		return StopState{}, err
	}
	switch {
	case !mail.Optional(s.Kind):
	case stopped:
		err = d.Store.StopMail(ctx, s.Community, s.User, string(s.Kind), d.Now())
	default:
		err = d.Store.ResumeMail(ctx, s.Community, s.User, string(s.Kind))
	}
	if err != nil {
		return StopState{}, err
	}
	return d.state(ctx, s)
}

// CheckOrigin wants an https origin, or one of this machine.
func CheckOrigin(origin string) error {
	if origin != "" && (!mail.SafeLink(origin) || strings.Count(origin, "/") != 2 || strings.ContainsAny(origin, "?#")) {
		return errors.New("must be the https origin at which people reach this server, such as https://pay.example.com (http only for a loopback address)")
	}
	return nil
}
