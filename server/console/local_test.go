package console_test

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/pass"
	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server/console"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

const password = "correct horse battery"

// invitation makes the link of one.
func invitation(w *facetest.Testbed, t *testing.T, name string, role console.Role, again bool) string {
	t.Helper()
	at, until, err := w.Door.Invite(t.Context(), console.SignIn{Community: facetest.Ours, Name: name, Role: role}, again, facetest.Someone)
	if err != nil || until.Sub(w.Clock.Now()) > console.InviteLife {
		t.Fatal(until, err)
	}
	return strings.TrimPrefix(at, "https://pay.example.com")
}

var (
	keyForm   = regexp.MustCompile(`<code class="secret">([A-Z2-7]{32})</code>`)
	spareForm = regexp.MustCompile(`<li><code>([a-z2-7-]{19})</code></li>`)
)

// owner is who has an account, with what they show.
type owner struct {
	w      *facetest.Testbed
	key    []byte
	spares []string
}

func (o owner) code() string { return pass.CodeAt(o.key, pass.CodeStep(o.w.Clock.Now())) }

// accepted makes the account of an invitation.
func accepted(w *facetest.Testbed, t *testing.T, at string) owner {
	t.Helper()
	page := w.Call(t, "GET", at, nil, facetest.Anonymous).Is(200).Body
	if again := w.Call(t, "GET", at, nil, facetest.Anonymous).Is(200).Body; again != page || !strings.Contains(page, "<svg") || !strings.Contains(page, "otpauth://totp/") {
		t.Error("the page of an invitation is not the same when it is loaded again, or shows no key")
	}
	key, err := base32.StdEncoding.DecodeString(keyForm.FindStringSubmatch(page)[1])
	if err != nil {
		t.Fatal(err)
	}
	o := owner{w: w, key: key}
	for _, m := range spareForm.FindAllStringSubmatch(send(w, t, at, map[string]string{"password": password, "code": o.code()}).Is(200).Body, -1) {
		o.spares = append(o.spares, m[1])
	}
	if len(o.spares) != 10 {
		t.Fatalf("%d recovery codes are shown", len(o.spares))
	}
	w.Clock.Advance(time.Minute) // the first code is used up
	return o
}

func signInAs(w *facetest.Testbed, t *testing.T, name, password, code string, options ...facetest.Option) facetest.Answer {
	t.Helper()
	return send(w, t, "/console/sign-in/account", map[string]string{"name": name, "password": password, "code": code, "back": "/console/audit"}, options...)
}

// Who was invited sets a password, reads the key, and signs in with both; each code once, also at once, and never a wrong one.
func TestAccount(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := newMarket(t, database)
		at := invitation(w, t, "olga", console.Finance, false)
		for fields, want := range map[[2]string]string{{"short", "000000"}: "console_password_short", {"aaaaaaaaaaaaaa", "000000"}: "console_password_short", {"olgaolgaolga", "000000"}: "console_password_short", {password, "000000"}: "console_code_wrong", {strings.Repeat("long", 60), "1"}: "too_long"} {
			if a := send(w, t, at, map[string]string{"password": fields[0], "code": fields[1]}).Is(400); !strings.Contains(a.Body, want) {
				t.Errorf("%v is refused with %s", fields, a.Body)
			}
		}
		olga := accepted(w, t, at)
		w.Call(t, "GET", at, nil, facetest.Anonymous).Is(401)
		send(w, t, at, map[string]string{"password": password, "code": olga.code()}).Is(401)
		code := olga.code()
		planted := facetest.Header("Cookie", "__Host-handsel-console=planted")
		a := signInAs(w, t, "olga@501", password, code, planted).Is(303)
		if a.Header.Get("Location") != "/console/audit" || strings.Contains(a.Header.Get("Set-Cookie"), "planted") {
			t.Errorf("signed in with %v", a.Header)
		}
		signed := cookie(a)
		w.Call(t, "GET", "/console", nil, facetest.Anonymous, planted).Is(401)
		shows(t, w.Call(t, "GET", "/console/audit", nil, facetest.Anonymous, signed), "console.invite", "console.account_make", "console.sign_in", "account")
		if a := signInAs(w, t, "olga@501", password, code).Is(401); !strings.Contains(a.Body, "console_login_wrong") {
			t.Errorf("a code that was used is refused with %s", a.Body)
		}
		w.Clock.Advance(time.Minute)
		var won sync.Map
		var all sync.WaitGroup
		code = olga.code()
		for i := range 4 {
			all.Go(func() {
				if signInAs(w, t, "olga@501", password, code).Status == 303 {
					won.Store(i, true)
				}
			})
		}
		all.Wait()
		n := 0
		won.Range(func(any, any) bool { n++; return true })
		if n != 1 {
			t.Errorf("one code let %d in", n)
		}
		w.Clock.Advance(console.TriesLife + time.Minute)
		signInAs(w, t, "olga@501", password, olga.spares[3]).Is(303)
		signInAs(w, t, "olga@501", password, strings.ToUpper(olga.spares[3])).Is(401)
		signInAs(w, t, "olga@501", "correct horse batterz", olga.code()).Is(401)
		for _, table := range []string{password, strings.ReplaceAll(olga.spares[4], "-", ""), base32.StdEncoding.EncodeToString(olga.key)} {
			a, _, err := w.Store.LocalAccount(t.Context(), facetest.Ours, "olga")
			if err != nil || strings.Contains(string(a.Secrets), table) {
				t.Errorf("%s is kept in the clear: %v", table, err)
			}
		}
	})
}

