package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/base32"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/pass"
	"github.com/handsel-dev/handsel/internal/testkit"
)

const longPassword = "correct horse battery"

// staffed is a real serve that knows no issuer of logins, with the command line beside it.
type staffed struct {
	t                *testing.T
	database, origin string
}

func serveStaff(t *testing.T, database string) staffed {
	t.Helper()
	address := freeAddress(t)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	var log bytes.Buffer
	go func() { ended <- run(ctx, serving(database, address), io.Discard, &log) }()
	s := staffed{t, database, "http://" + address}
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v\n%s", err, log.String())
		}
		if strings.Contains(log.String(), longPassword) {
			t.Error("the password is in the log")
		}
	})
	await(t, "the server", func() bool { return call(t, "GET", s.origin+"/readyz", "", "", "", "").Status == 200 })
	return s
}

// command runs a command on the database of the server, and returns what it prints.
func (s staffed) command(args ...string) string {
	s.t.Helper()
	var out, talk bytes.Buffer
	if err := run(s.t.Context(), append(args, "--database-url="+s.database), &out, &talk); err != nil {
		s.t.Fatalf("%v: %v %s", args, err, talk.String())
	}
	return strings.TrimSpace(out.String())
}

// invite returns the path of an invitation.
func (s staffed) invite(args ...string) string {
	s.t.Helper()
	return strings.TrimPrefix(s.command(append([]string{"console"}, append(args, "--community=501", "--public-url="+s.origin, "--reason=a test")...)...), s.origin)
}

// acts are the names of the lines of the audit log about somebody, the oldest first.
func (s staffed) acts(name string) (names []string) {
	s.t.Helper()
	for line := range strings.Lines(s.command("audit", "--community=501", "--json")) {
		var a auditLine
		if err := json.Unmarshal([]byte(line), &a); err != nil {
			s.t.Fatal(err, line)
		}
		if a.Object == "operator:"+name {
			names = append(names, a.Act)
		}
	}
	slices.Reverse(names)
	return names
}

// person has a browser, and the key of an app that shows codes.
type person struct {
	staffed
	*http.Client
	name   string
	key    []byte
	step   int64 // of the newest code that they have used
	spares []string
}

func (s staffed) person(name string) *person {
	s.t.Helper()
	cookies, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &person{staffed: s, Client: &http.Client{Jar: jar{cookies}}, name: name}
}

// page asks for a page, or with fields sends it a form.
func (p *person) page(path string, fields url.Values) (status int, body string) {
	p.t.Helper()
	method, form := http.MethodGet, io.Reader(http.NoBody)
	if fields != nil {
		method, form = http.MethodPost, strings.NewReader(fields.Encode())
	}
	request, err := http.NewRequestWithContext(p.t.Context(), method, p.origin+path, form)
	if err != nil {
		p.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Sec-Fetch-Site", "same-origin")
	answer, err := p.Do(request)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// code is the next one that was not used. The server takes those around the present one, so that nobody waits here.
func (p *person) code() string {
	p.step = max(p.step+1, pass.CodeStep(time.Now())-1)
	return pass.CodeAt(p.key, p.step)
}

var (
	shownKey   = regexp.MustCompile(`<code class="secret">([A-Z2-7]{32})</code>`)
	shownSpare = regexp.MustCompile(`<li><code>([a-z2-7-]{19})</code></li>`)
)

// accept opens an invitation and makes the account.
func (p *person) accept(path string) {
	p.t.Helper()
	status, body := p.page(path, nil)
	found := shownKey.FindStringSubmatch(body)
	if status != 200 || found == nil {
		p.t.Fatalf("the invitation is answered %d %s", status, body)
	}
	key, err := base32.StdEncoding.DecodeString(found[1])
	if err != nil {
		p.t.Fatal(err)
	}
	p.key, p.step, p.spares = key, 0, nil
	status, body = p.page(path, url.Values{"password": {longPassword}, "code": {p.code()}})
	for _, m := range shownSpare.FindAllStringSubmatch(body, -1) {
		p.spares = append(p.spares, m[1])
	}
	if status != 200 || len(p.spares) != 10 {
		p.t.Fatalf("the account is answered %d %s", status, body)
	}
}

// signIn signs in and goes on to the page of sessions; what is refused says so there.
func (p *person) signIn(password, code string) (status int, body string) {
	p.t.Helper()
	return p.page("/console/sign-in/account", url.Values{"name": {p.name + "@501"}, "password": {password}, "code": {code}, "back": {"/console/sessions"}})
}

// TestConsole_accounts plays the life of local accounts at a real serve: from the invitation on the command line to the day on
// which an account is disabled.
func TestConsole_accounts(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		s := serveStaff(t, database)
		olga := s.person("olga")
		want := func(wanted int, has string) func(status int, body string) {
			return func(status int, body string) {
				t.Helper()
				if status != wanted || !strings.Contains(body, has) {
					t.Fatalf("answered %d, want %d with %q: %s", status, wanted, has, body)
				}
			}
		}
		olga.accept(s.invite("invite", "olga", "--role=admin"))
		want(401, "console_signed_out")(olga.page("/console", nil))
		want(401, "console_login_wrong")(olga.signIn(longPassword, "000000"))
		want(401, "console_login_wrong")(olga.signIn("another password", olga.spares[0]))
		want(200, "olga (admin)")(olga.signIn(longPassword, olga.code()))

		key := url.Values{"name": {"shop"}, "scopes": {"read,write"}, "mode": {"test"}, "reason": {"a new shop"}}
		s.passes(6 * time.Minute)
		want(403, "console_proof")(olga.page("/console/keys", key))
		want(200, "olga (admin)")(olga.signIn(longPassword, olga.code()))
		want(200, "hsk_test_")(olga.page("/console/keys", key))

		want(200, "")(olga.page("/console/leave", url.Values{}))
		want(401, "console_signed_out")(olga.page("/console", nil))
		want(200, "olga (admin)")(olga.signIn(longPassword, olga.spares[0]))
		want(401, "console_login_wrong")(olga.signIn(longPassword, olga.spares[0]))
		elsewhere := s.person("olga")
		want(200, "olga (admin)")(elsewhere.signIn(longPassword, olga.spares[1]))

		for range 5 { // from the first wrong one on
			want(401, "console_login_wrong")(s.person("olga").signIn("another password", "000000"))
		}
		want(429, "console_locked")(s.person("olga").signIn(longPassword, olga.spares[2]))
		want(200, "olga (admin)")(olga.page("/console/sessions", nil)) // who is in stays in
		again := s.invite("accounts", "reset", "olga")
		want(401, "console_signed_out")(olga.page("/console", nil))
		want(401, "console_login_wrong")(olga.signIn(longPassword, olga.spares[3]))
		olga.accept(again)
		want(200, "olga (admin)")(olga.signIn(longPassword, olga.spares[0])) // codes count on from the last one that was used
		want(200, "olga (admin)")(elsewhere.signIn(longPassword, olga.spares[1]))
		s.command("console", "accounts", "disable", "olga", "--community=501", "--reason=has left")
		for _, p := range []*person{olga, elsewhere} {
			want(401, "console_signed_out")(p.page("/console", nil))
			want(401, "console_login_wrong")(p.signIn(longPassword, olga.spares[2]))
		}
		const in = "console.sign_in"
		lines := []string{
			"console.invite", "console.account_make", in, in, "console.sign_out", "console.recovery_code", in, "console.recovery_code", in, "console.account_lock", "console.account_reset",
			"console.account_make", "console.recovery_code", "console.account_unlock", in, "console.recovery_code", in, "console.account_disable",
		}
		if got := s.acts("olga"); !slices.Equal(got, lines) {
			t.Errorf("the audit log has\n%q, want\n%q", got, lines)
		}
	})
}

