package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// keptDev is a handsel dev whose world is kept.
type keptDev struct {
	*program
	values map[string]string
}

func startWorld(t *testing.T, folder string, more ...string) keptDev {
	t.Helper()
	file := filepath.Join(t.TempDir(), "env")
	environ := []string{"HANDSEL_LOG_LEVEL=error", "HANDSEL_WORLDS=" + folder, "HANDSEL_OPS_ADDR=127.0.0.1:0", "HANDSEL_STRIPE_SANDBOX_ADDR=127.0.0.1:0", "HANDSEL_PAYPAL_SANDBOX_ADDR=127.0.0.1:0",
		"HANDSEL_BRAINTREE_SANDBOX_ADDR=127.0.0.1:0", "HANDSEL_PAYTRAIL_SANDBOX_ADDR=127.0.0.1:0"}
	p := start(t, environ, append([]string{"dev", "--world=shop", "--addr=127.0.0.1:0", "--sandbox-addr=127.0.0.1:0", "--env-file=" + file}, more...)...)
	await(t, "the env file", func() bool { _, err := os.Stat(file); return err == nil })
	d := keptDev{p, readEnvFile(t, file)}
	delete(d.values, "HANDSEL_CONSOLE_URL") // signs in once
	return d
}

// end stops it by a signal.
func (d keptDev) end(with syscall.Signal) {
	d.t.Helper()
	if err := d.Process.Signal(with); err != nil {
		d.t.Fatal(err)
	}
	_ = d.Wait()
}

func (d keptDev) ask(method, path, actor, key, body string) answer {
	d.t.Helper()
	return call(d.t, method, d.values["HANDSEL_URL"]+path, d.values["HANDSEL_API_KEY"], actor, key, body)
}

func (d keptDev) is(deal, state string) {
	d.t.Helper()
	await(d.t, state, func() bool { return d.ask("GET", "/v1/transactions/"+deal, "", "", "").field(d.t, "state") == state })
}

// reserves opens a deal whose money Stripe's emulator holds.
func (d keptDev) reserves(key string) string {
	d.t.Helper()
	made := d.ask("POST", "/v1/transactions", "bea", key, sale("preauthorize", "stripe", `,"input":{"payment_method":"pm_card_visa"}`))
	if made.Status != 201 {
		d.t.Fatalf("%d %s", made.Status, made.Body)
	}
	d.is(made.field(d.t, "id"), "preauthorized")
	return made.field(d.t, "id")
}

// A world goes on where it was, however it ended: keys, tokens and ports are the same, its clock is not behind, and money that
// was held before is released after. Faults, webhooks and ids at the gateways are as they were.
func TestDev_world(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]syscall.Signal{"stopped": syscall.SIGTERM, "killed": syscall.SIGKILL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			d := startWorld(t, folder)
			opened := d.ask("POST", "/v1/transactions", "bea", "escrow", newDeal)
			page := opened.field(t, "redirect_url")
			if paid := call(t, "POST", page, "", "", "", `{"card":"success"}`); paid.Status != 200 {
				t.Fatalf("pay: %d %s", paid.Status, paid.Body)
			}
			escrow, held := opened.field(t, "id"), d.reserves("held")
			d.is(escrow, "paid")
			if moved := call(t, "POST", d.values["HANDSEL_SANDBOX_URL"]+"/_sandbox/clock/advance", "", "", "", `{"seconds":86400}`); moved.Status != 200 {
				t.Fatalf("clock: %d %s", moved.Status, moved.Body)
			}
			var before, after clockLine
			if err := (request{method: "GET", url: d.values["HANDSEL_SANDBOX_URL"] + "/_sandbox/clock"}).send(t.Context(), "", &before); err != nil {
				t.Fatal(err)
			}
			d.end(end)

			again := startWorld(t, folder)
			if diff := cmp.Diff(d.values, again.values); diff != "" {
				t.Errorf("the second start has other values:\n%s", diff)
			}
			if err := (request{method: "GET", url: d.values["HANDSEL_SANDBOX_URL"] + "/_sandbox/clock"}).send(t.Context(), "", &after); err != nil || after.Now.Before(before.Now) {
				t.Errorf("the clock was at %s and is at %s: %v", before.Now, after.Now, err)
			}
			again.is(escrow, "paid")
			if seen := call(t, "GET", page, "", "", "", ""); !strings.Contains(string(seen.Body), "Paid.") {
				t.Errorf("the page of the payment: %s", seen.Body)
			}
			for i, s := range []struct{ deal, who, step string }{
				{held, "sam", `{"transition":"complete_preauthorization"}`}, {held, "bea", `{"transition":"complete"}`},
				{escrow, "sam", `{"transition":"track","input":{"carrier":"an-post","tracking_code":"CP123456785IE"}}`},
				{escrow, "bea", `{"transition":"confirm_delivery"}`}, {escrow, "bea", `{"transition":"end_complaint_period"}`},
			} {
				if got := again.ask("POST", "/v1/transactions/"+s.deal+"/transitions", s.who, fmt.Sprint("step ", i), s.step); got.Status != 200 {
					t.Fatalf("%s: %d %s", s.step, got.Status, got.Body)
				}
			}
			again.is(held, "confirmed")
			again.is(escrow, "funds_released")
			if other := again.reserves("another"); other == held {
				t.Errorf("%s was made twice", other)
			}
			again.end(syscall.SIGTERM)
		})
	}
}

// Nobody else has a world while it runs; another name and another address are refused in one sentence, and --fresh forgets.
func TestDev_worldRefuses(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	d := startWorld(t, folder)
	deal := d.reserves("held")
	refused := func(want string, args ...string) {
		t.Helper()
		p := start(t, []string{"HANDSEL_WORLDS=" + folder}, append([]string{"dev"}, args...)...)
		if err := p.Wait(); err == nil || !strings.Contains(p.out(), want) {
			t.Errorf("%v: %v, want %q in\n%s", args, err, want, p.out())
		}
	}
	refused("another handsel dev runs this world", "--world=shop")
	refused("another handsel dev runs this world", "--world=shop", "--fresh")
	refused("cannot be the name of a world", "--world=../shop")
	refused("name it with --world", "--fresh")
	refused("a database of its own", "--world=shop", "--database-url=x.db")
	if !strings.Contains(d.out(), "kept in "+filepath.Join(folder, "shop")) {
		t.Errorf("nothing says where the world is:\n%s", d.out())
	}
	shortBanner(t, d.out())
	d.end(syscall.SIGTERM)
	refused("leave the address out", "--world=shop", "--addr=127.0.0.1:1")
	anew := startWorld(t, folder, "--fresh")
	if got := anew.ask("GET", "/v1/transactions/"+deal, "", "", ""); got.Status != 404 {
		t.Errorf("the world that was begun anew knows the deal: %d %s", got.Status, got.Body)
	}
	if maps.Equal(d.values, anew.values) {
		t.Error("the world that was begun anew has the keys of the one before")
	}
	anew.end(syscall.SIGKILL)
	if err := os.WriteFile(filepath.Join(folder, "shop", "stripe.json"), []byte(`{"at":"2026-01-02T03:04:05Z","holds":{"version":0}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	refused("begin the world anew with --fresh", "--world=shop")
}
