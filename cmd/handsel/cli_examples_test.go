package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/handsel-dev/handsel/internal/apikey"
	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/pass"
	"github.com/handsel-dev/handsel/internal/sqlstore"
	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/orchestrator"
)

// nothing is on stdout of a command that only changes something: what it says is for people.
const nothing = `^$`

// printed is what stands on stdout of the commands that have no --json.
var printed = map[string]string{
	"handsel dev":         `^Handsel runs at http://`,
	"handsel serve":       nothing,
	"handsel sandbox run": `^Stripe .*http://`,
	"handsel chaos set":   nothing,
	"handsel chaos clear": nothing,
	"handsel schema":      `"title": "handsel keys list --json"`,

	"handsel demo":                     `1\. `,
	"handsel migrate":                  nothing,
	"handsel config check":             nothing,
	"handsel console link":             `^https://pay\.example\.com/console/open/\S+\n$`,
	"handsel console invite":           `^https://pay\.example\.com/console/invite/\S+\n$`,
	"handsel console accounts disable": nothing,
	"handsel console accounts reset":   `^https://pay\.example\.com/console/invite/\S+\n$`,
	"handsel communities add":          nothing,
	"handsel communities fees":         nothing,
	"handsel operators add":            `^ann\nbob\nolga\n$`,
	"handsel operators remove":         `^ann\nbob\n$`,
	"handsel approvals approve":        nothing,
	"handsel approvals reject":         nothing,
	"handsel keys generate":            `^hsk_test_[0-9a-f_]+\n$`,
	"handsel keys add":                 `^hsk_live_[0-9a-f_]+\n$`,
	"handsel keys revoke":              nothing,
	"handsel processes mermaid":        `^stateDiagram-v2\n`,
	"handsel events resend":            `transaction\.paid .* 200 .*evt_[^ ]+\n$`,
	"handsel listen":                   `transaction\.\S+ +200 `,
	"handsel trigger":                  `^transaction\.paid  evt_\S+  sequence \d+\n$`,
	"handsel recovery begin":           nothing,
	"handsel recovery end":             nothing,
	"handsel completion":               `(?m)^# bash completion`,
}

// lasting commands run until they get the signal to stop; they do once they have printed this.
var lasting = map[string]string{
	"handsel dev": `curl -s`, "handsel serve": `handsel serves`, "handsel sandbox run": `(?s)control.*control`, "handsel listen": `transaction\.\S+ +200 `,
}

// notPlayed are commands whose examples are not run here, and why.
var notPlayed = map[string]string{"handsel bench": "it measures for minutes; make bench-check runs it"}

// Every command has an example, which works. Data is on stdout, and everything that is said about it
// on stderr; with --json all of stdout is objects of the schema that the documentation has.
// No command draws: there is no color to be switched off.
func TestCommandLine(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for c := range tree().all() {
		path := c.CommandPath()
		if len(c.below) > 0 {
			continue
		}
		if c.Example == "" || c.Short == "" {
			t.Errorf("%s has no example, or no help", path)
		}
		if notPlayed[path] != "" {
			continue
		}
		for line := range strings.Lines(c.Example) {
			if !strings.HasPrefix(line, path) {
				t.Errorf("%s is no example of %s", line, path)
			}
			s.play(t, c, strings.TrimSpace(line))
		}
	}
}

func tree() *command { return (&binder{}).bind("handsel", about, newCLI(app.Gateways())) }

