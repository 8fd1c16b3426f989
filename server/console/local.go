package console

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/pass"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server/look"
	"github.com/handsel-dev/handsel/server/web"
)

// Accounts keep who may sign in by a password and a code.
type Accounts interface {
	LocalAccount(ctx context.Context, community int64, name string) (pass.Local, bool, error)
	ListLocalAccounts(ctx context.Context, community int64) ([]pass.Local, error)
	// PutLocalAccount stores an account, unless it has another revision than that by now. Who is disabled is out at once.
	PutLocalAccount(ctx context.Context, a pass.Local, act orchestrator.Act) (done bool, err error)
	// UseCode takes a code, once.
	UseCode(ctx context.Context, community int64, name string, step int64) (bool, error)
	// CountTry answers how many tries there were under a key, with this one; those before since do not count.
	CountTry(ctx context.Context, community int64, key string, now, since time.Time) (int, error)
	ForgetTries(ctx context.Context, community int64, key string) error
}

// Paths of local accounts.
const (
	invite    = home + "/invite/{token}"
	byAccount = enter + "/account"
)

// Bounds of local accounts; our choice.
const (
	InviteLife  = 24 * time.Hour
	MinPassword = 12 // characters
	maxPassword = 200
	spares      = 10
	TriesLife   = 15 * time.Minute // without another try they are forgotten
	MostTries   = 5                // of one account
	mostFrom    = 30               // from one address
	atOnce      = 2                // passwords are compared: each takes 19 MiB
)

var (
	errWrong  = fault.New(fault.Unauthenticated, "console_login_wrong", "the name, the password or the code is wrong, or the code was used already; wait for the next code, and try again")
	errLocked = fault.New(fault.RateLimited, "console_locked", "there were too many tries; wait %d minutes without another one, and try again", int(TriesLife/time.Minute)).With("retry_after", int64(TriesLife/time.Second))
)

// newHashing bounds how many passwords are compared at the same time, so that strangers take no more memory than that.
func newHashing() *web.Turns {
	return web.NewTurns(atOnce, atOnce, fault.New(fault.RateLimited, "too_many_waiting", "too many sign in at the same time; try again in a moment").With("retry_after", int64(1)))
}

// proofs are what the owner of an account shows.
type proofs struct {
	Password string   `json:"password"` // its hash
	Codes    []byte   `json:"codes"`    // the key of the app
	Spares   []string `json:"spares"`   // hashes of recovery codes
}

func proofsOf(a pass.Local) (k proofs) {
	_ = json.Unmarshal(a.Secrets, &k) // what cannot be read lets nobody in
	return k
}

// invited is an invitation as it is kept. The key of its codes follows from both halves: this one, which is deleted when it is
// taken, and the secret of the link, which is not kept.
type invited struct {
	Community int64
	Name      string
	Role      Role
	Revision  int64 // of the account that it changes
	Half      string
}

const anInvitation pass.Kind = "console invitation"

func (d *Door) invitations() pass.Book[invited] {
	return pass.Book[invited]{Tickets: d.Passes.Tickets, Random: d.Passes.Random}
}

// login is how an account is called where it signs in: names are a community's own.
func (i invited) login() string { return i.Name + "@" + strconv.FormatInt(i.Community, 10) }

func (i invited) key(secret string) []byte {
	sum := sha256.Sum256([]byte(string(anInvitation) + "\n" + i.Half + "\n" + secret))
	return sum[:pass.KeyBytes]
}

