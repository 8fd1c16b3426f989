package orchestrator_test

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/client"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/sandbox"
)

// described is a payment that who holds the marketplace's key at a gateway makes there,
// with a reference of their choice.
var described = map[string]func(t *testing.T, w *testkit.Testbed, reference string){
	"trustap": func(t *testing.T, w *testkit.Testbed, reference string) {
		t.Helper()
		c, err := client.New(client.WithBaseURL(w.Config.SandboxURL+"/api/v1"), client.WithAPIKey("sandbox"))
		if err != nil {
			t.Fatal(err)
		}
		account, found, err := w.Store.Account(t.Context(), testkit.Deal().CommunityID, testkit.Seller.ID, "trustap")
		if err != nil || !found {
			t.Fatalf("account of the seller: %v %v", found, err)
		}
		q, err := c.Online.Quote(t.Context(), client.QuoteInput{Currency: "eur", Price: 5000})
		if err != nil {
			t.Fatal(err)
		}
		in := client.CreateInput{Role: client.RoleSeller, Description: "A lamp [" + reference + "]", Quote: *q}
		if _, err := c.Online.Create(t.Context(), in, client.AsUser(account)); err != nil {
			t.Fatal(err)
		}
	},
	"stripe": func(t *testing.T, w *testkit.Testbed, reference string) {
		t.Helper()
		w.AtStripe("/v1/payment_intents", url.Values{"amount": {"5000"}, "currency": {"eur"}, "metadata[intent_id]": {reference}})
	},
}

// A made-up reference stops nobody's money: only one that this installation has written
// shows that its database is behind.
func TestM73_forgedReferences(t *testing.T) {
	t.Parallel()
	for gateway, describe := range described {
		t.Run(gateway, func(t *testing.T) {
			t.Parallel()
			testkit.OnEither(t, func(t *testing.T, address string) {
				w := testkit.New(t, testkit.Options{DatabaseURL: address})
				w.Open()
				w.Advance(time.Minute)
				refs := w.Engine.References()
				genuine := orchestrator.MakeReference(refs, w.Sandbox.Now(), something())
				body, tag, _ := strings.Cut(genuine, "_")
				other := orchestrator.References{Installation: refs.Installation, Key: "another key"}
				early := fmt.Sprintf("%s-%08x-%s", refs.Installation, refs.SignedSince.Add(-time.Hour).Unix(), something())
				for _, text := range []string{
					body, body + "_", body + "_" + strings.Repeat("a", len(tag)), body[:len(body)-1] + "_" + tag, genuine + "a",
					orchestrator.MakeReference(other, w.Sandbox.Now(), something()), early,
				} {
					describe(t, w, text)
				}
				is := func(want bool) {
					t.Helper()
					w.Restart() // reads the statements
					w.Advance(time.Minute)
					if mode, err := w.Store.Recovery(t.Context()); err != nil || (mode != nil) != want {
						t.Fatalf("recovery is %+v (%v), want %v", mode, err, want)
					}
				}
				is(false)
				shown := httptest.NewRecorder()
				w.Server.Ops().ServeHTTP(shown, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
				if line := fmt.Sprintf("handsel_forged_references_total{gateway=%q} 7", gateway); !strings.Contains(shown.Body.String(), line) {
					t.Errorf("the metrics do not say %s", line)
				}
				describe(t, w, genuine)
				is(true)
			})
		})
	}
}

// older is an engine of a release whose references bear no tags.
func older(t *testing.T, w *testkit.Testbed) *orchestrator.Engine {
	t.Helper()
	c := w.EngineConfig()
	installation := c.References.Installation
	c.References = orchestrator.References{}
	c.NewID = func() string {
		return fmt.Sprintf("%s-%08x-%s", installation, w.Sandbox.Now().Unix(), something())
	}
	e, err := orchestrator.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// untagged makes a database that no release with tags was started on: what such a release
// stores at its first start is missing.
func untagged(t *testing.T, w *testkit.Testbed) {
	t.Helper()
	bySQL(t, w.Config.DatabaseURL, `delete from settings where name = 'references_signed_since'`)
}

// What a release without tags has opened is found by its old reference after an update,
// and is missed after a restore: also where it was opened during the update, while
// replicas of both releases ran. Later a reference without a tag is nobody's of ours.
func TestM73_olderReferences(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		saved  func(*testing.T, *testkit.Testbed) // the database that is backed up
		passed time.Duration                      // until the release without tags opens a payment that is then forgotten
		missed bool
	}{
		"before the update":       {untagged, 0, true},
		"during the update":       {func(*testing.T, *testkit.Testbed) {}, 23 * time.Hour, true},
		"a day after the update":  {func(*testing.T, *testkit.Testbed) {}, 25 * time.Hour, false},
		"a year after the update": {func(*testing.T, *testkit.Testbed) {}, 366 * day, false},
	}
	testkit.OnEither(t, func(t *testing.T, address string) {
		for name, tc := range tests {
			t.Run(name, func(t *testing.T) {
				w := testkit.New(t, testkit.Options{DatabaseURL: oneOfMany(t, address), Manual: true})
				untagged(t, w)
				if err := w.Sandbox.SetFaults([]sandbox.Fault{{Route: "create_with_guest_user", Kind: "cut_after", Times: 1}}); err != nil {
					t.Fatal(err)
				}
				opened, err := older(t, w).Create(t.Context(), testkit.Deal())
				if opened.Transaction.PaymentID != "" {
					t.Fatalf("the answer was not lost: %+v %v", opened.Transaction, err)
				}
				w.Restart()
				w.Advance(10 * time.Minute)
				deals, err := w.Store.GatewayTransactions(t.Context(), orchestrator.GatewayFilter{Gateway: "trustap", Limit: 10})
				if err != nil || len(deals) != 1 || deals[0].PaymentID == "" {
					t.Fatalf("after the update: %+v %v", deals, err)
				}
				if reference := referenceOf(t, w, w.PaymentID(deals[0])); strings.Contains(reference, "_") {
					t.Errorf("it was opened with %s", reference)
				}
				if err := w.Sandbox.Advance(tc.passed); err != nil {
					t.Fatal(err)
				}
				tc.saved(t, w)
				backup := w.Backup()
				tc.saved(t, w)
				if _, err := older(t, w).Create(t.Context(), testkit.Deal()); err != nil {
					t.Fatal(err)
				}
				w.Advance(time.Minute)
				backup.Restore()
				w.MustSettle()
				if mode, err := w.Store.Recovery(t.Context()); err != nil || (mode != nil) != tc.missed {
					t.Errorf("after the restore: %+v (%v), want recovery: %v", mode, err, tc.missed)
				}
			})
		}
	})
}

var somethings atomic.Int64

// something is what a reference has besides its stamp: never the same twice.
func something() string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", somethings.Add(1)) }
