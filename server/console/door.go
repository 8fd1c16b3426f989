package console

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/pass"
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
	Community int64  `json:"community"`
	Name      string `json:"name"` // of the operator
	Role      Role   `json:"role"`
	// Shown is an e-mail or a name to read, of who is known by another's id; empty: there is none.
	Shown string `json:"shown,omitempty"`
	// By is how they have shown who they are: "link", "account", or the host of the issuer.
	By string `json:"by,omitempty"`
	// Proved is when the person has shown last who they are.
	Proved time.Time `json:"proved,omitzero"`
	// Trusted lets that count for as long as the session: the person has nothing to show it with again. Only for development.
	Trusted bool `json:"trusted,omitempty"`
}

// How long a link waits to be opened, how long somebody is signed in then, and for how long money moves without their showing
// again who they are; our choice. All are counted on the real clock.
const (
	LinkLife    = 15 * time.Minute
	SessionLife = 8 * time.Hour
	SessionIdle = 30 * time.Minute // without asking for a page
	ProofLife   = 5 * time.Minute
)

// Door lets people in. A link works once, and a session ends everywhere at once. It is safe for concurrent use.
type Door struct {
	Stays   pass.Stays
	Passes  pass.Book[SignIn]
	Auditor orchestrator.Auditor
	// SSO is the issuer at which people log in, and Grants are the roles that it gives them; nil: there is none.
	SSO    SSO
	Grants []Grant
	// Accounts are those that this server keeps itself; nil: there are none.
	Accounts Accounts
	// Origin is where people reach this server, "https://pay.example.com".
	Origin string
	// Plain lets browsers send the session without TLS, and keeps one that asks for no page; only for development.
	Plain bool
	Now   func() time.Time
}

var (
	errLink   = fault.New(fault.Unauthenticated, "console_link_invalid", "this link was used already, or it is older than %d minutes; handsel console link makes a new one", int(LinkLife/time.Minute))
	errNobody = fault.New(fault.Unauthenticated, "console_signed_out", "nobody is signed in here, or the session has ended; handsel console link makes a link to sign in")
	errProof  = fault.New(fault.Forbidden, "console_proof", "this moves money, and you showed more than %d minutes ago who you are; show it again, and then press the button again", int(ProofLife/time.Minute))
)

// Kinds of secrets: a link is no session.
const (
	aLink    pass.Kind = "console link"
	aSession pass.Kind = "console session"
)

// check refuses the name of no person, and an unknown role.
func (s SignIn) check() error {
	switch {
	case strings.HasPrefix(s.Name, orchestrator.ByItself):
		return errors.New("console: a name that begins with " + orchestrator.ByItself + " is that of an API key, which is no person; sign a person in")
	case strings.HasPrefix(strings.ToLower(s.Name), ofIssuer):
		return errors.New("console: a name that begins with " + ofIssuer + " is that of a person whom the issuer of logins knows; choose another one")
	case s.Name == "" || strings.ContainsFunc(s.Name, func(r rune) bool { return r <= ' ' }) || !slices.Contains(Roles(), s.Role):
		return errors.New("console: a link needs a name without spaces and one of the roles viewer, support, finance, admin")
	}
	return nil
}

// Link makes a link that signs somebody in once, for the audit log by whom and why.
func (d *Door) Link(ctx context.Context, s SignIn, by orchestrator.By) (url string, until time.Time, err error) {
	if err := s.check(); err != nil {
		return "", until, err
	}
	act := by.Act(s.Community, "console.link", "operator:"+s.Name, map[string]string{"role": string(s.Role)})
	if err := d.Auditor.AddAct(ctx, act); err != nil {
		return "", until, err
	}
	until = d.Now().UTC().Add(LinkLife).Truncate(time.Second)
	secret, err := d.Passes.Give(ctx, aLink, s, until)
	return strings.TrimSuffix(d.Origin, "/") + home + "/open/" + secret, until, err
}