// Invite makes a link by which somebody makes an account: a new one, or, again, the one that they have, which lets nobody in
// from now on.
func (d *Door) Invite(ctx context.Context, s SignIn, again bool, by orchestrator.By) (url string, until time.Time, err error) {
	if strings.Contains(s.Name, "@") {
		return "", until, errors.New("console: the name of an account has no @; what stands behind it is the community")
	}
	if err := s.check(); err != nil {
		return "", until, err
	}
	a, found, err := d.Accounts.LocalAccount(ctx, s.Community, s.Name)
	switch {
	case err != nil:
		return "", until, err
	case found && !again && a.Used > 0:
		return "", until, fmt.Errorf("console: %s has an account; handsel console accounts reset makes a new invitation", s.Name)
	case again:
		a, err = d.disable(ctx, a, found, "console.account_reset", by)
		if s.Role = Role(a.Role); err == nil { // who lost their telephone may have tried too often
			err = d.Accounts.ForgetTries(ctx, s.Community, triesOf(invited{Community: s.Community, Name: s.Name}.login()))
		}
	default:
		a, err = d.expect(ctx, a, s, by)
	}
	if err != nil {
		return "", until, err
	}
	i := invited{Community: s.Community, Name: s.Name, Role: s.Role, Revision: a.Revision}
	if i.Half, err = pass.Draw(d.Passes.Random); err != nil {
		return "", until, err
	}
	until = d.Now().UTC().Add(InviteLife).Truncate(time.Second)
	secret, err := d.invitations().Give(ctx, anInvitation, i, until)
	return strings.TrimSuffix(d.Origin, "/") + home + "/invite/" + secret, until, err
}

// expect stores who is invited, as an account that lets nobody in. Only the newest invitation has its revision, and none once it is disabled.
func (d *Door) expect(ctx context.Context, a pass.Local, s SignIn, by orchestrator.By) (pass.Local, error) {
	now := d.Now().UTC()
	a = pass.Local{CommunityID: s.Community, Name: s.Name, Role: string(s.Role), Revision: a.Revision, CreatedAt: now, DisabledAt: now}
	done, err := d.Accounts.PutLocalAccount(ctx, a, by.Act(s.Community, "console.invite", "operator:"+s.Name, map[string]string{"role": string(s.Role)}))
	if err == nil && !done {
		err = errChanged
	}
	a.Revision++
	return a, err
}

var errChanged = errors.New("console: the account was changed at the same time; try again")

// Disable lets an account sign in no more, and ends its sessions.
func (d *Door) Disable(ctx context.Context, community int64, name string, by orchestrator.By) error {
	a, found, err := d.Accounts.LocalAccount(ctx, community, name)
	if err == nil {
		_, err = d.disable(ctx, a, found, "console.account_disable", by)
	}
	return err
}

func (d *Door) disable(ctx context.Context, a pass.Local, found bool, what string, by orchestrator.By) (pass.Local, error) {
	if !found {
		return a, errors.New("console: there is no such account; handsel console accounts list shows them")
	}
	a.DisabledAt, a.Secrets = d.Now().UTC(), nil
	done, err := d.Accounts.PutLocalAccount(ctx, a, by.Act(a.CommunityID, what, "operator:"+a.Name, nil))
	if err == nil && !done {
		err = errChanged
	}
	a.Revision++
	return a, err
}

// showInvite asks the invited person for a password and the first code.
func (f face) showInvite(c *gin.Context, _ web.Route) error {
	private(c)
	i, secret, err := f.invitation(c)
	if err != nil {
		return err
	}
	return f.sendInvite(c, i, secret)
}

func (f face) invitation(c *gin.Context) (i invited, secret string, err error) {
	secret = c.Param("token")
	i, found, err := f.Door.invitations().Read(c.Request.Context(), anInvitation, secret, f.Door.Now())
	if err == nil && !found {
		err = errInvitation
	}
	return i, secret, err
}

var errInvitation = fault.New(fault.Unauthenticated, errLink.Reason, "this invitation was used already, or it is older than %d hours; ask who runs this server for a new one", int(InviteLife/time.Hour))

func (f face) sendInvite(c *gin.Context, i invited, secret string) error {
	name, err := f.Name(c.Request.Context(), i.Community)
	if err != nil {
		return err
	}
	p := newcomer{invited: i, Path: c.Request.URL.Path, Key: pass.KeyText(i.key(secret)), URL: pass.KeyURL(i.key(secret), name, i.login())}
	if p.Drawing, p.Side, err = pass.Drawn(p.URL); err != nil {
		return err
	}
	return look.Send(c, look.Frame{Title: "Console", Sentence: say(c.Request.Context(), "Make your account for the console of %s.", name)}, invitePage(p))
}

// newcomer is what the page of an invitation shows.
type newcomer struct {
	invited
	Path, Key, URL string
	Drawing        string
	Side           int
}

