package console_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server/console"
	"github.com/handsel-dev/handsel/server/internal/facetest"
	"github.com/handsel-dev/handsel/webhooks"
)

// line is one of the timeline, as its page shows it.
type line struct{ key, word, body string }

var (
	lineForm = regexp.MustCompile(`(?s)<li id="([^"]+)">\s*<span class="badge[^"]*"><span aria-hidden="true">[^<]+</span> ([^<]+)</span>(.*?)</li>`)
	earlier  = regexp.MustCompile(`<a href="([^"]+)">Earlier</a>`)
)

func timelineOf(body string) (all []line) {
	for _, m := range lineForm.FindAllStringSubmatch(body, -1) {
		all = append(all, line{m[1], m[2], m[3]})
	}
	return all
}

// Everything that is noted around a deal stands in one order, the newest first, page by page; who may read less is shown less, and
// nobody is shown a secret, a card number or what runs.
func TestDeal_timeline(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := newMarket(t, database)
		w.Fund(t, "bea", 200_000)
		facetest.Limited(t, w)
		sale := facetest.With(facetest.With(facetest.With(facetest.Sale(), "process", "preauthorize"), "gateway", "balance"), "unit_price", facetest.Euros(90_000))
		id := w.Call(t, "POST", "/v1/transactions", facetest.With(sale, "quantity", 1), facetest.Once("sale")).Is(201).At("id")
		number, err := w.Ids.Open(publicid.Transaction, id)
		if err != nil {
			t.Fatal(err)
		}
		w.Clock.Advance(time.Second)
		asked := w.Call(t, "POST", "/v1/transactions/"+id+"/transitions", facetest.Object{"transition": "reject", "input": facetest.Object{"reason": "<b>no piano</b>"}}, facetest.Staff("ann"), facetest.Once("reject")).Is(202).At("id")
		support, viewer := signIn(w, t, "olga", console.Finance), signIn(w, t, "bob", console.Viewer)
		send(w, t, "/console/approvals/"+asked+"/reject", map[string]string{"reason": "there is one"}, support).Is(303)
		w.Clock.Advance(time.Second)
		now := w.Clock.Now()
		for i := range 60 {
			w.Clock.Advance(time.Second)
			message := orchestrator.Message{ID: int64(i + 1), TransactionID: number, CommunityID: facetest.Ours, Sender: "bea", Kind: orchestrator.FromParty, Content: fmt.Sprintf("<script>alert(%d)</script> my card is %s", i, facetest.Card), At: w.Clock.Now()}
			if err := w.Store.AddMessage(t.Context(), message, nil); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Store.AddMail(t.Context(), notices.Mail{ID: "1.paid", CommunityID: facetest.Ours, UserID: "bea", Kind: "order_paid", Data: []byte(`{"Link":"https://example.com/canary-link"}`), At: now, TransactionID: number}); err != nil {
			t.Fatal(err)
		}
		act := orchestrator.Act{CommunityID: facetest.Ours, Actor: "operator:olga", Name: "console.look", Object: orchestrator.ObjectOf(number), Reason: "a <b>look</b>", At: now}
		if err := w.Store.AddAct(t.Context(), act); err != nil {
			t.Fatal(err)
		}
		first := w.Call(t, "GET", "/console/deals/"+id, nil, facetest.Anonymous, support).Is(200).Body
		var all []line
		at := "/console/deals/" + id
		for pages := 0; at != "" && pages < 9; pages++ {
			body := w.Call(t, "GET", at, nil, facetest.Anonymous, support).Is(200).Body
			if n := len(timelineOf(body)); n == 0 || n > 200 {
				t.Fatalf("%s has %d lines", at, n)
			}
			all = append(all, timelineOf(body)...)
			next := earlier.FindStringSubmatch(body)
			if at = ""; next != nil {
				at, _, _ = strings.Cut(strings.ReplaceAll(next[1], "&amp;", "&"), "#")
			}
			for _, canary := range []string{"canary-link", "<script>alert", "<b>no piano", "<b>look"} {
				if strings.Contains(body, canary) {
					t.Errorf("%s shows %s", at, canary)
				}
			}
			if facetest.HoldsCard(body) {
				t.Errorf("%s shows a card number", at)
			}
		}
		words := map[string]int{}
		keys := map[string]bool{}
		for _, l := range all {
			words[l.word]++
			if keys[l.key] {
				t.Errorf("%s is told twice", l.key)
			}
			keys[l.key] = true
		}
		for _, word := range []string{"Call", "Posting", "Timer", "Mail", "Message", "Decision", "Second person"} {
			if words[word] == 0 {
				t.Errorf("no line is a %s: %v", word, words)
			}
		}
		if words["Message"] != 60 || words["Second person"] != 2 {
			t.Errorf("the lines are %v", words)
		}
		if !strings.HasPrefix(all[0].key, "message-60") || all[len(all)-1].key != "step-1" {
			t.Errorf("the first line is %s, the last %s", all[0].key, all[len(all)-1].key)
		}
		if !strings.Contains(first, "my card is") || !strings.Contains(first, "Copy JSON") {
			t.Errorf("support does not read the chat: %s", first)
		}
		if body := w.Call(t, "GET", "/console/deals/"+id, nil, facetest.Anonymous, viewer).Is(200).Body; strings.Contains(body, "my card is") || !strings.Contains(body, "bea wrote a message") {
			t.Errorf("a viewer is shown %s", body)
		}
		for _, wrong := range []string{"x", "MTIz", "OTk5OTk5OTk5OTk5OTk5OTk5OSBzdGVwIDE", "MSBub25lIDE"} {
			w.Call(t, "GET", "/console/deals/"+id+"?before="+wrong, nil, facetest.Anonymous, support).Is(400)
		}
	})
}

