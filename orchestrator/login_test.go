package orchestrator_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/escrow"
	"github.com/handsel-dev/handsel/sandbox"
)

// linkFull gives two users the accounts of the sandbox's full users.
func linkFull(t *testing.T, w *testkit.Testbed) {
	t.Helper()
	link(t, w, fullSeller.ID, sandbox.DefaultUsers()[0].ID)
	link(t, w, fullBuyer.ID, sandbox.DefaultUsers()[1].ID)
}

// link makes an account at Trustap a user's, or takes theirs away, as a login or staff does.
func link(t *testing.T, w *testkit.Testbed, user, account string) {
	t.Helper()
	err := w.Store.LinkAccount(t.Context(), orchestrator.SellerLink{CommunityID: app.SampleCommunity, UserID: user, Gateway: "trustap", AccountID: account},
		orchestrator.By{Actor: "user:" + user, Reason: "login", At: testkit.Start})
	if err != nil {
		t.Fatal(err)
	}
}

// loginRig is an engine whose real time does not move, with logins at the sandbox.
type loginRig struct {
	*testkit.Testbed
	t   *testing.T
	now atomic.Int64 // seconds since the start
}

func (r *loginRig) engine(change func(*orchestrator.Config)) *orchestrator.Engine {
	r.t.Helper()
	c := r.EngineConfig()
	c.RealNow = func() time.Time { return testkit.Start.Add(time.Duration(r.now.Load()) * time.Second) }
	if change != nil {
		change(&c)
	}
	e, err := orchestrator.New(c)
	if err != nil {
		r.t.Fatal(err)
	}
	return e
}

