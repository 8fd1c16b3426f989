package orchestrator_test

import (
	"errors"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/sandbox"
)

// rig is a testbed that can be broken in every way.
type rig struct {
	*testkit.Testbed
	url     string // of the database
	arm     *armed
	line    *testkit.Line
	store   *testkit.Store
	skew    *testkit.Skew
	replica *orchestrator.Engine // another one on the same database; never broken
	nonces  map[string]string    // cards that pay once, by the title of the deal
}

func newRig(t *testing.T, url string) *rig { return newRigWith(t, url, testkit.Options{}) }

func newRigWith(t *testing.T, url string, o testkit.Options) *rig {
	o.DatabaseURL, o.CallTimeout, o.Manual = url, 3*time.Second, true
	r := &rig{url: url, arm: &armed{}, line: &testkit.Line{}, store: &testkit.Store{}, skew: &testkit.Skew{}, nonces: map[string]string{}}
	o.Hook, o.Transport = r.arm.hook, r.line
	r.Testbed = testkit.New(t, o)
	r.interpose()
	for _, user := range []string{"bea", "sam"} {
		fund(t, r.Testbed, user, 10_000_000)
	}
	return r
}

// restart starts the engine again.
func (r *rig) restart() {
	r.Restart()
	r.interpose()
}

func (r *rig) interpose() {
	r.replica = r.Engine
	r.Interpose(r.store, r.skew)
}

// heal mends everything.
func (r *rig) heal(t *testing.T) {
	t.Helper()
	r.arm.set("")
	r.line.Break("", "", nil)
	r.store.Break(0, nil)
	r.skew.Set(0)
	for _, gateway := range slices.Sorted(maps.Keys(rows())) {
		if gateway == "balance" {
			continue
		}
		if err := r.Till(gateway).SetFaults(nil); err != nil {
			t.Fatal(err)
		}
	}
}

// want is how often an operation takes effect in the end.
type want int

const (
	once   want = iota
	never       // nothing was done, nobody tries again by themselves, and the caller may
	either      // depends on the database
	asks        // it stays open, and is a person's task
)

// String is for messages.
func (w want) String() string {
	return [...]string{"once", "never", "once or never", "a person asked"}[w]
}

// point is one way to break an operation.
type point struct {
	name    string // begins with the number of the fault point
	want    want
	crashes bool
	strike  func(r *rig, op row, tx orchestrator.Transaction)
	// meanwhile happens when all is mended and before anybody looks.
	meanwhile func(r *rig)
	patience  time.Duration // needed beyond a day
	hint      bool          // the engine hears of a payment by webhook alone
	unsent    bool          // the request reaches the gateway only if it is sent again
	not       func(op row) string
}

// id is the number of the fault point: F4.
func (p point) id() string {
	id, _, _ := strings.Cut(p.name, " ")
	return id
}

// cannot lists a fault point that has no meaning for some operations.
func cannot(id, why string) point {
	return point{name: id, not: func(row) string { return why }}
}

func dies(name, hook string, w want) point {
	return point{name: name, want: w, crashes: true, strike: func(r *rig, _ row, _ orchestrator.Transaction) { r.arm.set(hook) }}
}

// remote is a fault of the gateway, at the call that the operation makes.
func remote(name, kind string, w want) point {
	return point{name: name, want: w, strike: func(r *rig, op row, _ orchestrator.Transaction) { r.fault(op, op.call, kind) }}
}

// hints is a fault of all webhooks.
func hints(name, kind string) point {
	return point{name: name, hint: true, strike: func(r *rig, op row, _ orchestrator.Transaction) { r.fault(op, "webhook", kind) }}
}

func (r *rig) fault(op row, operation, kind string) {
	times := 1
	if operation == "webhook" {
		times = -1
	}
	if err := r.Till(op.gateway).SetFaults([]sandbox.Fault{{Route: operation, Kind: kind, Times: times}}); err != nil {
		panic(err)
	}
}

type send = func() (*http.Response, error)

// onLine is something that happens to the operation's call on its way.
func onLine(name string, w want, around func(r *rig, send send) (*http.Response, error)) point {
	return point{name: name, want: w, strike: func(r *rig, op row, _ orchestrator.Transaction) {
		var struck atomic.Bool
		r.line.BreakSaying(op.verb(), op.path, op.says, func(send send) (*http.Response, error) {
			if !struck.CompareAndSwap(false, true) {
				return send()
			}
			return around(r, send)
		})
	}}
}