// What a gateway was asked, and what it reported of a deal's payment, stand in its timeline; secrets that it sends do not.
func TestDeal_timelineOfGateway(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := newMarket(t, database)
		id := w.Call(t, "POST", "/v1/transactions", facetest.With(facetest.With(facetest.Sale(), "process", "preauthorize"), "gateway", "stripe"), facetest.As("bea"), facetest.Once("sale")).Is(201).At("id")
		number, err := w.Ids.Open(publicid.Transaction, id)
		if err != nil {
			t.Fatal(err)
		}
		tx, err := w.Store.Transaction(t.Context(), facetest.Ours, number)
		if err != nil || tx.PaymentID == "" {
			t.Fatal(tx.PaymentID, err)
		}
		body := `{"id":"evt_1","type":"payment_intent.succeeded","client_secret":"pi_canary_secret","card":"` + facetest.Card + `"}`
		for key, payment := range map[string]string{"ours": tx.PaymentID, "another's": "pi_other"} {
			if _, err := w.Store.Put(t.Context(), webhooks.Delivery{Gateway: "stripe", DedupeKey: key, PaymentID: payment, Code: "payment_intent.succeeded", Body: []byte(body), ReceivedAt: w.Clock.Now()}); err != nil {
				t.Fatal(err)
			}
		}
		page := w.Call(t, "GET", "/console/deals/"+id, nil, facetest.Anonymous, signIn(w, t, "olga", console.Admin)).Is(200).Body
		var words []string
		for _, l := range timelineOf(page) {
			words = append(words, l.word)
		}
		if n := len(slices.DeleteFunc(slices.Clone(words), func(s string) bool { return s != "Webhook in" })); n != 1 || !slices.Contains(words, "Gateway") {
			t.Errorf("the lines are %v of %s", words, page[strings.Index(page, "</style>"):])
		}
		if strings.Contains(page, "canary") || facetest.HoldsCard(page) {
			t.Errorf("a secret is shown: %s", page)
		}
	})
}

