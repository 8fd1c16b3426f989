package gatewaytest

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Afterwards is what happens at a gateway without being asked for by an operation. What is nil
// nobody can bring about there, and its checks are exceptions that say why.
type Afterwards struct {
	// Dispute has the payer's bank take a whole payment back, and answers how the case is decided: won tells that the
	// money comes back here.
	Dispute func(t testing.TB, payment string) (decide func(t testing.TB, won bool))
	// Linger is Pay, but the gateway holds what is taken of the payment back for now; without a page it only has the
	// gateway do so. Decide ends that: it is taken, or it is not.
	Linger func(t testing.TB, payment string)
	Decide func(t testing.TB, payment string, taken bool)
	// Heard waits for the gateway's messages and tells all that were sent so far, oldest first. An Ear hears them.
	Heard func(t testing.TB) []Message
	// Read verifies a message as a server does. about is the payment that it is about, as a look takes it, empty for none
	// of ours; key is equal for repeats of one message.
	Read func(m Message) (about, key string, err error)
}

// Message is one that a gateway has sent: with a GET, what it says stands in the query, which is Body then.
type Message struct {
	Header http.Header
	Body   []byte
}

// Ear is an address that hears a gateway's messages.
type Ear struct {
	URL string

	mu    sync.Mutex
	heard []Message
}

// Listen opens an ear for as long as a test runs.
func Listen(t testing.TB) *Ear {
	t.Helper()
	e := &Ear{}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if r.Method == http.MethodGet {
			body = []byte(r.URL.RawQuery)
		}
		if err == nil {
			e.mu.Lock()
			defer e.mu.Unlock()
			e.heard = append(e.heard, Message{r.Header.Clone(), body})
		}
	}))
	t.Cleanup(server.Close)
	e.URL = server.URL
	return e
}

// Heard are the messages so far, oldest first.
func (e *Ear) Heard() []Message {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.heard)
}

// afterwards are the checks about what nobody has asked for.
func afterwards(c Config) []check {
	var all []check
	add := func(name string, run func(d *deal)) {
		all = append(all, check{name, func(t testing.TB, c Config) { run(newBench(t, c).deal()) }})
	}
	add("told", told)
	add("forged", forged)
	if slices.Contains(c.Verbs, process.Refund) {
		add("disputed/won", func(d *deal) { disputed(d, true) })
		add("disputed/lost", func(d *deal) { disputed(d, false) })
	}
	if slices.Contains(c.Verbs, process.Charge) || slices.Contains(c.Verbs, process.Capture) {
		add("lingers/taken", func(d *deal) { lingers(d, true) })
		add("lingers/refused", func(d *deal) { lingers(d, false) })
	}
	return all
}

// disputed: a look shows that the payer's bank has the money, how much, and how the case has ended.
func disputed(d *deal, won bool) {
	if d.Dispute == nil {
		d.Fatalf("Account.Dispute is missing")
	}
	d.reach(process.Refund)
	d.disagrees(d.look(d.ref()), 0, 0, "")
	decide := d.Dispute(d, d.tx.PaymentID)
	d.disagrees(d.look(d.ref()), d.tx.Funds.Captured, 0, process.FactDisputeOpened)
	decide(d, won)
	if won {
		d.disagrees(d.look(d.ref()), 0, 0, process.FactDisputeWon)
	} else {
		d.disagrees(d.look(d.ref()), 0, d.tx.Funds.Captured, process.FactDisputeLost)
	}
}

// disagrees holds a look against what the payer's bank has of the payment, what it has kept for good, and the fact that tells
// how the case stands.
func (d *deal) disagrees(s orchestrator.Snapshot, open, lost int64, stands process.Fact) {
	d.Helper()
	if s.Totals == nil {
		d.Fatalf("a look at a payment that is disputed tells no sums")
	}
	if t, f := *s.Totals, d.tx.Funds; t.Captured != f.Captured || t.Disputed != open || t.Refunded != f.Refunded+lost || t.ByBank != open+lost {
		d.Errorf("the bank has %d and keeps %d of %d, and a look shows %+v", open, lost, f.Captured, t)
	}
	for _, fact := range []process.Fact{process.FactDisputeOpened, process.FactDisputeWon, process.FactDisputeLost} {
		_, shown := s.Facts[fact]
		// That a case was opened is told as long as it is not won.
		want := fact == stands || fact == process.FactDisputeOpened && stands == process.FactDisputeLost
		if shown != want {
			d.Errorf("a look shows %s: %t, want %t", fact, shown, want)
		}
	}
}

