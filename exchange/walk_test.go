package exchange_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/internal/testkit/testsize"
	"github.com/handsel-dev/handsel/listings"
)

// TestWalk does at random what users, operators, time and crashes do, and compares
// every answer and every figure with the model. HANDSEL_WALK_STEPS makes it longer.
func TestWalk(t *testing.T) {
	t.Parallel()
	testkit.OnBoth(t, func(t *testing.T, url string) {
		steps := testsize.Of(2500, 1000)
		if strings.HasPrefix(url, "postgres") {
			steps = testsize.Of(500, 300) // slower, and the same code above the store
		}
		if n, err := strconv.Atoi(os.Getenv("HANDSEL_WALK_STEPS")); err == nil {
			steps = n
		}
		const seed = 20260303
		m := newMarket(t, url)
		w := &walk{market: m, t: t, dice: rand.New(rand.NewPCG(seed, 1)), model: newModel(m.w.Sandbox.Now())}
		for _, id := range w.users() {
			m.fund(id, 8000)
			w.model.free[id], w.deposited = 8000, w.deposited+8000
		}
		m.seen("olga")
		for n := range steps {
			w.n = n
			w.act()
			if n%25 == 0 || n == steps-1 {
				w.compare()
			}
			if t.Failed() {
				t.Fatalf("seed %d, step %d: %s", uint64(seed), n, w.what)
			}
		}
		m.w.CheckBooks()
		for name, count := range w.happened {
			t.Logf("%s: %d", name, count)
		}
		for _, name := range []string{"take", "paid", "received", "cancel", "not paid", "operator", "appeal", "resolve", "publish", "pause", "resume", "delete"} {
			if w.happened[name] == 0 {
				t.Errorf("the walk never came to %s", name)
			}
		}
	})
}

type walk struct {
	*market
	t         *testing.T
	dice      *rand.Rand
	model     *model
	n         int
	what      string
	deposited int64
	happened  map[string]int
	repeats   []func()
}

func (w *walk) users() []string { return []string{"ann", "bob", "cat", "dan", "eve"} }

func (w *walk) someone() string { return w.users()[w.dice.IntN(len(w.users()))] }

// one picks a key of a map, the latest more often.
func one[V any](w *walk, all map[int64]V) (int64, bool) {
	ids := slices.Sorted(maps.Keys(all))
	if len(ids) == 0 {
		return 0, false
	}
	if recent := 6; w.dice.IntN(4) > 0 && len(ids) > recent {
		ids = ids[len(ids)-recent:]
	}
	return ids[w.dice.IntN(len(ids))], true
}

// answered compares an answer with the model's.
func (w *walk) answered(name string, err error, want string) bool {
	w.t.Helper()
	switch {
	case err == nil && want == "":
		if w.happened == nil {
			w.happened = map[string]int{}
		}
		w.happened[name]++
	case err == nil || string(fault.ReasonOf(err)) != want:
		w.t.Errorf("%s: %v, want %q", name, err, want)
	}
	return err == nil
}

func (w *walk) act() {
	switch n := w.dice.IntN(100); {
	case n < 12:
		w.changeAd()
	case n < 40:
		w.takeAd()
	case n < 80:
		w.stepOrder()
	case n < 86:
		w.rule()
	case n < 88:
		w.deposit()
	case n < 90:
		w.talkOrRead()
	case n < 91:
		w.what = "restart"
		w.w.Restart()
		w.open(w.w.Store)
	case n < 93 && len(w.repeats) > 0:
		w.what = "repeat"
		w.repeats[w.dice.IntN(len(w.repeats))]()
	default:
		w.pass()
	}
}

// pass moves the clock, and lets what is due happen or not.
func (w *walk) pass() {
	d := []time.Duration{time.Second, time.Minute, time.Minute, 4 * time.Minute, 12 * time.Minute, 40 * time.Minute, 25 * time.Hour}[w.dice.IntN(7)]
	w.what = fmt.Sprintf("%v pass", d)
	w.later(d)
	w.model.now = w.w.Sandbox.Now()
	if w.dice.IntN(2) == 0 {
		w.fire()
		w.model.fire()
	}
}

func (w *walk) deposit() {
	who, amount := w.someone(), 500+w.dice.Int64N(2500)
	w.what = fmt.Sprintf("%s deposits %d", who, amount)
	w.fund(who, amount)
	w.model.free[who] += amount
	w.deposited += amount
}

func (w *walk) changeAd() {
	ctx := w.t.Context()
	if w.dice.IntN(2) == 0 {
		owner, in := w.someone(), terms([]listings.AdType{listings.Sell, listings.Buy}[w.dice.IntN(2)])
		in.Total = 1000 + w.dice.Int64N(9000)
		w.what = fmt.Sprintf("%s publishes to %s %d", owner, in.Type, in.Total)
		want := w.model.publish(owner, in.Type)
		a, err := w.ads.Create(ctx, community, owner, in)
		if w.answered("publish", err, want) {
			w.model.ads[a.ID] = &modelAd{owner: owner, side: in.Type, status: listings.Active, total: in.Total, left: in.Total}
		}
		return
	}
	id, ok := one(w, w.model.ads)
	if !ok {
		return
	}
	a, ref := w.model.ads[id], listings.Ref{Community: community, ID: id}
	w.what = fmt.Sprintf("the ad %d is changed", id)
	switch {
	case a.status == listings.Active && w.dice.IntN(2) == 0:
		_, err := w.ads.Pause(ctx, ref)
		w.answered("pause", err, "")
		a.status = listings.Paused
	case a.status == listings.Paused:
		want := w.model.publish(a.owner, a.side)
		_, err := w.ads.Resume(ctx, ref)
		if w.answered("resume", err, want) {
			a.status = listings.Active
		}
	case a.status == listings.Active && w.dice.IntN(3) == 0:
		w.answered("delete", w.ads.Delete(ctx, ref), "")
		a.status = listings.Closed
	}
}

