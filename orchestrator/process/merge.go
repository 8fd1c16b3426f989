package process

import "time"

// Look is a deal beside what its gateway shows of its payment.
type Look struct {
	Deal    Deal
	Payment Payment
	Kept    int64 // what the gateway is booked to keep for its services
	// Operation is the one that is in progress, nil if there is none.
	Operation *Operation
	// Late tells that the deal was changed since the gateway was asked: what showed before
	// is not held against a deal of now.
	Late bool
	Now  time.Time
}

// Act is what is to be done about what a gateway shows.
type Act string

// The acts. All but the first four are a step that is to be committed.
const (
	Rest      Act = "rest"      // nothing follows
	LookAgain Act = "look"      // the payment has to be looked up once more: what shows may be older than the deal
	Await     Act = "await"     // nothing, until it is known what came of the operation in progress
	Finish    Act = "finish"    // the operation in progress has succeeded: conclude it
	Take      Act = "take"      // a transition that happened there
	PutOnHold Act = "hold"      // an operator has to look
	BookBack  Act = "book_back" // money went back to the payer after the end, or came back from there
	BookFees  Act = "book_fees" // the gateway keeps something for its services
	LetGo     Act = "let_go"    // nothing holds the deal but what staff has to settle, if anything
)

// Next is what follows from a look, and the row of the table that says so.
type Next struct {
	Row       string
	Act       Act
	Step      Step
	Attention Attention // why the deal is put on hold
	Note      string    // what the history says of the step
	// Ends tells that the step ends the operation in progress, and Overtaken that it does so
	// by something else than the operation's own success.
	Ends, Overtaken bool
	// Suspect tells that the gateway may know of operations that our database has forgotten.
	Suspect bool
}

// Merge says what follows from what a gateway shows: what the first row of the table says
// whose condition holds. It only goes forward: what is recorded is not repeated.
func Merge(p *Process, l Look) (Next, error) {
	return (&merging{Look: l, p: p}).next()
}

func (m *merging) next() (Next, error) {
	m.info, _ = m.p.StateInfo(m.Deal.State)
	m.rule, m.ahead = m.p.Observed(m.Deal, m.Payment.Facts)
	for i := range merges {
		r := &merges[i]
		if r.when(m) {
			next, err := r.then(m)
			next.Row = r.name
			return next, err
		}
	}
	return Next{Act: Rest}, nil
}

// Fee says what is to be booked where nothing of a payment is looked at but what the
// gateway keeps; false if nothing is.
func Fee(l Look) (Next, bool) {
	m := &merging{Look: l}
	next, _ := bookFee(m)
	return next, atRest(m) && otherFee(m)
}

// mergeRow is a row of the table: what follows when a condition holds, and none before did.
type mergeRow struct {
	name string
	when func(*merging) bool
	then func(*merging) (Next, error)
}

// merges is the table.
var merges = []mergeRow{
	// Something happened there that is not recorded here. What lets money leave goes first:
	// until it is known whether it was carried out, nothing else is believed.
	{"money may be on its way", all(news, leaving, not(arrived)), await},
	{"money has left as it was asked", all(news, leaving), finish},
	{"what was asked has happened", all(news, asked), finish},
	{"it is reserved, and is being dropped", all(news, dropping, not(arrived), onlyReserved), await},
	{"what does not fit may be older than the deal", all(late, news, unfit), lookAgain},
	{"it happened at another price", all(news, otherPrice), holdForPrice},
	{"the rules do not know it here", all(news, refused), refuse},
	{"it took another sum", all(news, otherSum), holdForSum},
	{"it happened", news, take},

	// Nothing new happened: are the sums as our books say?
	{"the sums may be older than the deal", all(late, undecided), lookAgain},
	{"money went back after the end", all(atRest, over, wentBack), takeBack},
	{"money came back after the end", all(atRest, over, cameBack), winBack},
	{"the sums differ", all(atRest, sumsDiffer), holdForBooks},
	{"the gateway keeps another fee", all(atRest, otherFee), bookFee},

	// They are, as far as they show: may the deal go on?
	{"nothing holds it that should not", signed, rest},
	{"the payment does not show", not(found), rest},
	{"the sums do not show for which it is held", all(heldFor(BooksDiffer), not(sumsShow)), rest},
	{"its own books hold it", heldFor(BooksCorrupt), rest},
	{"the price still differs", stillOtherPrice, rest},
	{"the look may be older than what holds it", late, lookAgain},
	{"what held it is over", always, letGo},
}
