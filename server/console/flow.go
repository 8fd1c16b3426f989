package console

import (
	"cmp"
	"context"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
)

// flow is how money of one currency went through a deal: what came in, with what the marketplace added of its own, is as much as what it became.
type flow struct {
	In    money.Amount
	Aside bool         // it did not come in: the seller of an order has set it aside
	Own   money.Amount // a gateway's fee that it bears, a loss, what a seller owes it
	Parts []stream
	Text  string
}

// stream is a part of what came in.
type stream struct {
	Name   string
	Class  string
	Amount money.Amount
	// Pixels: where it leaves what came in, where it arrives, and how thick it is there.
	Y1, Y2, Thick int
}

// Sizes of a flow, in pixels: it is no wider than a phone shows.
const (
	flowWide = 330
	flowHigh = 96 // all that came in
	flowIn   = 14 // how wide the bars are
	flowOut  = 150
	flowGap  = 22 // between two parts, so that each has its words
)

// becoming is what money becomes: the accounts that say so.
type becoming struct {
	name, class string
	of          []ledger.Kind
}

// kinds are what money becomes, in the order in which it is shown.
var kinds = []becoming{
	{"reserved", "held", []ledger.Kind{ledger.Authorized}},
	{"held", "held", []ledger.Kind{ledger.Escrow, ledger.Frozen}},
	{"fees", "idle", []ledger.Kind{ledger.Fees, ledger.Platform}},
	{"out", "good", []ledger.Kind{ledger.PaidOut, ledger.PayoutDue, ledger.Available}},
	{"back", "back", []ledger.Kind{ledger.Outside}},
	{"else", "needs", []ledger.Kind{ledger.Debt, ledger.Losses}},
}

// back is the kind of what goes back to the payer.
const back = 4

// reserved is the kind of what is the payer's still: none of it has come in.
const reserved = "reserved"

// flows are how the money of a deal went, by currency. Every entry sums to zero, so what left its accounts came to others.
func flows(ctx context.Context, t told) []flow {
	var currencies []money.Currency
	for _, h := range t.History {
		for _, p := range h.Posted {
			if !slices.Contains(currencies, p.Amount.Currency()) {
				currencies = append(currencies, p.Amount.Currency())
			}
		}
	}
	slices.Sort(currencies)
	var all []flow
	for _, c := range currencies {
		if f := flowOf(ctx, t, c); f.whole() > 0 {
			all = append(all, f)
		}
	}
	return all
}

func flowOf(ctx context.Context, t told, c money.Currency) flow {
	own, became := int64(0), make([]int64, len(kinds))
	payer, net := payerOf(t), map[ledger.Account]int64{}
	for _, h := range t.History {
		for _, p := range h.Posted {
			if p.Amount.Currency() != c {
				continue
			}
			minor := p.Amount.Minor()
			if pays(p.account, t) {
				payer.post(minor)
			} else {
				net[p.account] += minor
			}
		}
	}
	in := payer.in
	became[back] = payer.back
	for of, minor := range net {
		switch {
		case minor > 0:
			became[kindOf(of)] += minor
		case slices.Contains(ownMoney, of.Kind):
			own -= minor
		default:
			in -= minor
		}
	}
	f := flow{In: money.New(in, c), Own: money.New(own, c), Aside: payer.aside}
	for i, minor := range became {
		if minor > 0 {
			f.Parts = append(f.Parts, stream{Name: payer.name(kinds[i].name), Class: kinds[i].class, Amount: money.New(minor, c)})
		}
	}
	f.lay(ctx)
	return f
}

// ownMoney are the accounts from which the marketplace adds money of its own to a deal.
var ownMoney = []ledger.Kind{ledger.Platform, ledger.Losses, ledger.Debt, ledger.Fees}

func (f flow) whole() int64 { return f.In.Minor() + f.Own.Minor() }

