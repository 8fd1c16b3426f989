package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/testport"
	"github.com/handsel-dev/handsel/sandbox"
	"github.com/handsel-dev/handsel/sandbox/sandboxtest"
)

// TestMain lets the test binary be the program: real processes without a build.
func TestMain(m *testing.M) {
	if os.Getenv("HANDSEL_TEST_PROGRAM") == "1" {
		main()
	}
	os.Exit(m.Run())
}

// program runs handsel as a process of its own. It is killed when the test ends.
type program struct {
	*exec.Cmd
	t       *testing.T
	outFile string
}

// out is what the program has printed so far.
func (p *program) out() string {
	p.t.Helper()
	content, err := os.ReadFile(p.outFile)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(content)
}

func start(t *testing.T, environ []string, args ...string) *program {
	t.Helper()
	file, err := os.CreateTemp(t.TempDir(), "out")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	p := &program{exec.CommandContext(t.Context(), os.Args[0], args...), t, file.Name()}
	p.Env = append(append(os.Environ(), "HANDSEL_TEST_PROGRAM=1"), environ...)
	p.Stdout, p.Stderr = file, file
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.Wait() // killed by the end of the test's context
		if t.Failed() {
			t.Logf("handsel %s printed:\n%s", strings.Join(args, " "), p.out())
		}
	})
	return p
}

// await asks every 20 ms, for a minute at the most, until ok.
func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-ctx.Done():
			t.Fatalf("timed out while waiting for %s", what)
		case <-tick.C:
		}
	}
}

type answer struct {
	Status int
	Body   []byte
}

func call(t *testing.T, method, url, key, actor, idempotencyKey, body string, header ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"Authorization": "Bearer " + key, "Content-Type": "application/json", "Handsel-Actor": actor, "Idempotency-Key": idempotencyKey,
	} {
		if value != "" && value != "Bearer " {
			r.Header.Set(name, value)
		}
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return answer{}
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{}
	}
	return answer{resp.StatusCode, content}
}

func (a answer) field(t *testing.T, name string) string {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal(a.Body, &fields); err != nil {
		t.Fatalf("answer %d %s: %v", a.Status, a.Body, err)
	}
	return fmt.Sprint(fields[name])
}

const newDeal = `{"process":"escrow_online","gateway":"trustap","starter_id":"bea","author_id":"sam","listing":{"title":"Old city bike"},"unit_price":{"amount":5000,"currency":"EUR"}}`