// The answer to an unknown name is that to a wrong password, and so is how often both may be tried; an account is not locked for good.
func TestAccount_locked(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := newMarket(t, database)
		olga := accepted(w, t, invitation(w, t, "olga", console.Finance, false))
		answers := map[string][]string{}
		for _, name := range []string{"olga@501", "nobody@501", "olga@502", "olga", "@", "x@y"} {
			for range console.MostTries + 1 {
				a := signInAs(w, t, name, "correct horse batterz", "000000")
				_, page, _ := strings.Cut(strings.Replace(a.Body, `value="`+name+`"`, `value="NAME"`, 1), "<main") // what was written stays
				answers[name] = append(answers[name], page)
			}
			for i, got := range answers[name] {
				if got != answers["olga@501"][i] {
					t.Errorf("try %d of %s is answered otherwise: %s", i, name, got)
				}
			}
			w.Clock.Advance(console.TriesLife + time.Minute) // else it is the address that has to wait
		}
		if last := answers["olga@501"][console.MostTries]; !strings.Contains(last, "console_locked") || !strings.Contains(answers["olga@501"][0], "console_login_wrong") {
			t.Errorf("too many tries are answered %s", last)
		}
		for range console.MostTries {
			signInAs(w, t, "olga@501", "correct horse batterz", olga.code()).Is(401)
		}
		signInAs(w, t, "olga@501", password, olga.code()).Is(429)
		for i := range 24 {
			signInAs(w, t, fmt.Sprint("name", i, "@501"), password, "000000").Is(401)
		}
		signInAs(w, t, "another@501", password, "000000").Is(429) // from this address
		w.Clock.Advance(console.TriesLife + time.Minute)
		signed := cookie(signInAs(w, t, "olga@501", password, olga.code()).Is(303))
		w.Clock.Advance(time.Minute)
		signInAs(w, t, "olga@501", password, olga.code(), signed).Is(303)
		acts, err := w.Store.Acts(t.Context(), orchestrator.ActFilter{CommunityID: facetest.Ours, Limit: 100})
		w.Must(err)
		var lines []string
		for _, a := range acts {
			if strings.Contains(a.Name, "lock") {
				lines = append(lines, a.Name+" of "+a.Object+" by "+a.Actor)
			}
		}
		lock := "console.account_lock of operator:olga by system"
		if want := []string{"console.account_unlock of operator:olga by operator:olga", lock, lock}; !slices.Equal(lines, want) {
			t.Errorf("the audit log has %q, want %q", lines, want)
		}
	})
}

// A reset lets its owner sign in at once, however often somebody had tried.
func TestAccount_lockedAndReset(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := newMarket(t, database)
		accepted(w, t, invitation(w, t, "olga", console.Finance, false))
		for range console.MostTries {
			signInAs(w, t, "olga@501", "correct horse batterz", "000000").Is(401)
		}
		olga := accepted(w, t, invitation(w, t, "olga", console.Finance, true))
		signInAs(w, t, "olga@501", password, olga.code()).Is(303)
	})
}