// Open uses a link up, and says whom it signs in. Fault: console_link_invalid.
func (d *Door) Open(ctx context.Context, link string) (SignIn, error) {
	now := d.Now().UTC().Truncate(time.Second)
	s, found, err := d.Passes.Take(ctx, aLink, link, now)
	if err == nil && !found {
		err = errLink
	}
	s.By, s.Proved = "link", now
	return s, err
}

// called is a name for people to read.
func (s SignIn) called() string { return cmp.Or(s.Shown, s.Name) }

// Enter gives a session to who has shown who they are, and ends the one that their browser had before: a secret that somebody
// planted or has seen is worth nothing then.
func (d *Door) Enter(ctx context.Context, s SignIn, before string) (secret string, err error) {
	if err := d.Leave(ctx, before); err != nil {
		return "", err
	}
	if secret, err = pass.Draw(d.Passes.Random); err != nil {
		return "", err
	}
	secret = strconv.FormatInt(s.Community, 10) + "." + secret
	holder, err := json.Marshal(s)
	if err != nil {
		return "", err
	}
	now := d.Now().UTC().Truncate(time.Second)
	return secret, d.Stays.AddStay(ctx, pass.Stay{CommunityID: s.Community, Hash: pass.HashOf(aSession, secret), Name: s.Name, Holder: holder, Since: now, Seen: now, Until: now.Add(SessionLife)})
}

// seen is when somebody who is still signed in was seen last, at the earliest. Nobody else is at a developer's machine.
func (d *Door) seen(now time.Time) time.Time {
	if d.Plain {
		return now.Add(-SessionLife)
	}
	return now.Add(-SessionIdle)
}

// Proved reports whether somebody has shown who they are a moment ago, as money asks for.
func (d *Door) Proved(s SignIn) bool { return s.Trusted || d.Now().Before(s.Proved.Add(ProofLife)) }

// Waits reports whether a link may still be opened, without using it up. Fault: console_link_invalid.
func (d *Door) Waits(ctx context.Context, link string) error {
	_, found, err := d.Passes.Read(ctx, aLink, link, d.Now())
	if err == nil && !found {
		err = errLink
	}
	return err
}

// stay is the row of a secret: its community stands before it.
func stay(secret string) pass.Chosen {
	community, _, _ := strings.Cut(secret, ".")
	id, err := strconv.ParseInt(community, 10, 64)
	if err != nil {
		id = 0 // no community
	}
	return pass.Chosen{CommunityID: id, Hash: pass.HashOf(aSession, secret)}
}

// Session is who has a secret; they are seen by that. Fault: console_signed_out.
func (d *Door) Session(ctx context.Context, secret string) (s SignIn, hash string, err error) {
	s, found, err := d.look(ctx, secret)
	if now := d.Now().UTC(); err == nil && now.Sub(found.Seen) >= pass.SeenWithin {
		err = d.Stays.SeeStay(ctx, found.CommunityID, found.Hash, now)
	}
	return s, found.Hash, err
}

// Still is Session for what a page asks without its reader: nobody is seen by that. Fault: console_signed_out.
func (d *Door) Still(ctx context.Context, secret string) (s SignIn, hash string, err error) {
	s, found, err := d.look(ctx, secret)
	return s, found.Hash, err
}

func (d *Door) look(ctx context.Context, secret string) (s SignIn, found pass.Stay, err error) {
	now, row := d.Now().UTC(), stay(secret)
	found, is, err := d.Stays.Stay(ctx, row.CommunityID, row.Hash, now, d.seen(now))
	if err == nil && (!is || json.Unmarshal(found.Holder, &s) != nil) {
		err = errNobody
	}
	found.CommunityID, found.Hash = row.CommunityID, row.Hash
	return s, found, err
}

// Leave ends a session everywhere.
func (d *Door) Leave(ctx context.Context, secret string) error {
	_, err := d.Stays.EndStays(ctx, stay(secret))
	return err
}

// In are those who are signed in, whom a choice names.
func (d *Door) In(ctx context.Context, c pass.Chosen) ([]pass.Stay, error) {
	now := d.Now().UTC()
	return d.Stays.ListStays(ctx, c, now, d.seen(now))
}