// lingers: money that the gateway holds back counts as taken when it is, and not before.
func lingers(d *deal, taken bool) {
	if d.Linger == nil || d.Decide == nil {
		d.Fatalf("Account.Linger or Account.Decide is missing")
	}
	v := d.first(process.Charge, process.Authorize)
	op := d.operation(v)
	out := d.perform(d.Context(), op)
	if out.Status != process.RequiresAction && out.Status != process.Pending && (out.Status != process.Succeeded || v == process.Charge) {
		d.Fatalf("%s: %s %s (%v)", v, out.Status, out.Code, out.Err)
	}
	d.keep(op, out.Snapshot)
	d.Linger(d, d.tx.PaymentID)
	if v == process.Authorize {
		ref := d.ref()
		ref.Awaited = true
		d.look(ref)
		d.book(op)
		op = d.operation(process.Capture)
		if out := d.perform(d.Context(), op); out.Status != process.Pending {
			d.Errorf("a capture that the gateway holds back: %s %s (%v)", out.Status, out.Code, out.Err)
		}
	}
	s := d.look(d.ref())
	if d.taken(s, false); s.RedirectURL != "" {
		d.Errorf("the payer has paid, and a look still leads them to a page")
	}
	d.Decide(d, d.tx.PaymentID, taken)
	if taken {
		d.book(op)
	}
	d.taken(d.look(d.ref()), taken)
}

// taken holds a look against whether the money was taken.
func (d *deal) taken(s orchestrator.Snapshot, want bool) {
	d.Helper()
	_, captured := s.Facts[process.FactCaptured]
	if captured != want {
		d.Errorf("a look shows it as taken: %t, want %t: %v", captured, want, s.Facts)
	}
	if t := s.Totals; t != nil && t.Captured != d.tx.Funds.Captured {
		d.Errorf("a look shows %d as taken, want %d", t.Captured, d.tx.Funds.Captured)
	}
}

// messages are those about a payment that was just taken.
func (d *deal) messages() []Message {
	d.Helper()
	if d.Heard == nil || d.Read == nil {
		d.Fatalf("Account.Heard or Account.Read is missing")
	}
	for _, v := range []process.Verb{d.opening(), process.Capture} {
		if !slices.Contains(d.Verbs, v) || v == process.Capture && d.opening() == process.Charge {
			continue
		}
		op := d.operation(v)
		d.conclude(op, d.perform(d.Context(), op))
	}
	if d.Settle != nil {
		d.Settle(d)
	}
	all := d.Heard(d)
	if len(all) == 0 {
		d.Fatalf("a payment was taken, and no message was sent")
	}
	return all
}

// told: messages are read as they are sent, a repeat is known as one, and one of them leads to the payment.
func told(d *deal) {
	led := false
	for _, m := range d.messages() {
		about, key, err := d.Read(m)
		d.silent(err)
		if err != nil || key == "" {
			d.Errorf("a message is read as %q under %q: %v\n%s", about, key, err, m.Body)
			continue
		}
		if _, again, err := d.Read(m); err != nil || again != key {
			d.Errorf("the same message is another one the second time: %q, %v; was %q", again, err, key)
		}
		if about != "" {
			ref := d.ref()
			ref.PaymentID = about
			s, err := d.Gateway.Lookup(d.Context(), ref)
			led = led || err == nil && s.Found && s.PaymentID == d.tx.PaymentID
		}
	}
	if !led {
		d.Errorf("no message leads to payment %s", d.tx.PaymentID)
	}
}

// forged: a message of which somebody has changed a letter is not believed.
func forged(d *deal) {
	for _, m := range d.messages() {
		at := bytes.Index(m.Body, []byte(d.tx.PaymentID))
		if at < 0 {
			at = len(m.Body) / 2
		}
		for at < len(m.Body)-1 && !letter(m.Body[at]) {
			at++
		}
		body := slices.Clone(m.Body)
		body[at] = other(m.Body[at])
		if about, _, err := d.Read(Message{m.Header, body}); err == nil {
			d.Errorf("a message that was changed is believed to be about %q:\n%s", about, body)
		}
	}
}

// other is another letter, or another digit, so that nothing but the signature tells.
func other(b byte) byte {
	switch {
	case b == '1':
		return '2'
	case b >= '0' && b <= '9':
		return '1'
	case b == 'x':
		return 'y'
	}
	return 'x'
}

func letter(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}