func (s *stand) play(t *testing.T, c *command, line string) {
	t.Helper()
	path := c.CommandPath()
	args := words(s.real.Replace(line))[1:]
	got := s.run(t, path, args)
	if got.code != exitDone {
		t.Errorf("%s: ended with %d:\n%s%s", line, got.code, got.out, got.errOut)
	}
	shaped, reads := c.target.Interface().(interface{ shape() reflect.Type })
	if want, ok := printed[path]; ok == reads {
		t.Errorf("%s: it has --json: %v, and other text on stdout: %v", path, reads, ok)
	} else if ok && !regexp.MustCompile(want).MatchString(got.out) {
		t.Errorf("%s: stdout is not %q:\n%s", line, want, got.out)
	}
	if strings.Contains(got.out+got.errOut, "\x1b") {
		t.Errorf("%s draws: %q", line, got.out)
	}
	if !reads {
		return
	}
	schema := s.schema(t, path)
	if !strings.Contains(line, "--json") {
		got = s.run(t, path, append(args, "--json"))
	}
	if got.out == "" {
		t.Errorf("%s: nothing is shown, so nothing is checked", line)
	}
	for object := range strings.Lines(got.out) {
		if err := errors.Join(fits([]byte(object), shaped.shape()), schema.VisitJSON(valueOf(t, object))); err != nil {
			t.Errorf("%s --json: %v:\n%s", line, err, object)
		}
	}
}

// schema is what the program says of the objects of a command.
func (s *stand) schema(t *testing.T, path string) *openapi3.Schema {
	t.Helper()
	of := &openapi3.Schema{}
	got := runs(t, s.environ, append([]string{"schema"}, strings.Fields(path)[1:]...)...)
	if err := json.Unmarshal([]byte(got.out), of); err != nil || got.code != exitDone || of.Title != path+" --json" || len(of.Properties) == 0 {
		t.Errorf("schema of %s: %v: %+v", path, err, got)
	}
	return of
}

func valueOf(t *testing.T, object string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(object), &v); err != nil {
		t.Error(err)
	}
	return v
}

// fits tells whether a text is an object of a type with all members that the type has.
func fits(object []byte, of reflect.Type) error {
	v := reflect.New(of)
	d := json.NewDecoder(bytes.NewReader(object))
	d.DisallowUnknownFields()
	if err := d.Decode(v.Interface()); err != nil {
		return err
	}
	var got any
	if err := json.Unmarshal(object, &got); err != nil {
		return err
	}
	if bytes.Contains(object, []byte(":null")) {
		return errors.New("a member is null")
	}
	members, ok := got.(map[string]any)
	if !ok {
		return errors.New("it is no object")
	}
	for _, name := range schemaOf(of).Required {
		if _, there := members[name]; !there {
			return fmt.Errorf("it has no %s", name)
		}
	}
	return nil
}

// words cuts a command line at blanks, but not inside of quotes.
func words(line string) []string {
	var all []string
	for _, m := range regexp.MustCompile(`'([^']*)'|\S+`).FindAllStringSubmatch(line, -1) {
		if strings.HasPrefix(m[0], "'") {
			all = append(all, m[1])
		} else {
			all = append(all, m[0])
		}
	}
	return all
}

// stand is where examples are played: a database, handsel dev, and a receiver of webhooks.
type stand struct {
	environ []string
	real    *strings.Replacer // of what examples name
	dev     map[string]string
}

