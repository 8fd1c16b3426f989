// Package events has the catalogue of what can happen, and the log of it: events of all
// rooms with a number each, 1, 2, 3 … per community without gaps. Backends read the log
// (GET /v1/events), and outgoing webhooks deliver it.
//
// What happened is written in its own commit (the outbox: events and messages of deals,
// announcements of other rooms). A job numbers it afterwards, in batches, so that no
// commit waits for the number of another.
package events

import (
	"slices"
	"sync"

	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Type is the name of something that can happen. Names are for good: they are what
// rows refer to and what webhooks are going to carry. They are never those of tables.
type Type string

// Source is where an event comes from, which says what its data are.
type Source string

// The sources.
const (
	Stepped  Source = "a step of a deal"
	Any      Source = "any step of any deal"
	Noticed  Source = "a timer of a deal that reminds, or an alarm"
	Said     Source = "a message"
	Reminded Source = "a reminder of a room"
	Counted  Source = "the tasks of operators"
	Banked   Source = "a payout to a seller's bank"
	Watched  Source = "a webhook endpoint"
	Labelled Source = "a change of what is noted with an object"
	Differed Source = "a difference between the books and a gateway"
	Reviewed Source = "a review"
	Listed   Source = "a listing"
	// Advertised is an ad of the exchange, Linked a seller's account, Stood how they are seen there.
	Advertised Source = "an ad"
	Linked     Source = "a seller's account at a gateway"
	Stood      Source = "a seller's status at a gateway"
)

// Sources lists them as they are documented.
func Sources() []Source {
	return []Source{Stepped, Any, Noticed, Said, Reminded, Counted, Banked, Reviewed, Listed, Advertised, Linked, Stood, Labelled, Differed, Watched}
}

// Kind is an event as the catalogue describes it.
type Kind struct {
	Name    Type
	Since   string // the version that had it first
	Means   string // one sentence without a subject: "the buyer has paid"
	Source  Source
	Process string // the process whose deals have it, where it is that of one
	// Transitions are the steps that it stands for; empty: the event is called in the outbox
	// as it is here.
	Transitions []process.Transition
	// Public events are for webhooks; the others are for this program's own notices.
	Public bool
}

// first is the version of the events that there have been from the beginning.
const first = "0.1"

// Catalogue lists every event there is, as it is documented.
func Catalogue() []Kind { return slices.Clone(catalogue()) }

var catalogue = sync.OnceValue(func() []Kind {
	var all []Kind
	for _, p := range Parts() {
		all = append(all, p.Events...)
	}
	return all
})

// Part is a chapter of the catalogue.
type Part struct {
	Title  string
	Events []Kind
}

// Parts are the catalogue by chapters, as it is documented.
func Parts() []Part {
	return []Part{
		{"Deals", dealEvents()}, {"Orders of the exchange", orderEvents()}, {"Reminders of deals", reminderEvents()}, {"Others", otherEvents()},
	}
}

// Find is the event of a name.
func Find(name Type) (Kind, bool) {
	all := catalogue()
	i := slices.IndexFunc(all, func(k Kind) bool { return k.Name == name })
	if i < 0 {
		return Kind{}, false
	}
	return all[i], true
}