// hashes counts the passwords that are hashed meanwhile, by the memory that each takes. Nothing else runs beside it.
func hashes(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return (after.TotalAlloc - before.TotalAlloc) / (19 << 20)
}

// Whoever a name belongs to, a try hashes one password, and one that comes too often hashes none. It runs alone, since it counts memory.
func TestAccount_work(t *testing.T) {
	w := newMarket(t, testdb.SQLite(t))
	olga := accepted(w, t, invitation(w, t, "olga", console.Finance, false))
	accepted(w, t, invitation(w, t, "gone", console.Finance, false))
	w.Must(w.Door.Disable(t.Context(), facetest.Ours, "gone", facetest.Someone))
	invitation(w, t, "pending", console.Finance, false)
	for name, tried := range map[string]struct{ name, password, code string }{
		"a wrong password": {"olga@501", "correct horse batterz", "000000"}, "a wrong code": {"olga@501", password, "000000"}, "what is right": {"olga@501", password, olga.code()},
		"an unknown name": {"nobody@501", password, "000000"}, "no community": {"olga", password, "000000"}, "another community": {"olga@502", password, olga.code()},
		"who is disabled": {"gone@501", password, "000000"}, "who is only invited": {"pending@501", password, "000000"}, "nobody": {"", "", ""},
	} {
		if n := hashes(func() { signInAs(w, t, tried.name, tried.password, tried.code) }); n != 1 {
			t.Errorf("%s takes %d hashes, want 1", name, n)
		}
	}
	w.Clock.Advance(console.TriesLife + time.Minute)
	for _, name := range []string{"olga@501", "nobody@501"} {
		for range console.MostTries {
			signInAs(w, t, name, "correct horse batterz", "000000").Is(401)
		}
		if n := hashes(func() { signInAs(w, t, name, password, olga.code()).Is(429) }); n != 0 {
			t.Errorf("%s is refused with %d hashes, want 0", name, n)
		}
	}
}

// Nothing that is stored has the key of the codes, a recovery code or a password as it is, before and after the invitation is taken.
func TestAccount_sealed(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := newMarket(t, database)
		at := invitation(w, t, "olga", console.Finance, false)
		page := w.Call(t, "GET", at, nil, facetest.Anonymous).Is(200).Body
		key, err := base32.StdEncoding.DecodeString(keyForm.FindStringSubmatch(page)[1])
		w.Must(err)
		secrets := map[string][]byte{"the link": []byte(at[strings.LastIndex(at, "/")+1:]), "the key": key, "the password": []byte(password)}
		look := func(when string) {
			t.Helper()
			rows := testdb.Everything(t, database)
			if !strings.Contains(rows, "operator:olga") {
				t.Fatal("what is stored does not show")
			}
			for name, secret := range secrets {
				for form, text := range map[string]string{
					"plain": string(secret), "base64": base64.StdEncoding.EncodeToString(secret), "raw base64": base64.RawURLEncoding.EncodeToString(secret),
					"base32": base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret), "hex": hex.EncodeToString(secret),
				} {
					if strings.Contains(rows, text) || strings.Contains(strings.ToLower(rows), strings.ToLower(hex.EncodeToString([]byte(text)))) {
						t.Errorf("%s, %s is stored as %s", when, name, form)
					}
				}
			}
		}
		look("before it is taken")
		olga := accepted(w, t, at)
		for i, code := range olga.spares {
			secrets[fmt.Sprint("code ", i)], secrets[fmt.Sprint("code without hyphens ", i)] = []byte(code), []byte(strings.ReplaceAll(code, "-", ""))
		}
		look("with the account")
		signInAs(w, t, "olga@501", password, olga.spares[0]).Is(303)
		look("after a recovery code")
	})
}