// passes makes it longer ago that everybody has shown who they are.
func (s staffed) passes(d time.Duration) {
	s.t.Helper()
	driver, address := "postgres", s.database
	if !strings.HasPrefix(address, driver) {
		driver, address = "sqlite", "file:"+address+"?_pragma=busy_timeout(10000)"
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	var community int64
	var hash string
	var holder []byte
	if err := db.QueryRowContext(s.t.Context(), `select community_id, hash, holder from console_sessions`).Scan(&community, &hash, &holder); err != nil {
		s.t.Fatal(err)
	}
	var signed map[string]any
	if err = json.Unmarshal(holder, &signed); err != nil || signed["proved"] == nil {
		s.t.Fatal(err, string(holder))
	}
	signed["proved"] = time.Now().Add(-d).UTC().Format(time.RFC3339)
	if holder, err = json.Marshal(signed); err != nil {
		s.t.Fatal(err)
	}
	if _, err := db.ExecContext(s.t.Context(), `update console_sessions set holder = $1 where community_id = $2 and hash = $3`, holder, community, hash); err != nil {
		s.t.Fatal(err)
	}
}

// Who sets a limit while nobody can be a second person hears so, and what to do.
func TestLimits_nobodyApproves(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		s := staffed{t, database, ""}
		s.command("migrate")
		s.command("communities", "add", "501", "Bikes", "--reason=a test")
		limits := func(more ...string) bool {
			t.Helper()
			var out, talk bytes.Buffer
			if err := run(t.Context(), append([]string{"communities", "limits", "501", "--database-url=" + database}, more...), &out, &talk); err != nil {
				t.Fatal(err, talk.String())
			}
			return strings.Contains(talk.String(), "nobody can approve") && strings.Contains(talk.String(), "handsel operators add NAME --community 501")
		}
		if limits() {
			t.Error("without a limit somebody is missed")
		}
		if !limits("--limit=EUR=1000", "--reason=a test") {
			t.Error("a limit is set while nobody can approve, and nothing is said")
		}
		for i, name := range []string{"ann", "bob"} {
			s.command("operators", "add", name, "--community=501", "--reason=a test")
			if alone := limits(); alone != (i == 0) {
				t.Errorf("with %d operators it is said: %t", i+1, alone)
			}
		}
	})
}

// A name that is not on the list of operators gets neither a link nor an invitation, and hears what to do first; where there is no list,
// any name does.
func TestConsole_operatorsOnly(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		s := staffed{t, database, "https://pay.example.com"}
		s.command("migrate")
		s.command("communities", "add", "501", "Bikes", "--reason=a test")
		s.invite("invite", "bob")
		s.command("operators", "add", "Olga", "--community=501", "--reason=a test")
		for _, what := range []string{"link", "invite"} {
			if path := s.invite(what, "olga"); !strings.HasPrefix(path, "/console/") {
				t.Errorf("%s prints %s", what, path)
			}
			var out, talk bytes.Buffer
			err := run(t.Context(), []string{"console", what, "bob", "--database-url=" + database, "--community=501", "--public-url=" + s.origin, "--reason=a test"}, &out, &talk)
			if err == nil || out.Len() > 0 || !strings.Contains(err.Error(), "handsel operators add bob --community 501") {
				t.Errorf("%s of a name that is not listed: %v, %s", what, err, out.String())
			}
		}
		if path := s.invite("accounts", "reset", "bob"); !strings.HasPrefix(path, "/console/invite/") { // it locks out
			t.Errorf("a reset prints %s", path)
		}
		if got := s.acts("bob"); !slices.Equal(got, []string{"console.invite", "console.account_reset"}) {
			t.Errorf("the audit log has %q", got)
		}
	})
}