// refused is a gateway that cannot be reached, however often it is tried.
func refused(name string, w want) point {
	return point{name: name, want: w, strike: func(r *rig, op row, _ orchestrator.Transaction) {
		r.line.BreakSaying(op.verb(), op.path, op.says, func(send) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
		})
	}}
}

// onCommit is something that happens to the nth commit of the operation.
func onCommit(name string, nth int, w want, around func(r *rig, write func() error) error) point {
	return point{name: name, want: w, strike: func(r *rig, _ row, _ orchestrator.Transaction) {
		r.store.Break(nth, func(write func() error) error { return around(r, write) })
	}}
}

var errBroken = errors.New("the connection to the database is broken")

func loseAnswer(_ *rig, write func() error) error { return errors.Join(write(), errBroken) }

func loseCommit(*rig, func() error) error { return errBroken }

// restartDatabase breaks every connection to the database. SQLite has none: there
// the engine opens the file again, under the feet of what is in progress.
func restartDatabase(r *rig, write func() error) error {
	if !strings.HasPrefix(r.url, "postgres") {
		r.restart()
	} else if err := testkit.Disconnect(r.Context(), r.url); err != nil {
		return err
	}
	return write()
}

// loseLease lets time pass until another replica takes the operation over.
func (r *rig) loseLease() {
	if err := r.Sandbox.Advance(3 * time.Minute); err != nil {
		panic(err)
	}
	if _, err := r.replica.Recover(r.Context()); err != nil {
		panic(err)
	}
}

// recoverAt lets everything due happen while the engine's clock is wrong.
func recoverAt(ahead time.Duration) func(r *rig) {
	return func(r *rig) {
		r.skew.Set(ahead)
		r.Advance(0)
		r.Advance(time.Second)
		r.skew.Set(0)
	}
}

// outlast lets a gateway forget its keys before anybody looks.
func outlast(r *rig) {
	if err := r.Sandbox.Advance(25 * time.Hour); err != nil {
		panic(err)
	}
}

func (p point) then(meanwhile func(r *rig)) point {
	p.meanwhile = meanwhile
	return p
}

func (p point) within(patience time.Duration) point {
	p.patience = patience
	return p
}

// lost is a point at which the request does not reach the gateway.
func (p point) lost() point {
	p.unsent = true
	return p
}

func (p point) except(not func(op row) string) point {
	p.not = not
	return p
}

// unlocked says why a gateway has no object in use.
func unlocked(op row) string {
	if op.gateway == "stripe" {
		return ""
	}
	return "it has no locks"
}

// callPoints break an operation that asks a gateway.
func callPoints() []point {
	return []point{
		dies("F1 before the claim", "before_claim", never),
		dies("F2 claimed, not sent", "after_claim", once).lost(),
		refused("F3 connection refused", never),
		remote("F4 cut after the effect", "cut_after", once),
		remote("F5 cut before the effect", "cut_before", once).lost(),
		remote("F6 broken answer after the effect", "broken_json", once),
		remote("F6 error after the effect", "error_after", once),
		remote("F6 error before the effect", "error_before", once).lost().within(48 * time.Hour),
		remote("F6 page of a proxy", "html", once).lost(),
		remote("F6 time-out after the effect", "timeout_after", once),
		dies("F7 done, not stored", "after_effect", once),
		dies("F8 stored, not answered", "after_commit", once),
		onLine("F9 lease lost while the answer is held up", once, func(r *rig, send send) (*http.Response, error) {
			resp, err := send()
			r.loseLease()
			return resp, err
		}),
		onLine("F9 lease lost while the request is held up", once, func(r *rig, send send) (*http.Response, error) {
			r.loseLease()
			return send()
		}).except(func(op row) string { return op.held }),
		onLine("F10 webhook before the answer", once, func(r *rig, send send) (*http.Response, error) {
			resp, err := send()
			r.MustSettle()
			return resp, err
		}),
		hints("F11 webhooks lost", "lose"),
		hints("F11 webhooks twice", "duplicate"),
		hints("F11 webhooks late", "delay"),
		hints("F11 webhooks reordered", "reorder"),
		onCommit("F12 answer of the claim lost", 1, once, loseAnswer).lost(),
		onCommit("F12 claim lost", 1, never, loseCommit),
		onCommit("F12 answer of the outcome lost", 2, once, loseAnswer),
		onCommit("F12 outcome lost", 2, once, loseCommit),
		onCommit("F13 database restarts before the claim", 1, either, restartDatabase),
		onCommit("F13 database restarts before the outcome", 2, once, restartDatabase),
		dies("F14 clock jumps ahead, not sent", "after_claim", once).lost().then(recoverAt(10 * time.Minute)),
		dies("F14 clock jumps back, not sent", "after_claim", once).lost().then(recoverAt(-10 * time.Minute)),
		dies("F14 clock jumps ahead, done", "after_effect", once).then(recoverAt(10 * time.Minute)),
		dies("F15 key forgotten, not sent", "after_claim", once).lost().then(outlast).except(func(op row) string { return op.late }),
		remote("F15 key forgotten, done", "cut_after", once).then(outlast),
		remote("F16 rate limit", "rate_limit", never),
		remote("F16 object in use", "lock_timeout", once).except(unlocked),
		{name: "F16 done already", strike: func(r *rig, op row, tx orchestrator.Transaction) { op.elsewhere(r, tx) }, not: func(op row) string {
			if op.elsewhere == nil {
				return "there is nothing that somebody else could have done: " + op.alone
			}
			return ""
		}},
	}
}

