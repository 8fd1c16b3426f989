package process

import "time"

// Words are how the deals of a process are told to people, in one sentence: where each
// state stands, and what follows when a timer comes due. They stand beside the table of
// the process, and Validate refuses a table that says too little.
//
// A text has slots: a person by their role ({buyer}, {seller}, {starter}, {author},
// {joiner}), an amount ({price}, {held} …) or an instant ({due}, {evidence} …). What
// stands in square brackets is left out where one of its slots has nothing to say, and
// "[this|that]" takes the first part that can be said.
type Words struct {
	// States has at least one saying for each state. The first that applies is told, and
	// the last one always does.
	States map[State][]Saying
	// Timers says what follows when nobody acts before a timer is due, as the end of a
	// sentence: "the deal lapses and nothing is charged". Reminders, and look-ups that only
	// learn what happened, have no words: they end no wait.
	Timers map[TimerName]string
}

// Saying tells in one sentence where a deal stands.
type Saying struct {
	// If tells when it applies; nil is always.
	If func(d Deal, now time.Time) bool
	// Waits is who has to act: Gateway and Clock where no person does, nobody at an end.
	Waits Role
	Text  string
}

// Says is the saying of most states: it always applies.
func Says(waits Role, text string) []Saying { return []Saying{{Waits: waits, Text: text}} }

// AfterFact is a saying that applies once a fact is recorded.
func AfterFact(f Fact, waits Role, text string) Saying {
	return Saying{If: func(d Deal, _ time.Time) bool { return d.Has(f) }, Waits: waits, Text: text}
}

// Ended are the sayings of an end in which the payee is paid: what happened, and what is
// still to be done for the payee where the marketplace pays them, or went wrong afterwards.
func Ended(what, paid string) []Saying {
	return []Saying{
		{
			If:    func(d Deal, _ time.Time) bool { return d.Funds.PayoutDue > 0 },
			Waits: Operator, Text: what + "; payout due: an operator has to pay {payout_due} to {seller}.",
		},
		{
			If:   func(d Deal, _ time.Time) bool { return d.Funds.ChargedBack > 0 },
			Text: what + "; afterwards {charged_back} went back to {buyer}.",
		},
		{Text: what + "; " + paid},
	}
}

// onHold tells why a deal is on hold. Who looks at it is always an operator.
var onHold = map[AttentionReason]string{
	PriceDiffers: "This deal is on hold: the gateway has another price than agreed, and an operator has to look at it before anybody goes on.",
	BooksDiffer:  "This deal is on hold: the gateway has moved other sums than the books say, and an operator has to look at it before anybody goes on.",
	BooksCorrupt: "This deal is on hold: its own books contradict each other, and an operator has to look at it before anybody goes on.",
	ToBeSettled:  "[The deal is over, but {charged_back} went back to {buyer} afterwards|The deal is over, but {payee_due} are owed to {seller}]; an operator has to settle that.",
	OfAnother:    "This deal is on hold for a reason that another release of Handsel gave, and an operator has to look at it.",
}

// How an operation is told; {doing} is of the table below.
const (
	isInProgress = "{doing} is in progress at the gateway; nothing else can be done until it has ended."
	isUnknown    = "It is not known yet whether {doing} succeeded; the gateway is asked until that is clear, and nothing else can be done meanwhile."
)

// doing names what a gateway is asked for.
var doing = map[Verb]string{
	Authorize:       "the reservation of {asked} from {buyer}",
	Capture:         "the capture of {asked} from {buyer}",
	Void:            "[the end of the reservation of {asked}|the cancellation of the payment]",
	Charge:          "[the payment of {asked} by {buyer}|the opening of the payment]",
	Refund:          "the refund[ of {asked}] to {buyer}",
	Transfer:        "the payout[ of {asked}] to {seller}",
	Reverse:         "the return of the payout[ of {asked}] from {seller}",
	Track:           "the notice of the shipment",
	ConfirmDelivery: "the confirmation of the delivery",
	Complain:        "the complaint of {buyer}",
	Release:         "the release of the money to {seller}",
	AcceptComplaint: "the refund[ of {asked}] to {buyer}",
	AcceptDeposit:   "the acceptance of the deposit",
	SetPrice:        "the change of the price by {seller}",
	SkipRemainder:   "the change of the price to the deposit",
	ConfirmHandover: "the confirmation of the handover by {seller}",
	ConfirmReceipt:  "the confirmation of the handover by {buyer}",
}