// The curl that dev prints works, and a whole deal can be played with the values
// of the env file alone.
func TestDev(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "env")
	p := start(t, []string{"HANDSEL_LOG_LEVEL=error"}, "dev", "--addr=127.0.0.1:0", "--sandbox-addr=127.0.0.1:0", "--stripe-addr=127.0.0.1:0", "--env-file="+file)
	await(t, "the env file", func() bool { _, err := os.Stat(file); return err == nil })
	values := readEnvFile(t, file)
	for _, name := range []string{"HANDSEL_URL", "HANDSEL_API_KEY", "HANDSEL_OTHER_API_KEY", "HANDSEL_COMMUNITY_ID", "HANDSEL_SANDBOX_URL", "HANDSEL_JWT_SECRET", "TOKEN_A", "TOKEN_B", "TOKEN_OP"} {
		if values[name] == "" {
			t.Errorf("the env file lacks %s", name)
		}
	}
	url, key := values["HANDSEL_URL"], values["HANDSEL_API_KEY"]
	created := call(t, "POST", url+"/v1/transactions", key, "", "first", newDeal)
	if created.Status != 201 {
		t.Fatalf("create: %d %s", created.Status, created.Body)
	}
	deal := url + "/v1/transactions/" + created.field(t, "id")
	if paid := call(t, "POST", created.field(t, "redirect_url"), "", "", "", `{"card":"success"}`); paid.Status != 200 {
		t.Fatalf("pay: %d %s", paid.Status, paid.Body)
	}
	await(t, "the payment's webhook", func() bool { return call(t, "GET", deal, key, "", "", "").field(t, "state") == "paid" })
	for i, step := range []struct{ actor, body, want string }{
		{"sam", `{"transition":"track","input":{"carrier":"an-post","tracking_code":"CP123456785IE"}}`, "tracked"},
		{"bea", `{"transition":"confirm_delivery"}`, "delivered"},
	} {
		if got := call(t, "POST", deal+"/transitions", key, step.actor, fmt.Sprint("step ", i), step.body); got.field(t, "state") != step.want {
			t.Fatalf("%s: %d %s", step.body, got.Status, got.Body)
		}
	}
	if moved := call(t, "POST", values["HANDSEL_SANDBOX_URL"]+"/_sandbox/clock/advance", "", "", "", `{"seconds":90000}`); moved.Status != 200 {
		t.Fatalf("clock: %d %s", moved.Status, moved.Body)
	}
	await(t, "the release", func() bool { return call(t, "GET", deal, key, "", "", "").field(t, "state") == "funds_released" })
	if other := call(t, "GET", deal, values["HANDSEL_OTHER_API_KEY"], "", "", ""); other.Status != 404 {
		t.Errorf("the other community sees the deal: %d", other.Status)
	}
	// The clock that is a day ahead is the deals': a login lasts ten real minutes.
	l := &logins{t: t, url: url, key: key, box: &sandboxtest.Server{URL: values["HANDSEL_SANDBOX_URL"]}}
	l.linked(l.begins("sam", "seller@example.com"))
	if at := l.stands("sam"); !strings.Contains(at, trustapSeller) {
		t.Errorf("sam stands at Trustap as %s", at)
	}
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil {
		t.Errorf("dev ended with %v:\n%s", err, p.out())
	}
	runPrintedCurl(t, p.out(), values)
}

func TestDev_refusesADatabaseWithOldDeals(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	args := []string{"dev", "--addr=127.0.0.1:0", "--sandbox-addr=127.0.0.1:0", "--stripe-addr=127.0.0.1:0", "--database-url=" + filepath.Join(dir, "dev.db"), "--env-file=" + filepath.Join(dir, "env")}
	first := start(t, nil, args...)
	await(t, "the env file", func() bool { _, err := os.Stat(filepath.Join(dir, "env")); return err == nil })
	values := readEnvFile(t, filepath.Join(dir, "env"))
	if created := call(t, "POST", values["HANDSEL_URL"]+"/v1/transactions", values["HANDSEL_API_KEY"], "", "first", newDeal); created.Status != 201 {
		t.Fatalf("create: %d %s", created.Status, created.Body)
	}
	if err := first.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := first.Wait(); err != nil {
		t.Fatal(err)
	}
	again := start(t, nil, args...)
	if err := again.Wait(); again.ProcessState.ExitCode() != 1 || !strings.Contains(again.out(), "name a new database") {
		t.Errorf("second start: %v\n%s", err, again.out())
	}
}

// runPrintedCurl checks that the banner is short and that its curl names the
// route, the key and the body that the test above used with success.
func runPrintedCurl(t *testing.T, banner string, values map[string]string) {
	t.Helper()
	lines := shortBanner(t, banner)
	if !strings.Contains(banner, values["HANDSEL_URL"]+"/docs") {
		t.Errorf("nothing leads to the documents:\n%s", banner)
	}
	last := lines[len(lines)-1]
	for _, part := range []string{"curl -s " + values["HANDSEL_URL"] + "/v1/transactions", "Authorization: Bearer " + values["HANDSEL_API_KEY"], "Idempotency-Key: ", "-d '" + newDeal + "'"} {
		if !strings.Contains(last, part) {
			t.Errorf("the printed curl lacks %s:\n%s", part, last)
		}
	}
}

// shortBanner are the lines of what dev prints, which are a dozen at most.
func shortBanner(t *testing.T, banner string) []string {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(banner), "\n")
	if len(lines) > 12 {
		t.Errorf("dev prints %d lines, at most a dozen are wanted:\n%s", len(lines), banner)
	}
	return lines
}