// begin leads a user through the login page as a full user of the sandbox, and returns what the
// browser brings back.
func (r *loginRig) begin(e *orchestrator.Engine, community int64, user, as string) orchestrator.LoginBack {
	r.t.Helper()
	to := orchestrator.Return{Done: fmt.Sprintf("https://m.example/%d", community), Again: "https://m.example/again"}
	made, err := e.OnboardSeller(r.t.Context(), community, user, "trustap", to)
	if err != nil {
		r.t.Fatal(err)
	}
	at, err := url.Parse(made.URL)
	if err != nil {
		r.t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	r.Sandbox.ServeHTTP(answer, httptest.NewRequestWithContext(r.t.Context(), http.MethodGet, at.RequestURI()+"&login_hint="+url.QueryEscape(as), nil))
	back, err := answer.Result().Location()
	if err != nil {
		r.t.Fatalf("the login: %d %s", answer.Code, answer.Body)
	}
	q := back.Query()
	return orchestrator.LoginBack{Gateway: "trustap", State: q.Get("state"), Code: q.Get("code"), Refused: q.Get("error")}
}

func (r *loginRig) account(community int64, user string) string {
	r.t.Helper()
	id, _, err := r.Store.Account(r.t.Context(), community, user, "trustap")
	if err != nil {
		r.t.Fatal(err)
	}
	return id
}

// A login links what it is for, once and in its time, on any replica; whatever is wrong with it
// links nothing.
func TestLogin_linksOnce(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		r := &loginRig{Testbed: testkit.New(t, testkit.Options{DatabaseURL: database, Manual: true}), t: t}
		e, replica := r.engine(nil), r.engine(nil)
		seller, buyer := sandbox.DefaultUsers()[0], sandbox.DefaultUsers()[1]
		stranger := r.engine(func(c *orchestrator.Config) { c.References.Key = "another installation's" })
		const elsewhere = app.SampleCommunity + 1
		refused := func(what string, e *orchestrator.Engine, b orchestrator.LoginBack, want fault.Reason) {
			t.Helper()
			if _, err := e.FinishLogin(t.Context(), b); fault.ReasonOf(err) != want {
				t.Errorf("%s: %v, want %s", what, err, want)
			}
			for _, user := range []string{"ann", "eve"} {
				if id := r.account(app.SampleCommunity, user) + r.account(elsewhere, user); id != "" {
					t.Fatalf("%s: %s is linked to %s", what, user, id)
				}
			}
		}
		change := func(b orchestrator.LoginBack, with func(*orchestrator.LoginBack)) orchestrator.LoginBack {
			with(&b)
			return b
		}
		late := r.begin(e, app.SampleCommunity, "ann", seller.ID)
		r.now.Add(601)
		refused("too late", e, late, "login_over")
		refused("cancelled", e, r.begin(e, app.SampleCommunity, "ann", "-"), "login_refused")
		refused("made elsewhere", e, r.begin(stranger, app.SampleCommunity, "ann", seller.ID), "login_over")
		refused("another gateway", e, change(r.begin(e, app.SampleCommunity, "ann", seller.ID), func(b *orchestrator.LoginBack) { b.Gateway = "stripe" }), "no_onboarding")
		refused("no code", e, change(r.begin(e, app.SampleCommunity, "ann", seller.ID), func(b *orchestrator.LoginBack) { b.Code = "" }), "login_refused")
		refused("a code of nobody", e, change(r.begin(e, app.SampleCommunity, "ann", seller.ID), func(b *orchestrator.LoginBack) { b.Code = "x" }), "login_failed")
		eves := r.begin(e, elsewhere, "eve", buyer.ID)
		anns := r.begin(e, app.SampleCommunity, "ann", seller.ID)
		refused("ann's state with eve's code", e, change(anns, func(b *orchestrator.LoginBack) { b.Code = eves.Code }), "login_failed")
		refused("ann's own code after that", e, anns, "login_over")
		refused("a tampered state", e, change(r.begin(e, app.SampleCommunity, "ann", seller.ID), func(b *orchestrator.LoginBack) { b.State = "a" + b.State }), "login_over")

		good := r.begin(e, app.SampleCommunity, "ann", seller.ID)
		r.now.Add(599)
		errs := race(
			func() error { _, err := e.FinishLogin(t.Context(), good); return err },
			func() error { _, err := replica.FinishLogin(t.Context(), good); return err },
		)
		if (errs[0] == nil) == (errs[1] == nil) || fault.ReasonOf(errors.Join(errs...)) != "login_over" {
			t.Errorf("two replicas: %v", errs)
		}
		if got := []string{r.account(app.SampleCommunity, "ann"), r.account(elsewhere, "ann")}; got[0] != seller.ID || got[1] != "" {
			t.Errorf("linked %q", got)
		}
		if _, err := e.FinishLogin(t.Context(), r.begin(e, elsewhere, "ann", seller.ID)); fault.ReasonOf(err) != "account_taken" {
			t.Errorf("the same account in another community: %v", err)
		}
		kept := &keptLogins{Logins: r.Store.Tickets}
		keeper := r.engine(func(c *orchestrator.Config) { c.Store.Logins = kept })
		made, err := keeper.OnboardSeller(t.Context(), app.SampleCommunity, "bob", "trustap", orchestrator.Return{Done: "https://m.example", Again: "https://m.example"})
		if err != nil {
			t.Fatal(err)
		}
		at, err := url.Parse(made.URL)
		if err != nil || !strings.Contains(kept.row, `"bob"`) {
			t.Fatalf("%v: %s", err, kept.row)
		}
		for _, name := range []string{"state", "nonce", "code_challenge"} {
			if secret := at.Query().Get(name); secret == "" || strings.Contains(kept.row, secret) {
				t.Errorf("the %s of a login is stored: %s", name, kept.row)
			}
		}
		// Tickets for the websocket are in the same table, under the hash of any text that is brought.
		for _, text := range []string{"", "login:"} {
			ticket := sha256.Sum256([]byte(text + at.Query().Get("state")))
			if holder, found, err := r.Store.TakeTicket(t.Context(), hex.EncodeToString(ticket[:]), testkit.Start); err != nil || found {
				t.Errorf("the state of a login, brought as the ticket %q, lets in %s, %v", text, holder, err)
			}
		}
	})
}

// keptLogins notes what is stored of a login.
type keptLogins struct {
	orchestrator.Logins
	row string
}