func newStand(t *testing.T) *stand {
	t.Helper()
	path := testdb.SQLite(t)
	db, err := sqlstore.Open(t.Context(), path, sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	now := time.Now()
	by := orchestrator.By{Actor: "operator:bob", Reason: "a test", RequestID: "6f2a3f0e-5c1d-4b7e-9a53-0d6c3f3f1a11", At: now}
	key, err := apikey.Fixed("hsk_live_0123456789abcdef_"+strings.Repeat("ab", 32), apikey.Key{CommunityID: 7, Name: "old", CreatedAt: now, Scopes: []apikey.Scope{apikey.Read}})
	err = errors.Join(err, db.AddCommunity(t.Context(), 7, "Bikes", by), db.AddKey(t.Context(), key, by))
	err = errors.Join(err, db.SaveOperators(t.Context(), 7, []string{"ann", "bob"}, by))
	_, failed := db.PutLocalAccount(t.Context(), pass.Local{CommunityID: 7, Name: "olga", Role: "finance", CreatedAt: now}, by.Act(7, "console.account_make", "operator:olga", nil))
	err = errors.Join(err, failed)
	for id := int64(12); id <= 13; id++ {
		a := orchestrator.Approval{
			ID: id, CommunityID: 7, Status: orchestrator.ApprovalWaiting, Act: "operators.set", Object: "community:7", AskedBy: by.Actor, Reason: by.Reason,
			AskedAt: now, ExpiresAt: now.Add(time.Hour), Request: []byte(`{"Operators":["zoe"]}`), Same: fmt.Sprint(id),
		}
		_, failed := db.AskApproval(t.Context(), a, nil, by.Act(7, "approval.ask", orchestrator.ObjectOfApproval(id), nil))
		err = errors.Join(err, failed)
	}
	if err != nil {
		t.Fatal(err)
	}
	shop := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(shop.Close)
	s := &stand{dev: readEnvFile(t, dev(t))}
	s.environ = []string{
		"HOME=" + t.TempDir(), "HANDSEL_DATABASE_URL=" + path, "HANDSEL_JWT_ISSUER=market", "HANDSEL_JWT_AUDIENCE=handsel", "HANDSEL_DETAILS_KEYS=" + detailsKeys,
	}
	for name, value := range s.dev { // people read the whole file into their shell
		s.environ = append(s.environ, name+"="+value)
	}
	s.real = strings.NewReplacer("localhost:3000", strings.TrimPrefix(shop.URL, "http://"), "evt_0123456789abcdef", s.event(t), "txn_0123456789abcdefghijklmnop", s.deal(t))
	return s
}

// event makes one that can be sent again.
func (s *stand) event(t *testing.T) string {
	t.Helper()
	r := runs(t, s.environ, "trigger", "transaction.paid")
	if r.code != exitDone {
		t.Fatalf("%+v", r)
	}
	return strings.Fields(r.out)[1]
}

// deal is one that somebody has played.
func (s *stand) deal(t *testing.T) string {
	t.Helper()
	var list struct{ Items []struct{ ID string } }
	got := call(t, "GET", s.dev["HANDSEL_URL"]+"/v1/transactions?limit=1", s.dev["HANDSEL_API_KEY"], "", "", "")
	if err := json.Unmarshal(got.Body, &list); err != nil || len(list.Items) != 1 {
		t.Fatalf("%d %s", got.Status, got.Body)
	}
	return list.Items[0].ID
}

// run runs a command; one that lasts gets the signal to stop once it has shown that it works.
func (s *stand) run(t *testing.T, path string, args []string) ran {
	t.Helper()
	environ := append([]string{"HANDSEL_ADDR=127.0.0.1:0", "HANDSEL_SANDBOX_ADDR=127.0.0.1:0", "HANDSEL_DRAIN_PAUSE=0s"}, s.environ...)
	if path == "handsel dev" {
		environ = environ[:2] // it has a database of its own
	}
	if strings.HasPrefix(path, "handsel chaos ") { // the address that dev was given
		environ = append(environ, "HANDSEL_STRIPE_SANDBOX_ADDR="+strings.TrimPrefix(s.dev["HANDSEL_STRIPE_URL"], "http://"))
	}
	ready, lasts := lasting[path]
	if !lasts {
		return runs(t, environ, args...)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var out, errOut kept
	ended := make(chan error, 1)
	go func() {
		ended <- environment{Context: ctx, out: &out, errOut: &errOut, gateways: app.Gateways(), environ: environ}.run(args)
	}()
	if path == "handsel listen" {
		await(t, "the connection", func() bool { return strings.Contains(errOut.String(), "Stop it with") })
		s.event(t)
	}
	await(t, path, func() bool { return regexp.MustCompile(ready).MatchString(out.String() + errOut.String()) })
	stop()
	return ran{exitCode(<-ended, &errOut), out.String(), errOut.String()}
}

// kept is what was printed, for several at a time.
type kept struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (k *kept) Write(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.text.Write(p)
}

func (k *kept) String() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.text.String()
}
