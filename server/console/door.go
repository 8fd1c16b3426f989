package console

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator"
)

// Role is what somebody may do in the console. Each may do what those before it in Roles may.
type Role string

// The roles (issue 13, point 2).
const (
	Viewer  Role = "viewer"  // reads everything
	Support Role = "support" // takes tasks on, and steps that move no money
	Finance Role = "finance" // moves money, and decides what others asked for
	Admin   Role = "admin"   // everything
)

// Roles lists them, the least first.
func Roles() []Role { return []Role{Viewer, Support, Finance, Admin} }

// May reports whether somebody may do what needs a role.
func (r Role) May(needed Role) bool {
	have, want := slices.Index(Roles(), r), slices.Index(Roles(), needed)
	return have >= 0 && want >= 0 && have >= want
}

// SignIn is who is signed in, and where.
type SignIn struct {
	Community int64     `json:"community"`
	Name      string    `json:"name"` // of the operator
	Role      Role      `json:"role"`
	Since     time.Time `json:"since"`
	Until     time.Time `json:"until"`
}

// Tickets keep what lets somebody in, by its hash. Every replica sees them.
type Tickets interface {
	PutTicket(ctx context.Context, hash string, holder []byte, expires time.Time) error
	// TakeTicket removes one. Of many who take one at once, one finds it.
	TakeTicket(ctx context.Context, hash string, now time.Time) (holder []byte, found bool, err error)
	// Ticket reads one that nobody has taken and that has not expired.
	Ticket(ctx context.Context, hash string, now time.Time) (holder []byte, found bool, err error)
}

// How long a link waits to be opened, and how long somebody is signed in then; our choice. Both are
// counted on the real clock.
const (
	LinkLife    = 15 * time.Minute
	SessionLife = 8 * time.Hour
)

// Door lets people in. A link works once. A session is a row that every replica asks for, so that it ends
// everywhere at once. Only hashes are kept. It is safe for concurrent use.
type Door struct {
	Tickets Tickets
	Auditor orchestrator.Auditor
	// Origin is where people reach this server, "https://pay.example.com".
	Origin string
	// Plain lets browsers send the session without TLS; only for development.
	Plain  bool
	Random io.Reader // a secure source
	Now    func() time.Time
}

var (
	errLink   = fault.New(fault.Unauthenticated, "console_link_invalid", "this link was used already, or it is older than %d minutes; handsel console link makes a new one", int(LinkLife/time.Minute))
	errNobody = fault.New(fault.Unauthenticated, "console_signed_out", "nobody is signed in here, or the session has ended; handsel console link makes a link to sign in")
)

// secrets are of two kinds, so that a link is no session.
const (
	aLink    = "console link"
	aSession = "console session"
)

func (d *Door) draw() (string, error) {
	raw := make([]byte, 32)
	if _, err := io.ReadFull(d.Random, raw); err != nil {
		return "", fmt.Errorf("draw a secret: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(raw), nil
}

func hashOf(kind, secret string) string {
	sum := sha256.Sum256([]byte(kind + "\n" + secret))
	return hex.EncodeToString(sum[:])
}

// Link makes a link that signs somebody in once, for the audit log by whom and why.
func (d *Door) Link(ctx context.Context, s SignIn, by orchestrator.By) (url string, until time.Time, err error) {
	if s.Name == "" || strings.ContainsFunc(s.Name, func(r rune) bool { return r <= ' ' }) || !slices.Contains(Roles(), s.Role) {
		return "", until, errors.New("console: a link needs a name without spaces and one of the roles viewer, support, finance, admin")
	}
	act := by.Act(s.Community, "console.link", "operator:"+s.Name, map[string]string{"role": string(s.Role)})
	if err := d.Auditor.AddAct(ctx, act); err != nil {
		return "", until, err
	}
	until = d.Now().UTC().Add(LinkLife).Truncate(time.Second)
	secret, err := d.keep(ctx, aLink, s, until)
	return strings.TrimSuffix(d.Origin, "/") + home + "/open/" + secret, until, err
}

func (d *Door) keep(ctx context.Context, kind string, s SignIn, until time.Time) (secret string, err error) {
	if secret, err = d.draw(); err != nil {
		return "", err
	}
	holder, err := json.Marshal(s)
	if err != nil {
		return "", err
	}
	if err := d.Tickets.PutTicket(ctx, hashOf(kind, secret), holder, until); err != nil {
		return "", fmt.Errorf("keep a sign-in: %w", err)
	}
	return secret, nil
}

// Open uses a link up, and returns the secret of a session. Fault: console_link_invalid.
func (d *Door) Open(ctx context.Context, link string) (secret string, s SignIn, err error) {
	now := d.Now().UTC().Truncate(time.Second)
	holder, found, err := d.Tickets.TakeTicket(ctx, hashOf(aLink, link), now)
	if err != nil {
		return "", s, fmt.Errorf("take a link: %w", err)
	}
	if !found || json.Unmarshal(holder, &s) != nil {
		return "", s, errLink
	}
	s.Since, s.Until = now, now.Add(SessionLife)
	secret, err = d.keep(ctx, aSession, s, s.Until)
	return secret, s, err
}

// Waits reports whether a link may still be opened, without using it up. Fault: console_link_invalid.
func (d *Door) Waits(ctx context.Context, link string) error {
	_, found, err := d.Tickets.Ticket(ctx, hashOf(aLink, link), d.Now())
	if err == nil && !found {
		err = errLink
	}
	return err
}

// Session is who has a secret. Fault: console_signed_out.
func (d *Door) Session(ctx context.Context, secret string) (s SignIn, err error) {
	holder, found, err := d.Tickets.Ticket(ctx, hashOf(aSession, secret), d.Now())
	if err != nil {
		return s, fmt.Errorf("read a session: %w", err)
	}
	if !found || json.Unmarshal(holder, &s) != nil {
		return s, errNobody
	}
	return s, nil
}

// Leave ends a session everywhere.
func (d *Door) Leave(ctx context.Context, secret string) error {
	_, _, err := d.Tickets.TakeTicket(ctx, hashOf(aSession, secret), d.Now())
	return err
}