// Who is disabled is out at once, and so is an invitation that was made before; a reset lets the old password in no more.
func TestAccount_disabled(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := newMarket(t, database)
		olga := accepted(w, t, invitation(w, t, "olga", console.Support, false))
		if _, _, err := w.Door.Invite(t.Context(), console.SignIn{Community: facetest.Ours, Name: "olga", Role: console.Admin}, false, facetest.Someone); err == nil {
			t.Error("an account is invited a second time")
		}
		signed := cookie(signInAs(w, t, "olga@501", password, olga.code()).Is(303))
		w.Call(t, "GET", "/console", nil, facetest.Anonymous, signed).Is(200)
		again := invitation(w, t, "olga", console.Admin, true)
		w.Call(t, "GET", "/console", nil, facetest.Anonymous, signed).Is(401)
		w.Clock.Advance(time.Minute)
		signInAs(w, t, "olga@501", password, olga.code()).Is(401)
		if err := w.Door.Disable(t.Context(), facetest.Ours, "olga", facetest.Someone); err != nil {
			t.Fatal(err)
		}
		key, err := base32.StdEncoding.DecodeString(keyForm.FindStringSubmatch(w.Call(t, "GET", again, nil, facetest.Anonymous).Is(200).Body)[1])
		if err != nil {
			t.Fatal(err)
		}
		send(w, t, again, map[string]string{"password": password, "code": owner{w: w, key: key}.code()}).Is(401)
		olga = accepted(w, t, invitation(w, t, "olga", console.Admin, true))
		page := w.Call(t, "GET", "/console", nil, facetest.Anonymous, cookie(signInAs(w, t, "olga@501", password, olga.code()).Is(303)))
		shows(t, page, "olga (support)") // a reset gives no other role
	})
}

// Money moves for who has shown password and code a moment ago, and for nobody by a password alone.
func TestAccount_proof(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := newMarket(t, database)
		w.Call(t, "POST", facetest.Purse+"/deposits", facetest.PaidIn(10000), facetest.Staff("olga"), facetest.Once("paid in")).Is(201)
		id := w.Call(t, "POST", "/v1/transactions", facetest.With(facetest.With(facetest.Sale(), "process", "preauthorize"), "gateway", "balance"), facetest.Once("sale")).Is(201).At("id")
		step := "/console/deals/" + id + "/do/reject"
		olga := accepted(w, t, invitation(w, t, "olga", console.Finance, false))
		signed := cookie(signInAs(w, t, "olga@501", password, olga.code()).Is(303))
		w.Clock.Advance(console.ProofLife)
		revision := hidden.FindStringSubmatch(w.Call(t, "GET", step, nil, facetest.Anonymous, signed).Is(200).Body)
		form := map[string]string{"revision": revision[1], "reason": "the seller has none"}
		if a := send(w, t, step, form, signed).Is(403); !strings.Contains(a.Body, "console_proof") || !strings.Contains(a.Body, `value="olga@501"`) {
			t.Errorf("an old proof is answered %s", a.Body)
		}
		signInAs(w, t, "olga@501", password, "000000", signed).Is(401)
		fresh := cookie(signInAs(w, t, "olga@501", password, olga.code(), signed).Is(303))
		w.Call(t, "GET", "/console", nil, facetest.Anonymous, signed).Is(401)
		send(w, t, step, form, fresh).Is(303)
	})
}

// Only the newest invitation of somebody makes their account, and none once it was withdrawn.
func TestAccount_invitedTwice(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := newMarket(t, database)
		refused := func(at string) {
			t.Helper()
			page := w.Call(t, "GET", at, nil, facetest.Anonymous).Is(200).Body
			key, err := base32.StdEncoding.DecodeString(keyForm.FindStringSubmatch(page)[1])
			if err != nil {
				t.Fatal(err)
			}
			o := owner{w: w, key: key}
			send(w, t, at, map[string]string{"password": password, "code": o.code()}).Is(401)
		}
		first := invitation(w, t, "two", console.Admin, false)
		second := invitation(w, t, "two", console.Viewer, false)
		refused(first)
		accepted(w, t, second)
		if a, _, err := w.Door.Accounts.LocalAccount(t.Context(), facetest.Ours, "two"); err != nil || a.Role != string(console.Viewer) {
			t.Errorf("the account is %+v, %v", a, err)
		}
		withdrawn := invitation(w, t, "pend", console.Admin, false)
		w.Must(w.Door.Disable(t.Context(), facetest.Ours, "pend", facetest.Someone))
		refused(withdrawn)
	})
}