func readEnvFile(t *testing.T, path string) map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	values := map[string]string{}
	for s := bufio.NewScanner(f); s.Scan(); {
		name, value, _ := strings.Cut(s.Text(), "=")
		values[name] = value
	}
	return values
}

// A real process is killed while the gateway works for it. The next one finds
// out, and the deed is done once.
func TestServe_killedDuringAnOperation(t *testing.T) {
	t.Parallel()
	box := sandboxtest.Start(t, sandbox.Config{Follow: true, FaultTimeout: 20 * time.Second})
	address := freeAddress(t)
	key := "hsk_test_00000000000000aa_" + strings.Repeat("ab", 32)
	environ := []string{
		"HANDSEL_ADDR=" + address, "HANDSEL_DATABASE_URL=" + filepath.Join(t.TempDir(), "handsel.db"),
		"HANDSEL_TRUSTAP_URL=" + box.URL + "/api/v1", "HANDSEL_TRUSTAP_API_KEY=" + box.APIKey, "HANDSEL_TRUSTAP_ACTIONS_URL=" + box.URL,
		"HANDSEL_TRUSTAP_WEBHOOK_PASSWORD=0123456789abcdef", "HANDSEL_BOOTSTRAP_API_KEY=" + key, "HANDSEL_GATEWAY_TIMEOUT=1s",
	}
	url := "http://" + address
	if err := box.Sandbox.SetWebhookEndpoint(url+"/gateways/trustap/webhooks", "trustap", "0123456789abcdef"); err != nil {
		t.Fatal(err)
	}
	first := start(t, environ, "serve")
	await(t, "serve", func() bool { return call(t, "GET", url+"/readyz", "", "", "", "").Status == 200 })
	for _, user := range []string{"bea", "sam"} {
		if saved := call(t, "PUT", url+"/v1/users/"+user, key, "", "", profile(user)); saved.Status >= 300 {
			t.Fatalf("profile: %d %s", saved.Status, saved.Body)
		}
	}
	if err := box.Sandbox.SetFaults([]sandbox.Fault{{Route: "create_with_guest_user", Kind: "timeout_after"}}); err != nil {
		t.Fatal(err)
	}
	answered := make(chan answer, 1)
	go func() { answered <- call(t, "POST", url+"/v1/transactions", key, "", "the deal", newDeal) }()
	await(t, "the effect at the gateway", func() bool { return len(box.Sandbox.Transactions()) == 1 })
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-answered
	second := start(t, environ, "serve")
	await(t, "the recovery", func() bool {
		list := call(t, "GET", url+"/v1/transactions", key, "", "", "")
		return list.Status == 200 && bytes.Contains(list.Body, []byte(`"state":"joined"`))
	})
	again := call(t, "POST", url+"/v1/transactions", key, "", "the deal", newDeal)
	if again.Status != 201 || again.field(t, "state") != "joined" {
		t.Errorf("repeat with the same key: %d %s", again.Status, again.Body)
	}
	if n := len(box.Sandbox.Transactions()); n != 1 {
		t.Errorf("%d payments at the gateway, want 1", n)
	}
	if strings.Contains(second.out(), key) {
		t.Error("the log holds the API key")
	}
}

func profile(user string) string {
	return fmt.Sprintf(`{"email":"%s@example.com","first_name":"Sample","last_name":"User","country_code":"IE","terms_accepted_at":"2026-01-02T03:04:05Z","terms_ip":"192.0.2.1"}`, user)
}

// freeAddress is a loopback address that nobody else gets.
func freeAddress(t *testing.T) string {
	t.Helper()
	port, err := testport.Free()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("127.0.0.1:%d", port)
}