func (k *keptLogins) PutTicket(ctx context.Context, hash string, holder []byte, expires time.Time) error {
	k.row = hash + " " + string(holder)
	return k.Logins.PutTicket(ctx, hash, holder, expires)
}

// The answer to the opening of a payment is lost, and its people are linked before it is looked
// for: it is found, and the deal is played to its end between the guests that it is for, also by
// a release that has not noted them.
func TestFullUsers_linkedInDoubt(t *testing.T) {
	t.Parallel()
	testkit.OnEither(t, func(t *testing.T, database string) {
		w := testkit.New(t, testkit.Options{DatabaseURL: database})
		if err := w.Sandbox.SetFaults([]sandbox.Fault{{Route: "create_with_guest_user", Kind: "cut_after"}}); err != nil {
			t.Fatal(err)
		}
		opened, err := w.Engine.Create(t.Context(), testkit.Deal())
		if fault.ReasonOf(err) != "outcome_unknown" {
			t.Fatalf("opened: %v", err)
		}
		link(t, w, "sam", sandbox.DefaultUsers()[0].ID)
		link(t, w, "bea", sandbox.DefaultUsers()[1].ID)
		w.Advance(10 * time.Minute)
		tx := w.Load(opened.Transaction)
		payments := w.Sandbox.Transactions()
		if len(payments) != 1 || tx.State != escrow.Joined || tx.PaymentID != fmt.Sprint(payments[0].ID) || tx.PayerAccount != payments[0].BuyerID || tx.PayeeAccount != payments[0].SellerID {
			t.Fatalf("%d payments; the deal is %s with %q between %q and %q", len(payments), tx.State, tx.PaymentID, tx.PayerAccount, tx.PayeeAccount)
		}
		w.Pay(tx)
		for _, step := range []struct {
			name process.Transition
			by   process.Actor
		}{{"track", testkit.Seller}, {"confirm_delivery", testkit.Buyer}, {"end_complaint_period", testkit.Buyer}} {
			tx = w.MustDo(tx, step.name, step.by)
		}
		w.MustSettle()
		end := w.Sandbox.Transactions()[0]
		if tx = w.Load(tx); tx.State != escrow.FundsReleased || end.SellerID != payments[0].SellerID || end.BuyerID != payments[0].BuyerID || end.FundsReleased.IsZero() {
			t.Errorf("the deal is %s, the payment between %q and %q", tx.State, end.BuyerID, end.SellerID)
		}
		next := w.Open()
		restoredBetween(t, w)
		if after := w.Sandbox.Transactions()[1]; after.SellerID != sandbox.DefaultUsers()[0].ID || after.BuyerID != sandbox.DefaultUsers()[1].ID {
			t.Errorf("%d, the next deal, is between %q and %q", next.ID, after.BuyerID, after.SellerID)
		}
		w.CheckBooks()
	})
}

// restoredBetween links a seller and restores a backup of before that: a deal that was open goes
// on with whom its payment is for, in the older database and after they are linked once more.
func restoredBetween(t *testing.T, w *testkit.Testbed) {
	t.Helper()
	in := testkit.Deal()
	in.Author = "gus"
	made, err := w.Engine.Create(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	guest := w.Load(made.Transaction).PayeeAccount
	if err := w.Sandbox.AddUser(sandbox.User{ID: "gus-at-trustap", Country: "IE"}); err != nil {
		t.Fatal(err)
	}
	w.Pay(made.Transaction)
	backup := w.Backup()
	link(t, w, "gus", "gus-at-trustap")
	backup.Restore()
	tx := w.MustDo(w.Load(made.Transaction), "track", process.Actor{Kind: process.User, ID: "gus"})
	link(t, w, "gus", "gus-at-trustap")
	tx = w.MustDo(w.MustDo(tx, "confirm_delivery", testkit.Buyer), "end_complaint_period", testkit.Buyer)
	w.MustSettle()
	if tx = w.Load(tx); tx.State != escrow.FundsReleased || tx.PayeeAccount != guest || !strings.HasPrefix(guest, "1-") {
		t.Errorf("the deal is %s for %q, want %q", tx.State, tx.PayeeAccount, guest)
	}
}