// pays tells whether an account is one from which the payer's money comes, and to which it goes back. Of an order of the exchange the seller
// is the payer: the buyer pays outside of the books.
func pays(a ledger.Account, t told) bool {
	if t.Transaction.SellerPays {
		return a.Kind == ledger.Available && a.Owner == t.Transaction.Seller
	}
	return a.Kind == ledger.Outside || a.Kind == ledger.Available && a.Owner == cmp.Or(t.Transaction.Buyer, t.Transaction.Starter)
}

// paying is what the payer gave, and what went back to them.
type paying struct {
	in, back int64
	aside    bool // they have only set it aside
}

func payerOf(t told) *paying { return &paying{aside: t.Transaction.SellerPays} }

// post counts a posting of the payer. What is set aside again after it went back is the same money.
func (p *paying) post(minor int64) {
	switch {
	case minor > 0:
		p.back += minor
	case p.aside:
		again := min(p.back, -minor)
		p.back -= again
		p.in += -minor - again
	default:
		p.in -= minor
	}
}

// name is what a part of it is called.
func (p *paying) name(part string) string {
	if p.aside && part == "out" {
		return "to the buyer"
	}
	return part
}

func kindOf(a ledger.Account) int {
	at := slices.IndexFunc(kinds, func(b becoming) bool { return slices.Contains(b.of, a.Kind) })
	if at < 0 {
		return len(kinds) - 1
	}
	return at
}

// lay gives each part its place; its thickness says how much it is, and even the least is seen.
func (f *flow) lay(ctx context.Context) {
	say := saying(ctx)
	from, to := margin, margin
	words := make([]string, len(f.Parts))
	for i := range f.Parts {
		s := &f.Parts[i]
		s.Thick = max(2, share(s.Amount.Minor(), f.whole()))
		s.Y1, s.Y2 = from, to
		from += s.Thick
		to += max(s.Thick+6, flowGap)
		words[i] = say(s.Name) + " " + amount(ctx, s.Amount)
	}
	switch became := strings.Join(words, ", "); {
	case f.Aside:
		f.Text = say("%s was set aside by the seller: %s.", amount(ctx, f.In), became)
	case f.Own.Minor() > 0:
		f.Text = say("%s came in, and %s is the marketplace's own money: %s.", amount(ctx, f.In), amount(ctx, f.Own), became)
	case len(f.Parts) > 0 && f.Parts[0].Name == reserved:
		f.Text = say("%s came in or are reserved: %s.", amount(ctx, f.In), became)
	default:
		f.Text = say("%s came in: %s.", amount(ctx, f.In), became)
	}
}

// share is how many pixels a part of a whole has; no amount is too large for it.
func share(part, whole int64) int {
	high, low := bits.Mul64(flowHigh, uint64(part))
	pixels, _ := bits.Div64(high, low, uint64(whole))
	return int(pixels)
}

// inHigh is how high the bar of what came in is: as high as its parts.
func (f flow) inHigh() int {
	last := f.Parts[len(f.Parts)-1]
	return last.Y1 + last.Thick - margin
}

// high is how high the drawing is.
func (f flow) high() int {
	last := f.Parts[len(f.Parts)-1]
	return max(last.Y1+last.Thick, last.Y2+max(last.Thick, flowGap-6)) + margin
}

// ribbon is a part as a path of SVG.
func (s stream) ribbon() string {
	const left, right = flowIn, flowOut
	const middle = (left + right) / 2
	n := strconv.Itoa
	bend := func(y1, x, y2 int) string {
		return "C" + n(middle) + " " + n(y1) + " " + n(middle) + " " + n(y2) + " " + n(x) + " " + n(y2)
	}
	return "M" + n(left) + " " + n(s.Y1) + bend(s.Y1, right, s.Y2) + "v" + n(s.Thick) + bend(s.Y2+s.Thick, left, s.Y1+s.Thick) + "z"
}

func box(wide, high int) string { return "0 0 " + strconv.Itoa(wide) + " " + strconv.Itoa(high) }
