package main

import (
	"bytes"
	"context"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/testkit/giro"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
)

// withGiro is the list of gateways with one line more.
func withGiro() []gateway.Plugin { return append(app.Gateways(), giro.Plugin()) }

// giroProgram is the program with it.
func giroProgram(ctx context.Context, out io.Writer) environment {
	return environment{Context: ctx, out: out, errOut: io.Discard, gateways: withGiro(), environ: os.Environ()}
}

const giroKey = "0123456789abcdefghij"

// settingsWith are the settings of a program with these gateways.
func settingsWith(gateways []gateway.Plugin) []string {
	return knownSettings((&binder{}).bind("handsel", about, newCLI(gateways)), secretSettings(gateways))
}

// A gateway is its folder and its line: its settings are flags, variables and files of
// every command that needs them, and are checked as all others are.
func TestPlugin_settings(t *testing.T) {
	t.Parallel()
	db := "--database-url=" + filepath.Join(t.TempDir(), "handsel.db")
	for name, tc := range map[string]struct {
		args []string
		want string
	}{
		"unsafe":        {[]string{"serve", db, "--giro-key=" + giroKey, "--giro-url=http://giro.example.com"}, "HANDSEL_GIRO_URL must be an https URL"},
		"weak":          {[]string{"serve", db, "--giro-key=" + strings.Repeat("x", 20)}, "HANDSEL_GIRO_KEY is one repeated character"},
		"two modes":     {[]string{"serve", db, "--giro-key=" + giroKey, "--mode=test"}, "HANDSEL_GIRO_URL is a live one, but this server is for test"},
		"to reconcile":  {[]string{"reconcile", db, "--gateway=giro", "--from=2026-01-01", "--giro-key=k", "--giro-url=x"}, "HANDSEL_GIRO_URL must be an https URL"},
		"not in a list": {[]string{"serve", db, "--stripe-key=k"}, "unknown flag --stripe-key"},
	} {
		if err := giroProgram(t.Context(), io.Discard).run(tc.args); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
	known := settingsWith(withGiro())
	for _, setting := range []string{"HANDSEL_GIRO_URL", "HANDSEL_GIRO_KEY", "HANDSEL_GIRO_KEY_FILE"} {
		if !slices.Contains(known, setting) {
			t.Errorf("%s is not known", setting)
		}
	}
	var out bytes.Buffer
	if err := giroProgram(t.Context(), &out).run([]string{"processes", "list"}); err != nil || !strings.Contains(out.String(), ", giro, balance") {
		t.Errorf("the pairs: %v\n%s", err, out.String())
	}
}

// serveGiro runs the real server with the bank behind it.
func serveGiro(t *testing.T) (url, key string, bank *giro.Bank) {
	t.Helper()
	address := freeAddress(t)
	url, key = "http://"+address, "hsk_test_00000000000000aa_"+strings.Repeat("ab", 32)
	bank = &giro.Bank{Key: giroKey, Webhooks: url + "/gateways/giro/webhooks"}
	front := httptest.NewServer(bank)
	bank.URL = front.URL
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- giroProgram(ctx, io.Discard).run([]string{
			"serve", "--database-url=" + filepath.Join(t.TempDir(), "handsel.db"), "--addr=" + address, "--ops-addr=127.0.0.1:0", "--drain-pause=0s",
			"--bootstrap-api-key=" + key, "--giro-url=" + bank.URL, "--giro-key=" + giroKey,
		})
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
		front.Close()
	})
	await(t, "the server", func() bool {
		return call(t, "GET", url+"/readyz", "", "", "", "").Status == 200
	})
	return url, key, bank
}

// Such a gateway is paired, priced, verified and paid on by the real server.
func TestPlugin_paid(t *testing.T) {
	t.Parallel()
	url, key, bank := serveGiro(t)
	open := func(process, gateway, price string) answer {
		return call(t, "POST", url+"/v1/transactions", key, "", "open "+process+gateway+price, `{"process":"`+process+`","gateway":"`+gateway+
			`","starter_id":"bea","author_id":"sam","listing":{"title":"Bike"},"unit_price":{"amount":`+price+`,"currency":"EUR"}}`)
	}
	if a := open("postpay", "giro", "5000"); a.Status != 400 || a.field(t, "code") != "process_gateway_mismatch" ||
		!strings.Contains(string(a.Body), "process postpay does not run on gateway giro; it runs on stripe, ") {
		t.Errorf("a pair that cannot work: %d %s", a.Status, a.Body)
	}
	if a := open("preauthorize", "giro", "200000"); a.Status != 402 || a.field(t, "code") != "limit_exceeded" {
		t.Errorf("declined: %d %s", a.Status, a.Body)
	}
	if a := call(t, "POST", url+"/v1/prices/preview", key, "", "", `{"gateway":"giro","unit_price":{"amount":5000,"currency":"EUR"}}`); a.Status != 200 || a.field(t, "fees_by") != "giro" || !strings.Contains(string(a.Body), "120") {
		t.Errorf("the price: %d %s", a.Status, a.Body)
	}
	made := open("preauthorize", "postgiro", "5000")
	if made.Status != 201 || made.field(t, "gateway") != "giro" || made.field(t, "state") != "action_required" {
		t.Fatalf("create: %d %s", made.Status, made.Body)
	}
	payment := strings.TrimPrefix(made.field(t, "redirect_url"), bank.URL+"/approve/")
	for _, report := range []struct {
		key  string
		want int
	}{{"guessed", 401}, {giroKey, 200}} {
		if status, err := bank.Approve(payment, report.key); err != nil || status != report.want {
			t.Errorf("reported with %s: %d %v, want %d", report.key, status, err, report.want)
		}
	}
	deal := url + "/v1/transactions/" + made.field(t, "id")
	await(t, "the payment", func() bool { return call(t, "GET", deal, key, "", "", "").field(t, "state") == "preauthorized" })
	for _, step := range []struct{ transition, actor, state string }{
		{"complete_preauthorization", "sam", "paid"}, {"complete", "bea", "confirmed"},
	} {
		if a := call(t, "POST", deal+"/transitions", key, step.actor, step.transition, `{"transition":"`+step.transition+`"}`); a.Status != 200 || a.field(t, "state") != step.state {
			t.Fatalf("%s: %d %s", step.transition, a.Status, a.Body)
		}
	}
	if got := bank.PaidOut(); got != 5000-giro.Fee {
		t.Errorf("the seller got %d, want %d", got, 5000-giro.Fee)
	}
}