func (w *walk) takeAd() {
	ad, ok := one(w, w.model.ads)
	if !ok {
		return
	}
	who, amount := w.someone(), 900+w.dice.Int64N(2200)
	w.what = fmt.Sprintf("%s takes %d of %d", who, amount, ad)
	o, want := w.model.take(who, ad, amount)
	in, r := exchange.Take{AdID: ad, Amount: amount, Method: "card"}, key("take"+strconv.Itoa(w.n), "h")
	got, _, err := w.Take(w.t.Context(), user(who), in, r)
	if !w.answered("take", err, want) {
		return
	}
	w.model.opened(got.ID, o)
	answer := fmt.Sprintf("%d pending", got.ID)
	w.repeats = append(w.repeats, func() {
		_, reply, err := w.Take(w.t.Context(), user(who), in, r)
		if err != nil || reply == nil || string(reply.Body) != answer {
			w.t.Errorf("the repeat of a take is answered %+v, %v, want %s", reply, err, answer)
		}
	})
}

func (w *walk) stepOrder() {
	id, ok := one(w, w.model.orders)
	if !ok {
		return
	}
	names := []string{"paid", "paid", "received", "cancel", "not paid", "operator", "appeal"}
	name, o := names[w.dice.IntN(len(names))], w.model.orders[id]
	who := []string{o.buyer, o.seller, o.buyer, o.seller, w.someone()}[w.dice.IntN(5)]
	if natural := w.dice.IntN(2) == 0; natural {
		switch o.status {
		case exchange.Pending:
			name, who = "paid", o.buyer
		case exchange.PaidByBuyer:
			name, who = "received", o.seller
		case exchange.Cancelled:
			name, who = "appeal", o.buyer
		}
	}
	w.what = fmt.Sprintf("%s by %s of %d", name, who, id)
	want := w.model.step(name, who, id)
	_, err := w.step(name, who, id)
	w.answered(name, err, want)
}

func (w *walk) rule() {
	id, ok := one(w, w.model.orders)
	if !ok {
		return
	}
	for candidate, o := range w.model.orders {
		if o.status == exchange.Disputed && candidate < id { // disputes pile up otherwise
			id = candidate
		}
	}
	o, ctx, olga := w.model.orders[id], w.t.Context(), operator("olga")
	v := exchange.Verdict{Outcome: []exchange.Outcome{exchange.Release, exchange.Refund, exchange.Split}[w.dice.IntN(3)], Reason: "so it is"}
	if v.Outcome == exchange.Split {
		v.BuyerAmount = 1 + w.dice.Int64N(o.amount-1)
		v.SellerAmount = o.amount - v.BuyerAmount
	}
	if o.contested {
		v = exchange.Verdict{Outcome: exchange.Close, Reason: "nobody can tell"}
	}
	w.what = fmt.Sprintf("%v about %d", v, id)
	_, err := w.Assign(ctx, olga, id)
	if o.status != exchange.Disputed && !o.contested {
		w.answered("assign", err, wrongStatus)
		return
	}
	w.answered("assign", err, "")
	want := w.model.resolve(id, v)
	_, _, err = w.Resolve(ctx, olga, id, v, exchange.Request{})
	w.answered("resolve", err, want)
}

// talkOrRead does what must change nothing.
func (w *walk) talkOrRead() {
	id, ok := one(w, w.model.orders)
	if !ok {
		return
	}
	o, ctx := w.model.orders[id], w.t.Context()
	w.what = fmt.Sprintf("talk about %d", id)
	if o.open() {
		_, _, err := w.Say(ctx, user(o.buyer), id, "hello", exchange.MessageRequest{})
		w.answered("say", err, "")
	}
	_, err := w.Order(ctx, operator("otto"), id)
	w.answered("read", err, "not_assigned")
	w.deliver()
}

// compare checks every figure against the model.
func (w *walk) compare() {
	ctx := w.t.Context()
	var sum int64
	for _, id := range w.users() {
		free, frozen, err := w.Balance(ctx, user(id), "")
		must(w.t, err)
		same(w.t, "balance of "+id, []int64{free, frozen}, []int64{w.model.free[id], w.model.frozen[id]})
		sum += free + frozen
	}
	same(w.t, "all balances", sum, w.deposited)
	for id, want := range w.model.ads {
		a, err := w.ads.Get(ctx, community, id)
		must(w.t, err)
		same(w.t, fmt.Sprintf("ad %d", id), []any{a.Status, a.Total, a.Available}, []any{want.status, want.total, want.left})
	}
	places := map[string]int64{}
	for id, want := range w.model.orders {
		o, err := w.Order(ctx, user(want.buyer), id)
		must(w.t, err)
		same(w.t, fmt.Sprintf("order %d", id), []any{o.Status, o.CancelReason, o.Amount, o.BuyerID, o.SellerID}, []any{want.status, want.reason, want.amount, want.buyer, want.seller})
		if o.Resolution != nil && o.Resolution.BuyerAmount != want.toBuyer {
			w.t.Errorf("order %d gave its buyer %d, want %d", id, o.Resolution.BuyerAmount, want.toBuyer)
		}
		if want.open() && !want.appealed {
			place := fmt.Sprint(o.TakerID, o.TakerID == o.BuyerID)
			if places[place] != 0 {
				w.t.Errorf("%s has the open orders %d and %d", o.TakerID, places[place], id)
			}
			places[place] = id
		}
	}
}