// lookPoints break an operation that only looks at a payment, because the gateway has no part in
// what is done. What was not looked at is not done, and the caller may ask again. A GET that is
// cut off is sent again by net/http itself where its connection was used before.
func lookPoints(op row) []point {
	points := callPoints()
	for i, p := range points {
		switch cut := p.id() == "F4" || p.id() == "F5" || p.name == "F15 key forgotten, done"; {
		case cut && op.verb() == http.MethodGet:
			points[i].want = either
		case cut, p.id() == "F6":
			points[i].want, points[i].patience = never, 0
		}
	}
	return points
}

// reportPoints break the news of a payment that the buyer makes at the gateway.
func reportPoints() []point {
	return []point{
		cannot("F1", "a payment on the gateway's page is claimed by nobody"),
		dies("F2 heard, not looked up", "before_merge", once),
		refused("F3 look-up refused", once),
		remote("F4 look-up cut after", "cut_after", once),
		remote("F5 look-up cut before", "cut_before", once),
		remote("F6 look-up broken", "broken_json", once),
		remote("F6 look-up fails", "error_before", once),
		dies("F7 looked up, not stored", "before_merge", once),
		dies("F8 stored, not noted", "after_merge", once),
		onCommit("F9 another replica is faster", 1, once, func(r *rig, write func() error) error {
			if _, err := r.Inbox.ProcessDue(r.Context()); err != nil {
				return err
			}
			return write()
		}),
		cannot("F10", "no call of ours is in progress while the buyer pays"),
		hints("F11 webhooks lost", "lose"),
		hints("F11 webhooks twice", "duplicate"),
		hints("F11 webhooks late", "delay"),
		hints("F11 webhooks reordered", "reorder"),
		onCommit("F12 answer lost", 1, once, loseAnswer),
		onCommit("F12 commit lost", 1, once, loseCommit),
		onCommit("F13 database restarts", 1, once, restartDatabase),
		{name: "F14 clock ahead", strike: func(r *rig, _ row, _ orchestrator.Transaction) { r.skew.Set(10 * time.Minute) }},
		{name: "F14 clock behind", strike: func(r *rig, _ row, _ orchestrator.Transaction) { r.skew.Set(-10 * time.Minute) }},
		cannot("F15", "a look-up carries no key"),
		remote("F16 rate limit", "rate_limit", once),
	}
}

// ledgerPoints break an operation on the users' own balances, which is one commit.
func ledgerPoints() []point {
	const noCall = "nothing is asked of anybody: the effect is the commit"
	points := []point{
		onCommit("F1 before the commit", 1, never, func(*rig, func() error) error { testkit.MustDie("commit"); return nil }),
		onCommit("F8 stored, not answered", 1, once, func(_ *rig, write func() error) error {
			if err := write(); err != nil {
				return err
			}
			testkit.MustDie("commit")
			return nil
		}),
		onCommit("F12 answer lost", 1, once, loseAnswer),
		onCommit("F12 commit lost", 1, never, loseCommit),
		onCommit("F13 database restarts", 1, either, restartDatabase),
		{name: "F14 clock ahead", strike: func(r *rig, _ row, _ orchestrator.Transaction) { r.skew.Set(10 * time.Minute) }},
		{name: "F14 clock behind", strike: func(r *rig, _ row, _ orchestrator.Transaction) { r.skew.Set(-10 * time.Minute) }},
	}
	points[0].crashes, points[1].crashes = true, true
	for _, id := range []string{"F2", "F3", "F4", "F5", "F6", "F7", "F9", "F10", "F11", "F15", "F16"} {
		points = append(points, cannot(id, noCall))
	}
	return points
}
