package fault

import "slices"

// Reason is the stable code of a refusal, in lower snake case. Clients decide by it, so one
// that was released stays. Each stands in Reasons, and docs/reasons.md is made of them.
type Reason string

// Repeat says whether the same request can succeed later.
type Repeat string

// What a repeat of the same request does.
const (
	Never Repeat = "no"            // it is refused until something that Next names has changed
	Later Repeat = "yes"           // it may be taken when it is sent again after a moment
	Anew  Repeat = "after a look"  // read what it is about and decide again
	Looks Repeat = "automatically" // the server continues automatically; read the state later
)

// Meaning is what a reason says to a client. A reason that two classes of faults have
// stands twice, because it does not mean the same.
type Meaning struct {
	Reason Reason
	Code   Code // the class, and with it the HTTP status; empty for the code of an operation
	Means  string
	Next   string // what to do
	Repeat Repeat
}

// Group is what is said together on docs/reasons.md.
type Group struct {
	Title    string
	About    string
	Meanings []Meaning
}

// Reasons are all reasons that clients can see.
func Reasons() []Group {
	return slices.Concat(ofRequests, ofDeals, ofMarket, ofMoney, ofWebhooks, ofServer)
}

// MeaningsOf are what the code of a refusal says to a client, one for each class of faults that has it. None: it is no
// reason of Reasons.
func MeaningsOf(code string) []Meaning {
	var all []Meaning
	for _, g := range Reasons() {
		for _, m := range g.Meanings {
			if string(m.Reason) == code {
				all = append(all, m)
			}
		}
	}
	return all
}

// MeaningOf is what a reason says to a client when a fault of a class has it.
func MeaningOf(r Reason, class Code) (Meaning, bool) {
	for _, m := range MeaningsOf(string(r)) {
		if m.Code == class || m.Code == "" {
			return m, true
		}
	}
	return Meaning{}, false
}