func TestServe_refusesUnsafeSettings(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		environ []string
		want    []string
	}{
		"nothing set":    {nil, []string{"HANDSEL_DATABASE_URL is not set"}},
		"unsafe Trustap": {[]string{"HANDSEL_TRUSTAP_API_KEY=k", "HANDSEL_TRUSTAP_URL=http://example.com/api/v1", "HANDSEL_TRUSTAP_WEBHOOK_PASSWORD=short"}, []string{"HANDSEL_TRUSTAP_URL must be an https URL", "HANDSEL_TRUSTAP_WEBHOOK_PASSWORD must have 16", "HANDSEL_DATABASE_URL is not set"}},
		"not a key":      {[]string{"HANDSEL_BOOTSTRAP_API_KEY=letmein", "HANDSEL_DATABASE_URL=x.db"}, []string{"HANDSEL_BOOTSTRAP_API_KEY is not an API key"}},
		"endless calls":  {[]string{"HANDSEL_DATABASE_URL=x.db", "HANDSEL_GATEWAY_TIMEOUT=-1s"}, []string{"HANDSEL_GATEWAY_TIMEOUT must be between"}},
		"both spellings": {[]string{"HANDSEL_TRUSTAP_API_KEY=k", "HANDSEL_TRUSTAP_API_KEY_FILE=/dev/null"}, []string{"keep one"}},
	}
	for name, tc := range tests {
		p := start(t, tc.environ, "serve")
		if err := p.Wait(); p.ProcessState.ExitCode() != exitUsage {
			t.Errorf("%s: ended with %v", name, err)
		}
		for _, want := range tc.want {
			if !strings.Contains(p.out(), want) {
				t.Errorf("%s: the message lacks %q:\n%s", name, want, p.out())
			}
		}
	}
}

func TestCommands(t *testing.T) {
	t.Parallel()
	db := "--database-url=" + filepath.Join(t.TempDir(), "handsel.db")
	tests := []struct {
		args []string
		want string
	}{
		{[]string{"migrate", db}, "this version's schema"},
		{[]string{"doctor", db}, "all invariants hold"},
		{[]string{"keys", "generate"}, `hsk_live_[0-9a-f]{16}_[0-9a-f]{64}`},
		{[]string{"communities", "add", db, "7", "Bicycles", "--reason=test"}, ""},
		{[]string{"keys", "add", db, "--community=7", "--reason=test", "--name=shop", "--mode=test"}, `hsk_test_[0-9a-f]{16}_[0-9a-f]{72}\n.*only time`},
		{[]string{"keys", "add", db, "--community=7", "--reason=test", "--name=page", "--mode=test", "--scopes=publishable"}, `hpk_test_[0-9a-f]{16}_[0-9a-f]{72}\n.*only time`},
		{[]string{"processes"}, `escrow_online@1 +on trustap`},
		{[]string{"processes", "show", "none"}, "# none@1"},
		{[]string{"processes", "mermaid", "escrow_online"}, "stateDiagram-v2"},
		{[]string{"processes", "check", "escrow_f2f"}, `escrow_f2f@1 +ok: .*, every invariant held`},
		{[]string{"version"}, `handsel dev \(commit \S+ of \S+`},
		{[]string{"--help"}, "Usage: handsel"},
	}
	for _, tc := range tests {
		var out bytes.Buffer
		if err := run(t.Context(), tc.args, &out, &out); err != nil {
			t.Errorf("%v: %v", tc.args, err)
		}
		if !regexp.MustCompile(tc.want).MatchString(out.String()) {
			t.Errorf("%v: want %q in\n%s", tc.args, tc.want, &out)
		}
	}
	for _, args := range [][]string{{"fly"}, {"processes", "show", "prepay"}, {"processes", "check", "prepay"}, {"doctor"}, {"keys", "revoke", db, "0123456789abcdef", "--reason=test"}, {"keys", "add", db, "--community=7", "--reason=test", "--name=x", "--scopes=root"}, {"keys", "add", db, "--community=7", "--reason=test", "--name=x", "--scopes=read,publishable"}} {
		if err := run(t.Context(), args, io.Discard, io.Discard); err == nil {
			t.Errorf("%v: no error", args)
		}
	}
}