// accept makes the account, and shows its recovery codes, this once.
func (f face) accept(c *gin.Context, _ web.Route) error {
	i, secret, err := f.invitation(c)
	if err != nil {
		return err
	}
	ctx, now := c.Request.Context(), f.Door.Now().UTC()
	if err := checkPassword(c.PostForm("password"), i.Name); err != nil {
		return err
	}
	step, right := pass.FindCode(i.key(secret), c.PostForm("code"), now)
	if !right {
		return web.Invalid("console_code_wrong", "code", "the code is not that of this key now; go back, wait for the next one, and look whether the clock of your telephone is right")
	}
	leave, err := f.hashing.Enter(ctx, "", web.Address(c))
	if err != nil {
		return err
	}
	hash, err := pass.HashPassword(f.Door.Passes.Random, c.PostForm("password"))
	leave()
	if err != nil {
		return err
	}
	codes, hashes, err := pass.Spares(f.Door.Passes.Random, spares)
	if err != nil {
		return err
	}
	stored, err := json.Marshal(proofs{hash, i.key(secret), hashes})
	if err != nil {
		return err
	}
	if _, found, err := f.Door.invitations().Take(ctx, anInvitation, secret, now); err != nil || !found {
		return orElse(err, errInvitation)
	}
	by := f.by(visit{Context: c, SignIn: SignIn{Name: i.Name}}, "accepted the invitation")
	a := pass.Local{CommunityID: i.Community, Name: i.Name, Role: string(i.Role), Secrets: stored, Used: step, Revision: i.Revision, CreatedAt: now}
	done, err := f.Door.Accounts.PutLocalAccount(ctx, a, by.Act(i.Community, "console.account_make", "operator:"+i.Name, map[string]string{"role": string(i.Role)}))
	if err != nil || !done {
		return orElse(err, errInvitation)
	}
	return look.Send(c, look.Frame{Title: "Console", Sentence: say(ctx, "Your account is made. Keep these codes: they are shown only now.")}, sparesPage(i.login(), codes))
}

