package main

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/internal/nodetest"
	"github.com/handsel-dev/handsel/sdk/go"
)

// The Go library of Standard Webhooks is a module of a program beside the test, and no module of this one.
const (
	verifierModule = "module verifier\n\ngo 1.21.0\n\nrequire github.com/standard-webhooks/standard-webhooks/libraries v0.0.1\n"
	verifierSums   = "github.com/standard-webhooks/standard-webhooks/libraries v0.0.1 h1:uOfcYT+3QungH6tIGSVCR/Y3KJmgJiHcojJbMTPDZAI=\n" +
		"github.com/standard-webhooks/standard-webhooks/libraries v0.0.1/go.mod h1:L1MQhA6x4dn9r007T033lsaZMv9EmBAdXyU/+EF40fo=\n"
)

// otherKey is the public key of nobody's endpoint: the one of the first test of RFC 8032.
const otherKey = "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

// sentDelivery is a webhook as it came, or tampered with, and a secret that it is verified with.
type sentDelivery struct {
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
	Secret  string            `json:"secret"`
	right   bool
}

// receiver keeps what is delivered to a path.
type receiver struct {
	mu  sync.Mutex
	got map[string][]sentDelivery
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, in *http.Request) {
	body, err := io.ReadAll(in.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	d := sentDelivery{Headers: map[string]string{}, Body: string(body)}
	for _, name := range []string{"webhook-id", "webhook-timestamp", "webhook-signature"} {
		d.Headers[name] = in.Header.Get(name)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got[in.URL.Path] = append(r.got[in.URL.Path], d)
}

func (r *receiver) at(path string) []sentDelivery {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got[path])
}

// Others' verifiers accept what handsel delivers, under the old secret and under the new one, and nothing that
// was tampered with: in JavaScript, Go and Python, and both SDKs' own.
func TestWebhooks_othersVerify(t *testing.T) {
	t.Parallel()
	cases := deliveredTo(t, readEnvFile(t, dev(t)))
	text, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	dir := nodetest.Install(t, typescript, signer, svix)
	dir.Copy(t, "testdata/verifiers", ".")
	dir.Copy(t, "../../sdk/typescript", "sdk/typescript")
	dir.Run(t, "tsc", "--project", "sdk/typescript")
	dir.Write(t, "deliveries.json", string(text))
	dir.Write(t, "go.mod", verifierModule)
	dir.Write(t, "go.sum", verifierSums)
	source, err := os.ReadFile("testdata/verifiers/verify.go.txt")
	if err != nil {
		t.Fatal(err)
	}
	dir.Write(t, "main.go", string(source))

	got := map[string][]bool{"sdk": ownVerdicts(cases)}
	for _, command := range [][]string{{"node", "verify.mjs"}, {"node", "sdk.mjs"}, {"python3", "verify.py"}, {"go", "run", "."}} {
		cmd := dir.Command(t, command[0], command[1:]...)
		cmd.Env = append(cmd.Env, "GOFLAGS=-ldflags=-w", "GOTOOLCHAIN=local", "GOWORK=off", "CGO_ENABLED=0")
		cmd.Stderr = t.Output()
		output, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v\n%s", command, err, output)
		}
		if err := json.Unmarshal(output, &got); err != nil {
			t.Fatalf("%s: %v\n%s", command, err, output)
		}
	}
	all, shared, asymmetric := verdicts(cases, ""), verdicts(cases, "whsec_"), verdicts(cases, "whpk_")
	want := map[string][]bool{"sdk": all, "typescript": all, "standardwebhooks": shared, "svix": shared, "python": shared, "go": shared, "ed25519": asymmetric}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("which deliveries are accepted (-want +got):\n%s\n%s", diff, text)
	}
}

// verdicts are which of the cases under secrets of a kind are right.
func verdicts(cases []sentDelivery, kind string) (right []bool) {
	for _, c := range cases {
		if strings.HasPrefix(c.Secret, kind) {
			right = append(right, c.right)
		}
	}
	return right
}

// ownVerdicts are what the Go SDK says to the cases.
func ownVerdicts(cases []sentDelivery) (accepted []bool) {
	for _, c := range cases {
		header := http.Header{}
		for name, value := range c.Headers {
			header.Set(name, value)
		}
		_, err := (&handsel.Webhook{Secrets: []string{c.Secret}}).Verify(header, []byte(c.Body))
		accepted = append(accepted, err == nil)
	}
	return accepted
}

// deliveredTo lets the worker deliver to an endpoint whose secret is being rotated, and to one of ed25519. The
// cases are what came under each secret, and tampered with.
func deliveredTo(t *testing.T, env map[string]string) (cases []sentDelivery) {
	t.Helper()
	inbox := &receiver{got: map[string][]sentDelivery{}}
	server := httptest.NewServer(inbox)
	t.Cleanup(server.Close)
	post := func(path, body string) answer {
		got := call(t, http.MethodPost, env["HANDSEL_URL"]+"/v1/"+path, env["HANDSEL_API_KEY"], "", "", body)
		if got.Status < 200 || got.Status > 299 {
			t.Fatalf("%s: %d %s", path, got.Status, got.Body)
		}
		return got
	}
	shared := post("webhook-endpoints", `{"url":"`+server.URL+`/shared","types":["listing.*"]}`)
	rotated := post("webhook-endpoints/"+shared.field(t, "id")+"/rotate-secret", `{}`)
	asymmetric := post("webhook-endpoints", `{"url":"`+server.URL+`/ed25519","types":["listing.*"],"signature":"ed25519","payload":"thin"}`)
	post("listings", `{"author_id":"sam","title":"Fahrrad für Anfänger – 🚲 <b>","kind":"multi_use","model":"online","price":{"amount":12000,"currency":"EUR"},"stock":3}`)
	for path, secrets := range map[string][]string{"/shared": {shared.field(t, "secret"), rotated.field(t, "secret")}, "/ed25519": {asymmetric.field(t, "secret")}} {
		await(t, "a delivery to "+path, func() bool { return len(inbox.at(path)) > 0 })
		came := inbox.at(path)[0]
		if n := len(strings.Fields(came.Headers["webhook-signature"])); n != len(secrets) {
			t.Errorf("%s has %d signatures for %d secrets", path, n, len(secrets))
		}
		for _, secret := range secrets {
			cases = append(cases, tampered(t, came, secret)...)
		}
	}
	for kind, other := range map[string]string{"whsec_": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whpk_": otherKey} {
		stranger := cases[slices.IndexFunc(cases, func(c sentDelivery) bool { return strings.HasPrefix(c.Secret, kind) })]
		stranger.Secret, stranger.right = other, false
		cases = append(cases, stranger)
	}
	return cases
}

// tampered is a delivery under a secret as it came, and with each part of what is signed changed.
func tampered(t *testing.T, came sentDelivery, secret string) []sentDelivery {
	t.Helper()
	came.Secret, came.right = secret, true
	at, err := strconv.ParseInt(came.Headers["webhook-timestamp"], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	with := func(name, value string) sentDelivery {
		d := came
		d.Headers, d.right = maps.Clone(came.Headers), false
		d.Headers[name] = value
		return d
	}
	body := came
	body.Body, body.right = strings.Replace(came.Body, "listing", "Listing", 1), false
	if body.Body == came.Body {
		t.Fatalf("%s is about no listing", came.Body)
	}
	return []sentDelivery{
		came, body, with("webhook-id", came.Headers["webhook-id"]+"0"), with("webhook-timestamp", strconv.FormatInt(at+1, 10)), with("webhook-signature", "v1,AAAA v1a,AAAA"),
	}
}
