package console_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/internal/testdb"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server/console"
	"github.com/handsel-dev/handsel/server/internal/facetest"
)

var seen = regexp.MustCompile(`name="seen" value="([0-9a-f]+)"`)

// An admin reads and changes what the community has set, as the API and the commands do: for a reason, when nobody else has changed it since, and
// with a proof where it is about money.
func TestCommunity(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := newMarket(t, database)
		adam := signIn(w, t, "olga", console.Admin)
		get := func() facetest.Answer {
			return w.Call(t, "GET", "/console/community", nil, facetest.Anonymous, adam)
		}
		form := func(fields map[string]string) map[string]string {
			fields["seen"] = seen.FindStringSubmatch(get().Body)[1]
			if fields["reason"] == "" {
				fields["reason"] = "as <b>agreed</b>"
			}
			return fields
		}
		if got := heading(get()); got != "Sellers pay 0.00 % and buyers 0.00 %; nothing needs a second person." {
			t.Errorf("at first the page says %q", got)
		}
		fees := map[string]string{"seller": "2.5", "seller_minimums": "1.00 EUR, 120 JPY", "buyer": "0", "commission_on_split": "whole", "buyer_fee_on_refund": "kept"}
		send(w, t, "/console/community/fees", form(maps.Clone(fees)), adam).Is(303)
		w.Call(t, "GET", "/v1/community/fees", nil, facetest.Staff("olga")).Is(200).Has(map[string]string{
			"seller_basis_points": "250", "seller_minimums.EUR": "100", "seller_minimums.JPY": "120", "buyer_basis_points": "0", "commission_on_split": "whole", "buyer_fee_on_refund": "kept",
		})
		shows(t, get(), `value="2.50"`, `value="1.00 EUR, 120 JPY"`)
		for name, wrong := range map[string]string{"seller": "a lot", "buyer": "101", "seller_minimums": "1.001 EUR", "buyer_minimums": "1.00 EUR, 2.00 EUR", "commission_on_split": "half"} {
			bad := maps.Clone(fees)
			bad[name] = wrong
			send(w, t, "/console/community/fees", form(bad), adam).Is(400)
		}
		stale := form(map[string]string{"days": "9"})
		send(w, t, "/console/community/confirmation", form(map[string]string{"days": "10"}), adam).Is(303)
		send(w, t, "/console/community/confirmation", stale, adam).Is(409)
		w.Call(t, "GET", "/v1/community/confirmation", nil, facetest.Staff("olga")).Is(200).Has(map[string]string{"automatic_confirmation_after_days": "10"})
		send(w, t, "/console/community/confirmation", form(map[string]string{"days": "1000"}), adam).Is(400)
		send(w, t, "/console/community/limits", form(map[string]string{"limits": "1000.00 EUR"}), adam).Is(303)
		alone := "handsel operators add NAME --community 501"
		shows(t, get(), alone, "Nobody can approve what is above a limit")
		w.Must(w.Store.SaveOperators(t.Context(), facetest.Ours, []string{"olga"}, facetest.Someone))
		shows(t, get(), alone)
		w.Must(w.Store.SaveOperators(t.Context(), facetest.Ours, []string{"olga", "ann"}, facetest.Someone))
		hides(t, get(), alone)
		w.Must(w.Store.SaveOperators(t.Context(), facetest.Ours, nil, facetest.Someone))
		if a := send(w, t, "/console/community/limits", form(map[string]string{"limits": ""}), adam).Is(303); a.Header.Get("Location") != "/console/approvals" {
			t.Errorf("what loosens a limit leads to %q", a.Header.Get("Location"))
		}
		w.Call(t, "GET", "/v1/community/approval-limits", nil, facetest.Staff("olga")).Is(200).Has(map[string]string{"limits.EUR": "100000"})
		w.Must(w.Store.SaveOperators(t.Context(), facetest.Ours, []string{"olga", "ann"}, facetest.Someone))
		send(w, t, "/console/community/limits", form(map[string]string{"limits": "5000.00 EUR, 700 JPY"}), adam).Is(303)
		waiting := w.Call(t, "GET", "/console/approvals", nil, facetest.Anonymous, adam)
		shows(t, waiting, "Limits: 5000.00 EUR, 700 JPY")
		id := w.Call(t, "GET", "/v1/operator/approvals", nil, facetest.Staff("olga")).Is(200).At("items.0.id")
		send(w, t, "/console/approvals/"+id+"/reject", map[string]string{"reason": "too much"}, signIn(w, t, "ann", console.Finance)).Is(303)
		shows(t, w.Call(t, "GET", "/console/approvals", nil, facetest.Anonymous, adam), "community:501", "What was asked for", "audit?object=approval")
		w.Must(w.Store.SaveOperators(t.Context(), facetest.Ours, nil, facetest.Someone))
		send(w, t, "/console/community/letterhead", form(map[string]string{"marketplace": "Old <i>Bikes</i>", "language": "de", "sender": "shop@example.com"}), adam).Is(303)
		shows(t, get(), "Old &lt;i&gt;Bikes", `value="shop@example.com"`)
		send(w, t, "/console/community/letterhead", form(map[string]string{"link": "javascript:alert(1)"}), adam).Is(400)
		send(w, t, "/console/community/colour", form(map[string]string{}), adam).Is(404)
		send(w, t, "/console/community/fees", map[string]string{"seller": "1"}, adam).Is(400) // without a reason
		w.Clock.Advance(console.ProofLife)
		if a := send(w, t, "/console/community/fees", form(maps.Clone(fees)), adam).Is(403); !strings.Contains(a.Body, "console_proof") {
			t.Errorf("fees change without a proof: %s", a.Body)
		}
		send(w, t, "/console/community/letterhead", form(map[string]string{"marketplace": "Bikes"}), adam).Is(303)
		log := w.Call(t, "GET", "/console/audit", nil, facetest.Anonymous, adam).Is(200)
		shows(t, log, "fees.set", "limits.set", "letterhead.set", "as &lt;b&gt;agreed")
		theirs := w.Call(t, "GET", "/console/community", nil, facetest.Anonymous, signInThere(w, t))
		hides(t, theirs, "2.50", "Bikes")
	})
}

