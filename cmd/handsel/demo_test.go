package main

import (
	"bytes"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/app"
)

func TestDemo(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args []string
		want []string // in this order
	}{
		"escrow": {[]string{"demo"}, []string{
			"state   joined", "state   paid", "outside:trustap", "state   tracked", "state   delivered", "state   funds_released", "paid_out:sam", "the books balance",
		}},
		"invoice": {[]string{"demo", "invoice"}, []string{
			"state   pending", "state   accepted", "state   paying", "state   paid", "outside:stripe", "state   confirmed", "paid_out:sam", "the books balance",
		}},
		"p2p": {[]string{"demo", "p2p"}, []string{
			"Bob       100000.00 available       0.00 frozen", "order    pending, 1000.00 for 1020.00 RUB, to be paid by 20",
			"Alice      99000.00 available    1000.00 frozen", "notice   Alice  ad_interest", "chat     Bob    Hello", "chat     Alice  Fine",
			"order    paid_by_buyer", "order    completed", "Bob       101000.00 available       0.00 frozen", "rating   Alice  5", "rating   Bob    4",
			"order    disputed", "chat     Bob    shows transfer.txt", "reason   Only 306.00", "posting  frozen -> Bob          300.00",
			"posting  frozen -> Alice        200.00", "Alice      98700.00 available       0.00 frozen", "Bob       101300.00 available",
			"order    cancelled, 200.00 for 204.00 RUB, expired", "e-mail   Bob    Sample marketplace: order", "The books balance",
		}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			if err := run(t.Context(), tc.args, &out, &out); err != nil {
				t.Fatalf("%v\n%s", err, &out)
			}
			rest := out.String()
			if strings.Contains(rest, "level=WARN") {
				t.Errorf("the demo warns:\n%s", rest)
			}
			for _, want := range tc.want {
				_, after, found := strings.Cut(rest, want)
				if !found {
					t.Fatalf("the demo does not show %q in its place:\n%s", want, &out)
				}
				rest = after
			}
		})
	}
}

// A demo that shows something else than it tells must fail.
func TestDemo_notices(t *testing.T) {
	t.Parallel()
	env := environment{Context: t.Context(), out: io.Discard, errOut: io.Discard, gateways: app.Gateways()}
	w, err := startTestbed(env, app.TestbedConfig{DatabaseURL: filepath.Join(t.TempDir(), "demo.db"), Seed: 1}, anywhere())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.stop(); err != nil {
			t.Error(err)
		}
	})
	d := &p2pDemo{demo: &demo{devServer: w, ctx: t.Context(), out: io.Discard}, seen: map[string]int64{}}
	if err := d.run(d.offer, d.take); err != nil {
		t.Fatal(err)
	}
	alice, bob := holdings{9_900_000, 100_000}, holdings{10_000_000, 0}
	tests := map[string]struct {
		scene scene
		want  string
	}{
		"status":  {scene{status: "completed", alice: alice, bob: bob}, "the order is pending"},
		"balance": {scene{status: "pending", alice: bob, bob: bob}, "Alice Sample has {Available:9900000"},
		"as told": {scene{status: "pending", alice: alice, bob: bob}, ""},
	}
	for name, tc := range tests {
		err := d.show(name, tc.scene)
		if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
			t.Errorf("%s: got %v, want %q", name, err, tc.want)
		}
	}
	if err := d.say(app.Bob, "Hello"); err != nil {
		t.Fatal(err)
	}
	if err := d.show("news", scene{status: "pending", alice: alice, bob: bob, told: []string{"Alice ad_interest"}}); err == nil {
		t.Error("other news than expected go unnoticed")
	}
}
