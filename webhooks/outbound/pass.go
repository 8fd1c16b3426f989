package outbound

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/fault"
)

// Tickets keep what works once. Every replica sees them.
type Tickets interface {
	// PutTicket keeps a ticket under its hash until it is taken or expires.
	PutTicket(ctx context.Context, hash string, holder []byte, expires time.Time) error
	// TakeTicket removes it. Of many who take one at once, one finds it.
	TakeTicket(ctx context.Context, hash string, now time.Time) (holder []byte, found bool, err error)
}

// PassLife is how long a link to the portal waits to be opened, and then how long the visit lasts
// (issue 12, point 7). It is counted on the real clock.
const PassLife = 15 * time.Minute

// Visitor is who may look after the endpoints of a community for a while.
type Visitor struct {
	Community int64
	Actor     string // who made the link, as in the audit log
	Until     time.Time
}

// Passes let people into the portal. A link is signed, and works once; what it is exchanged for is
// signed too, so that no replica keeps a list of visits. It is safe for concurrent use.
type Passes struct {
	Tickets Tickets
	Key     string // lives in the database, so that all replicas have the same
	// Origin is where people reach this server; empty: where the request for a link came to.
	Origin string
	// Plain lets browsers send the visit without TLS; only for development.
	Plain  bool
	Random io.Reader // a secure source
	Now    func() time.Time
}

// What is signed: a link is no visit, and the other way round.
const (
	aLink      = "link"
	aVisit     = "visit"
	passDivide = "\n" // is in no actor: they come from headers
	passParts  = 5
	passNonce  = 16 // bytes
	maxPass    = 1 << 11
)

// errPass does not say what is wrong with a link: who has none learns nothing.
var errPass = fault.New(fault.Unauthenticated, "portal_link_invalid", "this link was used already, or it is older than %d minutes; ask for a new one where you got it", int(PassLife/time.Minute))

// Link makes what the end of a link to the portal is, and says until when it works.
func (p *Passes) Link(ctx context.Context, community int64, actor string) (token string, until time.Time, err error) {
	if p.Key == "" || actor == "" || strings.Contains(actor, passDivide) {
		return "", until, errors.New("outbound: a link to the portal needs a key and an actor")
	}
	v := Visitor{Community: community, Actor: actor, Until: p.Now().UTC().Add(PassLife).Truncate(time.Second)}
	if token, err = p.sign(aLink, v); err != nil {
		return "", until, err
	}
	if err := p.Tickets.PutTicket(ctx, passHash(token), []byte(`{}`), v.Until); err != nil {
		return "", until, fmt.Errorf("keep the link: %w", err)
	}
	return token, v.Until, nil
}

// Open uses a link up. What it returns lets its visitor in until Until. Fault: portal_link_invalid.
func (p *Passes) Open(ctx context.Context, token string) (visit string, v Visitor, err error) {
	if v, err = p.read(aLink, token); err != nil {
		return "", v, err
	}
	now := p.Now()
	_, found, err := p.Tickets.TakeTicket(ctx, passHash(token), now)
	if err != nil {
		return "", v, fmt.Errorf("take the link: %w", err)
	}
	if !found {
		return "", v, errPass
	}
	v.Until = now.UTC().Add(PassLife).Truncate(time.Second)
	visit, err = p.sign(aVisit, v)
	return visit, v, err
}

// Check reports whether a link is one that may still be opened, as far as can be said without using
// it up. Fault: portal_link_invalid.
func (p *Passes) Check(token string) error {
	_, err := p.read(aLink, token)
	return err
}

// Visitor is who comes with what Open returned. Fault: portal_link_invalid.
func (p *Passes) Visitor(visit string) (Visitor, error) { return p.read(aVisit, visit) }

func (p *Passes) sign(what string, v Visitor) (string, error) {
	nonce := make([]byte, passNonce)
	if _, err := io.ReadFull(p.Random, nonce); err != nil {
		return "", fmt.Errorf("draw a link: %w", err)
	}
	text := strings.Join([]string{what, strconv.FormatInt(v.Community, 10), strconv.FormatInt(v.Until.Unix(), 10), hex.EncodeToString(nonce), v.Actor}, passDivide)
	return base64.RawURLEncoding.EncodeToString(append(p.mac(text), text...)), nil
}

func (p *Passes) mac(text string) []byte {
	key := hmac.New(sha256.New, []byte(p.Key))
	key.Write([]byte("handsel portal of webhooks, version 1"))
	mac := hmac.New(sha256.New, key.Sum(nil))
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

func (p *Passes) read(what, token string) (v Visitor, err error) {
	if len(token) > maxPass || p.Key == "" {
		return v, errPass
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) < sha256.Size || !hmac.Equal(raw[:sha256.Size], p.mac(string(raw[sha256.Size:]))) {
		return v, errPass
	}
	parts := strings.SplitN(string(raw[sha256.Size:]), passDivide, passParts)
	if len(parts) != passParts || parts[0] != what {
		return v, errPass
	}
	community, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return v, errPass
	}
	until, err := strconv.ParseInt(parts[2], 10, 64)
	if err != nil {
		return v, errPass
	}
	v = Visitor{Community: community, Actor: parts[4], Until: time.Unix(until, 0).UTC()}
	if !v.Until.After(p.Now()) {
		return Visitor{}, errPass
	}
	return v, nil
}

// passHash is the name of a link among all tickets.
func passHash(token string) string {
	sum := sha256.Sum256([]byte("portal " + token))
	return hex.EncodeToString(sum[:])
}
