package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/server/vocabulary"
)

var update = flag.Bool("update", false, "write server/vocabulary/examples.json from what handsel dev answers")

const examplesFile = "../../server/vocabulary/examples.json"

// example is a request that the description shows, with what it is answered. What differs from run to run is
// written as a sample.
type example struct {
	Body   any `json:"body,omitempty"`
	Answer any `json:"answer,omitempty"`
}

// ask is a step of the script that the examples are: an operation, the parameters of its path, and what is sent.
// "$deal.id" is the id of what the step that keeps "deal" was answered.
type ask struct {
	operation string
	params    []string
	query     string
	body      string
	actor     string // a user; "staff:ann" is an operator
	keep      string
	unshown   bool // it only prepares another one
	awaited   bool // a list that is asked until something is in it
}

// notShown are the native operations without an example, and why.
var notShown = map[string]string{
	"events.stream": "it never ends", "operator.endHold": "nothing is on hold", "operator.clearTransaction": "no deal is on hold",
	"community.getMailTemplate": "a whole template", "community.replaceMailTemplate": "a whole template", "community.deleteMailTemplate": "it answers nothing",
	"operator.tellOutcome": "no refund is open", "operator.takeOverTransaction": "nothing was moved by hand", "operator.finishTask": "no task is done by word",
	"payouts.settle": "no payout is due", "sellers.linkAccount": "every account is linked", "sellers.listBankPayouts": "no bank was paid",
	"transactions.addEvidence": "a form, whose file is the reader's", "transactions.listEvidence": "nobody has added any", "transactions.downloadEvidence": "a file",
	"sellers.unlinkAccount": "it answers nothing", "listings.delete": "it answers nothing", "listings.unblockDates": "it answers nothing",
	"webhookEndpoints.delete": "it answers nothing",
	"portalLinks.create":      "its answer is a link that opens the portal",
}