// What staff writes down about a deal is read by staff alone, and the audit log says who wrote it.
func TestDeal_note(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := newMarket(t, database)
		id := w.Call(t, "POST", "/v1/transactions", facetest.Sale(), facetest.As("bea"), facetest.Once("sale")).Is(201).At("id")
		at := "/console/deals/" + id
		sue, vic := signIn(w, t, "sue", console.Support), signIn(w, t, "vic", console.Viewer)
		send(w, t, at, map[string]string{"note": "She <b>called</b>:\nthe parcel is lost."}, vic).Is(403)
		for _, wrong := range []string{"", " ", strings.Repeat("é", 4001), "a\x00b", "pay with " + facetest.Card} {
			send(w, t, at, map[string]string{"note": wrong}, sue).Is(400)
		}
		send(w, t, at, map[string]string{"note": "She <b>called</b>:\nthe parcel is lost."}, sue).Is(303)
		page := w.Call(t, "GET", at, nil, facetest.Anonymous, vic)
		shows(t, w.Call(t, "GET", at, nil, facetest.Anonymous, sue), "sue (staff) noted for staff:", "She &lt;b&gt;called&lt;/b&gt;")
		shows(t, page, "sue (staff) noted for staff:", "The role support reads it.")
		hides(t, page, "parcel is lost")
		hides(t, page, "Write the note", timelineActOfNote)
		shows(t, w.Call(t, "GET", "/console/audit", nil, facetest.Anonymous, vic), timelineActOfNote)
		hides(t, w.Call(t, "GET", "/console/audit", nil, facetest.Anonymous, vic), "parcel is lost")
		for _, path := range []string{"", "/explain", "/timeline", "/messages"} {
			for _, who := range []facetest.Option{facetest.As("bea"), facetest.As("sam")} {
				if a := w.Call(t, "GET", "/v1/transactions/"+id+path, nil, who).Is(200); strings.Contains(a.Body, "parcel") {
					t.Errorf("%s shows the note: %s", path, a.Body)
				}
			}
		}
		theirs := send(w, t, link(w, t, facetest.Theirs, "olga", console.Admin), nil).Is(303)
		send(w, t, at, map[string]string{"note": "another's"}, cookie(theirs)).Is(404)
	})
}

// timelineActOfNote is the act that says who wrote a note.
const timelineActOfNote = "transaction.note"

// Nobody reads the chat of an order beside the disputes, where it is noted who does.
func TestDeal_timelineOfOrder(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		b := newBourse(t, database)
		page := b.get("/console/deals/"+b.order, signIn(b.Testbed, t, "olga", console.Admin))
		shows(t, page, "wrote a message. Who has the case")
		hides(t, page, "I have", "2200000000000004")
	})
}

// What a party says with a step is read as what it writes: by the role support. What staff says stands in the audit log, which everybody reads.
func TestDeal_said(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, database string) {
		w := newMarket(t, database)
		w.Fund(t, "bea", 200_000)
		sale := facetest.With(facetest.With(facetest.Sale(), "process", "preauthorize"), "gateway", "balance")
		sue, vic := signIn(w, t, "sue", console.Support), signIn(w, t, "vic", console.Viewer)
		for said, by := range map[string]facetest.Option{"my number is canary": facetest.As("sam"), "the shop is closed": facetest.Staff("olga")} {
			id := w.Call(t, "POST", "/v1/transactions", sale, facetest.Once(said)).Is(201).At("id")
			w.Call(t, "POST", "/v1/transactions/"+id+"/transitions", facetest.Object{"transition": "reject", "input": facetest.Object{"reason": said}}, by, facetest.Once("reject "+said)).Is(200)
			at := "/console/deals/" + id
			shows(t, w.Call(t, "GET", at, nil, facetest.Anonymous, sue), said)
			page := w.Call(t, "GET", at, nil, facetest.Anonymous, vic)
			if strings.Contains(said, "canary") {
				hides(t, page, said)
				shows(t, page, "The role support reads what was said.")
			} else {
				shows(t, page, said)
			}
		}
	})
}