// An admin lists who may act as staff, with a proof and for a reason. Once there is a list and a limit, a name that is added waits for a
// second person; one that is removed does not. What else is the community's own is seen there.
func TestCommunity_operators(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := newMarket(t, database)
		adam := signIn(w, t, "olga", console.Admin)
		page := func() facetest.Answer {
			return w.Call(t, "GET", "/console/community", nil, facetest.Anonymous, adam).Is(200)
		}
		act := func(act, name, reason string) facetest.Answer {
			return send(w, t, "/console/community/"+act, map[string]string{"operator": name, "reason": reason, "seen": seen.FindStringSubmatch(page().Body)[1]}, adam)
		}
		listed := func(want ...string) {
			t.Helper()
			if got, err := w.Store.Operators(t.Context(), facetest.Ours); err != nil || !slices.Equal(got, want) {
				t.Errorf("%q are listed, %v, want %q", got, err, want)
			}
		}
		shows(t, page(), "Nobody is listed", "balance", "It has written none.")
		put := func(names ...string) facetest.Answer {
			return w.Call(t, "PUT", "/v1/community/operators", facetest.Object{"operators": names, "reason": "a new team"}, facetest.Staff("olga"))
		}
		if a := act("operator_on", "zed", "new in the team").Is(400); !strings.Contains(a.Body, "put your own name, olga, on it first") {
			t.Errorf("who would be locked out is told %s", content(a))
		}
		put("zed").Refused(400, "invalid_operators")
		listed()
		act("operator_on", "olga", "the first").Is(303)
		act("operator_on", "<b>ann", "the second").Is(303)
		shows(t, page(), "&lt;b&gt;ann")
		hides(t, page(), "<b>ann")
		listed("<b>ann", "olga")
		act("operator_on", "OLGA", "twice").Is(400)
		act("operator_on", "key:1", "a key").Is(400)
		act("operator_on", "", "nobody").Is(400)
		act("operator_on", "eve", "").Is(400)
		act("operator_off", "eve", "a guess").Is(400)
		act("operator_off", "olga", "leaving").Is(400)
		put("<b>ann").Refused(400, "invalid_operators")
		put("<b>ann", "OLGA").Is(200)
		put("<b>ann", "olga").Is(200)
		listed("<b>ann", "olga")
		stale := map[string]string{"operator": "olga", "reason": "late", "seen": "0000"}
		send(w, t, "/console/community/operator_off", stale, adam).Is(409)
		w.Must(w.Store.SaveApprovalLimits(t.Context(), facetest.Ours, orchestrator.Limits{"EUR": 100}, facetest.Someone))
		if a := act("operator_on", "eve", "new in the team").Is(303); a.Header.Get("Location") != "/console/approvals" {
			t.Errorf("a name that is added leads to %q", a.Header.Get("Location"))
		}
		listed("<b>ann", "olga")
		waiting := w.Call(t, "GET", "/console/approvals", nil, facetest.Anonymous, adam)
		shows(t, waiting, "Added: eve")
		hides(t, waiting, "Removed:")
		act("operator_off", "<b>ann", "has left").Is(303)
		listed("olga")
		w.Clock.Advance(console.ProofLife)
		if a := act("operator_off", "olga", "has left").Is(403); !strings.Contains(a.Body, "console_proof") || strings.Contains(a.Body, "moves money") {
			t.Errorf("the list changes without a proof, or is said to move money: %s", a.Body)
		}
		listed("olga")
		shows(t, w.Call(t, "GET", "/console/audit?act=operators.set", nil, facetest.Anonymous, adam).Is(200), "has left", "the second")
		w.Must(w.Store.SaveOperators(t.Context(), facetest.Ours, []string{"ann"}, facetest.Someone))
		if a := w.Call(t, "GET", "/console/community", nil, facetest.Anonymous, adam).Is(403); strings.Contains(a.Body, "Nothing was changed") {
			t.Error("a page that only reads says what was not changed, though a form that led to it may have changed something")
		}
	})
}