// What the description shows as an example was asked and answered like this: it is played against handsel dev.
func TestExamples(t *testing.T) {
	t.Parallel()
	env := readEnvFile(t, dev(t))
	routes := describedRoutes(t)
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "thank you") }))
	t.Cleanup(shop.Close)
	p := &examplePlayer{
		t: t, url: env["HANDSEL_URL"], key: env["HANDSEL_API_KEY"], routes: routes, shown: map[string]example{},
		kept: map[string]any{"shop": map[string]any{"url": shop.URL + "/webhooks"}},
	}
	for i, a := range exampleScript {
		p.play(i, a)
	}
	for operation := range routes {
		if _, ok := p.shown[operation]; ok == (notShown[operation] != "") {
			t.Errorf("%s has an example: %t, and is one of those without: %q", operation, ok, notShown[operation])
		}
	}
	got, err := json.MarshalIndent(p.shown, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if *update && !t.Failed() {
		if err := os.WriteFile(examplesFile, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(examplesFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.TrimSpace(string(want)), string(got)); diff != "" {
		t.Errorf("the examples are not what is answered; run go test ./cmd/handsel -run TestExamples -update (-shown +answered):\n%s", diff)
	}
}

// describedRoutes are method and path of the native operations.
func describedRoutes(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../../server/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	all, path, method := map[string]string{}, "", ""
	for line := range strings.Lines(string(text)) {
		switch {
		case strings.HasPrefix(line, "    /"):
			path = strings.TrimSuffix(strings.TrimSpace(line), ":")
		case regexp.MustCompile(`^        (get|put|post|patch|delete):$`).MatchString(strings.TrimRight(line, "\n")):
			method = strings.ToUpper(strings.TrimSuffix(strings.TrimSpace(line), ":"))
		case strings.HasPrefix(line, "            operationId: ") && strings.HasPrefix(path, "/v1/"):
			all[strings.TrimSpace(strings.TrimPrefix(line, "            operationId: "))] = method + " " + path
		}
	}
	return all
}

type examplePlayer struct {
	t        *testing.T
	url, key string
	routes   map[string]string
	kept     map[string]any
	shown    map[string]example
}

func (p *examplePlayer) play(i int, a ask) {
	p.t.Helper()
	method, path, known := strings.Cut(p.routes[a.operation], " ")
	if !known {
		p.t.Fatalf("there is no operation %s", a.operation)
	}
	for _, param := range a.params {
		path = regexp.MustCompile(`\{[^}]*\}`).ReplaceAllLiteralString(path, "{}")
		path = strings.Replace(path, "{}", p.filled(param), 1)
	}
	actor, header := a.actor, []string(nil)
	if staff, ok := strings.CutPrefix(a.actor, "staff:"); ok {
		actor, header = "", []string{"Handsel-Operator", staff}
	}
	key := "example " + strconv.Itoa(i)
	if method == http.MethodGet {
		key = ""
	}
	ask := func() answer {
		return call(p.t, method, p.url+path+a.query, p.key, actor, key, p.filled(a.body), header...)
	}
	got := ask()
	if a.awaited {
		await(p.t, a.operation, func() bool { got = ask(); return !bytes.Contains(got.Body, []byte(`"items":[]`)) })
	}
	if got.Status < 200 || got.Status > 299 {
		p.t.Errorf("%s: %d %s", a.operation, got.Status, got.Body)
		return
	}
	var answer any
	if len(got.Body) > 0 {
		answer = decoded(p.t, got.Body)
	}
	if a.keep != "" {
		p.kept[a.keep] = answer
	}
	if a.unshown {
		return
	}
	shown := example{Answer: sample("", answer)}
	if a.body != "" {
		shown.Body = sample("", decoded(p.t, []byte(p.filled(a.body))))
	}
	p.shown[a.operation] = shown
}

func decoded(t *testing.T, text []byte) any {
	t.Helper()
	var v any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

var reference = regexp.MustCompile(`\$(\w+)\.([\w.]+)`)

// filled puts what was kept into a text.
func (p *examplePlayer) filled(text string) string {
	return reference.ReplaceAllStringFunc(text, func(r string) string {
		m := reference.FindStringSubmatch(r)
		v := p.kept[m[1]]
		for _, name := range strings.Split(m[2], ".") {
			switch of := v.(type) {
			case map[string]any:
				v = of[name]
			case []any:
				at, err := strconv.Atoi(name)
				if err != nil || at >= len(of) {
					p.t.Fatalf("%s has no %s", m[1], m[2])
				}
				v = of[at]
			}
		}
		return fmt.Sprint(v)
	})
}

// textSample is what stands for texts that differ from run to run.
type textSample struct {
	is   *regexp.Regexp
	text string
}

var idsAndTimes = []textSample{
	{regexp.MustCompile(`\b(txn|lst|pyt|bpo|apr|act|cur|evt|req|msg|whe)_[a-z0-9]+`), "${1}_0a1b2c3d4e5f6g7h8j9k0m1n2p"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`), "2026-03-01T12:00:00Z"},
}

var samples = append(slices.Clip(idsAndTimes), []textSample{
	{regexp.MustCompile(`\b[A-Z][a-z]{2} \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d UTC`), "Sun 1 Mar 2026 12:00 UTC"},
	{regexp.MustCompile(`http://127\.0\.0\.1:\d+/webhooks`), "https://shop.example.com/webhooks"},
	{regexp.MustCompile(`\bwhsec_[A-Za-z0-9+/=]+`), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
	{regexp.MustCompile(`http://(127\.0\.0\.1|localhost):\d+`), "https://gateway.example.com"},
	{regexp.MustCompile(`\b(\w+):\d{6,}`), "${1}:73"},
	{regexp.MustCompile(`/setup/acct_.*`), "/setup/acct_0a1b2c"},
	{regexp.MustCompile(`\btsk_\w+`), "tsk_0a1b2c3d4e5f6g7h8j9k"},
	{regexp.MustCompile(`^[0-9a-f]{16}$`), "0a1b2c3d4e5f6a7b"},
	{regexp.MustCompile(`\bkey:[0-9a-f]+`), "key:0a1b2c3d4e5f6a7b"},
}...)

// sampled are members whose values differ from run to run.
var sampled = map[string]any{
	"number": 73, "age_seconds": 60, "last_sequence": 73, "join_code": "0a1b2c3d", "payment_id": "pay_0a1b2c", "client_secret": "secret_0a1b2c", "client_token": "token_0a1b2c",
	"account_id": "acct_0a1b2c", "sequence": 17, "from_sequence": 17, "to_sequence": 17, "position": 16, "ms": 42, "next_after": 17, "has_more": true, "next_cursor": "cur_0a1b2c3d4e5f6g7h8j9k0m1n2p",
}

// sample is a value as it is shown: a list has its first items, and what differs from run to run is a sample.
func sample(name string, v any) any {
	if s, ok := sampled[name]; ok && v != nil && v != "" {
		return s
	}
	switch v := v.(type) {
	case json.Number:
		if len(v) > 9 { // ids begin with the day
			return 73
		}
	case string:
		for _, s := range samples {
			v = s.is.ReplaceAllString(v, s.text)
		}
		return v
	case []any:
		out := []any{}
		for _, one := range v[:min(len(v), 2)] {
			out = append(out, sample(name, one))
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for name, one := range v {
			out[name] = sample(name, one)
		}
		return out
	}
	return v
}

// The examples are those of operations that there are.
func TestExamples_areShown(t *testing.T) {
	t.Parallel()
	words, err := vocabulary.Words()
	if err != nil {
		t.Fatal(err)
	}
	routes := describedRoutes(t)
	for operation := range words.Examples {
		if routes[operation] == "" {
			t.Errorf("there is no operation %s", operation)
		}
	}
}