func orElse(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

func checkPassword(password, name string) error {
	switch n := utf8.RuneCountInString(password); {
	case n < MinPassword:
		return web.Invalid("console_password_short", "password", "a password has at least %d characters; a few words are good", MinPassword)
	case n > maxPassword:
		return web.Invalid("too_long", "password", "password may have at most %d characters", maxPassword)
	case strings.EqualFold(strings.Repeat(name, n/max(len(name), 1)), password), len(slices.Compact([]rune(password))) == 1:
		return web.Invalid("console_password_short", "password", "this password is guessed at once; a few words are good")
	}
	return nil
}

// signInByAccount signs in who knows a password and has the code of the moment. Whoever it is, as much is done: nobody learns which names there are.
func (f face) signInByAccount(c *gin.Context, r web.Route) error {
	if f.Door.Accounts == nil {
		return web.NoRoute(c, r)
	}
	s, err := f.known(c)
	if err != nil {
		c.Set(backKey, within(c.PostForm("back")))
		return err
	}
	if err := f.enter(c, s, c.PostForm("back")); err != nil {
		return err
	}
	// Who was disabled meanwhile has a session that nobody ended.
	a, found, err := f.Door.Accounts.LocalAccount(c.Request.Context(), s.Community, s.Name)
	if err == nil && (!found || !a.DisabledAt.IsZero()) {
		_, err = f.Door.Stays.EndStays(c.Request.Context(), pass.Chosen{CommunityID: s.Community, Name: s.Name})
	}
	return err
}

// known is who a form's name, password and code belong to.
func (f face) known(c *gin.Context) (SignIn, error) {
	ctx, now := c.Request.Context(), f.Door.Now().UTC().Truncate(time.Second)
	login := strings.TrimSpace(c.PostForm("name"))
	at := strings.LastIndex(login, "@")
	name := login[:max(at, 0)]
	community, err := strconv.ParseInt(login[at+1:], 10, 64)
	if err != nil || community < 1 || at < 1 {
		community, name = 0, login // nobody is called so
	}
	own, from := triesOf(login), pass.HashOf("console address", web.Address(c))
	if _, err := f.counted(ctx, 0, from, mostFrom, now); err != nil { // first, so that one address stores only so many names
		return SignIn{}, err
	}
	tries, err := f.counted(ctx, community, own, MostTries, now)
	if err != nil {
		return SignIn{}, err
	}
	a, found, err := f.Door.Accounts.LocalAccount(ctx, community, name)
	if err != nil {
		return SignIn{}, err
	}
	k := proofsOf(a)
	leave, err := f.hashing.Enter(ctx, "", web.Address(c))
	if err != nil {
		return SignIn{}, err
	}
	right := pass.IsPassword(k.Password, c.PostForm("password")) && found && a.DisabledAt.IsZero()
	leave()
	if right {
		right, err = f.takeCode(ctx, a, k, c.PostForm("code"), now)
	}
	if err == nil && !right {
		err = orElse(f.wrong(c, a, tries), errWrong)
	}
	if err == nil {
		err = f.unlocked(c, a)
	}
	if err != nil {
		return SignIn{}, err
	}
	if err := f.Door.Accounts.ForgetTries(ctx, 0, from); err != nil { // many may sign in from one office
		return SignIn{}, err
	}
	return SignIn{Community: community, Name: name, Role: Role(a.Role), By: "account", Proved: now}, f.Door.Accounts.ForgetTries(ctx, community, own)
}

// triesOf is the key under which tries of an account are counted.
func triesOf(login string) string { return pass.HashOf("console account", login) }

// counted refuses when there were too many tries. They are counted before anything is compared, so that many at once are no way round.
func (f face) counted(ctx context.Context, community int64, key string, most int, now time.Time) (tries int, err error) {
	tries, err = f.Door.Accounts.CountTry(ctx, community, key, now, now.Add(-TriesLife))
	if err == nil && tries > most {
		err = errLocked
	}
	return tries, err
}

// Lines of the audit log about an account that waits after too many tries.
const (
	lockedAct   = "console.account_lock"
	unlockedAct = "console.account_unlock"
)

// wrong writes down that the last try locks an account. Names that there are not leave no line: anybody may think of them.
func (f face) wrong(c *gin.Context, a pass.Local, tries int) error {
	if tries != MostTries || a.Name == "" {
		return nil
	}
	by := orchestrator.By{Actor: "system", Reason: "too many wrong tries to sign in", RequestID: web.RequestID(c), At: f.Engine.Now()}
	return f.Audit.AddAct(c.Request.Context(), by.Act(a.CommunityID, lockedAct, "operator:"+a.Name, map[string]string{"tries": strconv.Itoa(tries)}))
}

// unlocked writes down that the owner of an account is let in after it was locked: since their last sign-in, as the audit log says.
func (f face) unlocked(c *gin.Context, a pass.Local) error {
	ctx := c.Request.Context()
	acts, err := f.Audit.Acts(ctx, orchestrator.ActFilter{CommunityID: a.CommunityID, Object: "operator:" + a.Name, Limit: 20})
	if err != nil {
		return err
	}
	last := slices.IndexFunc(acts, func(act orchestrator.Act) bool {
		return act.Name == lockedAct || act.Name == unlockedAct || act.Name == "console.sign_in" && act.Data["by"] == "account"
	})
	if last < 0 || acts[last].Name != lockedAct {
		return nil
	}
	by := orchestrator.By{Actor: "operator:" + a.Name, Reason: "signed in after the wait", RequestID: web.RequestID(c), At: f.Engine.Now()}
	return f.Audit.AddAct(ctx, by.Act(a.CommunityID, unlockedAct, "operator:"+a.Name, nil))
}

// takeCode uses up a code of the app, or a recovery code.
func (f face) takeCode(ctx context.Context, a pass.Local, k proofs, code string, now time.Time) (bool, error) {
	if step, found := pass.FindCode(k.Codes, code, now); found && len(k.Codes) > 0 {
		return f.Door.Accounts.UseCode(ctx, a.CommunityID, a.Name, step)
	}
	at := slices.Index(k.Spares, pass.SpareHash(code))
	if at < 0 {
		return false, nil
	}
	k.Spares = slices.Delete(k.Spares, at, at+1)
	var err error
	if a.Secrets, err = json.Marshal(k); err != nil {
		return false, err
	}
	by := orchestrator.By{Actor: "operator:" + a.Name, Reason: "signed in by a recovery code", At: f.Engine.Now()}
	return f.Door.Accounts.PutLocalAccount(ctx, a, by.Act(a.CommunityID, "console.recovery_code", "operator:"+a.Name, map[string]string{"left": strconv.Itoa(len(k.Spares))}))
}