// An admin makes a key, sees it once, and revokes it. What a key may do is chosen, and it is only for this community.
func TestKeys(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := newMarket(t, database)
		adam := signIn(w, t, "olga", console.Admin)
		get := func(who facetest.Option) facetest.Answer {
			return w.Call(t, "GET", "/console/keys", nil, facetest.Anonymous, who)
		}
		if got := heading(get(adam)); got != "One key works for this community." {
			t.Errorf("the page says %q", got)
		}
		fields := map[string]string{"name": "shop <b>one</b>", "scopes": "read", "mode": "test", "days": "90", "reason": "the first"}
		made := send(w, t, "/console/keys", fields, adam)
		shows(t, made, "Copy the new key now", "shop &lt;b&gt;one", "test: read")
		secret := regexp.MustCompile(`hsk_test_([0-9a-f]{16})_[0-9a-f]+`).FindStringSubmatch(made.Body)
		if secret == nil {
			t.Fatalf("no key is shown: %s", content(made))
		}
		hides(t, get(adam), secret[0])
		shows(t, get(adam), secret[1], "never")
		w.Call(t, "GET", "/v1/transactions", nil, facetest.WithKey(secret[0])).Is(200)
		w.Call(t, "POST", "/v1/transactions", facetest.Sale(), facetest.WithKey(secret[0]), facetest.Once("x")).Is(403)
		for name, wrong := range map[string]string{"name": " ", "scopes": "everything", "mode": "both", "days": "0", "reason": ""} {
			bad := maps.Clone(fields)
			bad[name] = wrong
			send(w, t, "/console/keys", bad, adam).Is(400)
		}
		revoke := "/console/keys/" + secret[1] + "/revoke"
		send(w, t, revoke, map[string]string{"reason": "another's"}, signInThere(w, t)).Is(404)
		send(w, t, revoke, nil, adam).Is(400)
		send(w, t, revoke, map[string]string{"reason": "it was in a log"}, adam).Is(303)
		w.Call(t, "GET", "/v1/transactions", nil, facetest.WithKey(secret[0])).Is(401)
		shows(t, get(adam), "○ revoked")
		hides(t, get(signInThere(w, t)), secret[1])
		w.Clock.Advance(console.ProofLife)
		send(w, t, "/console/keys", fields, adam).Is(403)
		shows(t, w.Call(t, "GET", "/console/audit", nil, facetest.Anonymous, adam), "key.add", "key.revoke", "it was in a log")
		if log := w.Log.String(); strings.Contains(log, secret[0]) {
			t.Error("the log has the key")
		}
	})
}

// The rail shows what somebody may see, and what stands under the place where they are.
func TestRail(t *testing.T) {
	t.Parallel()
	w := newMarket(t, testdb.SQLite(t))
	for role, sees := range map[console.Role]bool{console.Finance: false, console.Admin: true} {
		who := signIn(w, t, "olga", role)
		page := w.Call(t, "GET", "/console/webhooks", nil, facetest.Anonymous, who).Is(200)
		if got := strings.Contains(page.Body, `href="/console/community"`); got != sees {
			t.Errorf("a %s sees the settings: %v", role, got)
		}
		for _, link := range []string{`<a href="/console/inbox" aria-current="page">Webhooks</a>`, `<a href="/console/inbox" aria-current="false">Webhooks in</a>`, `<a href="/console/webhooks" aria-current="page">Webhooks out</a>`} {
			if !strings.Contains(page.Body, link) {
				t.Errorf("the rail lacks %s", link)
			}
		}
		if page := w.Call(t, "GET", "/console/deals", nil, facetest.Anonymous, who).Is(200); strings.Contains(page.Body, "Webhooks out") {
			t.Error("the rail shows what stands elsewhere")
		}
	}
}
