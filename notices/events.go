package notices

import (
	"slices"
	"strings"
	"sync"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Event is the name of something that can happen. Names are for good: they are what
// rows refer to and what webhooks are going to carry. They are never those of tables.
type Event string

// Source is where an event comes from, which says what its fields are.
type Source string

// The sources.
const (
	Stepped  Source = "a step of a deal"
	Noticed  Source = "a timer of a deal that reminds, or an alarm"
	Said     Source = "a message"
	Reminded Source = "a reminder of a room"
	Counted  Source = "the tasks of operators"
	Banked   Source = "a payout to a seller's bank"
)

// Kind is an event as the catalogue describes it.
type Kind struct {
	Name    Event
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

// Field is a member of an event's data.
type Field struct{ Name, Type, Means string }

// first is the version of the events that there have been from the beginning.
const first = "0.1"

// Catalogue lists every event there is, sorted as it is documented: deals, orders of the
// exchange, reminders, the rest.
func Catalogue() []Kind { return slices.Clone(catalogue()) }

var catalogue = sync.OnceValue(func() []Kind {
	return slices.Concat(dealEvents(), orderEvents(), reminderEvents(), otherEvents())
})

func find(name Event) (Kind, bool) {
	all := catalogue()
	i := slices.IndexFunc(all, func(k Kind) bool { return k.Name == name })
	if i < 0 {
		return Kind{}, false
	}
	return all[i], true
}

// byStep finds events that stand for steps of one process.
type byStep map[string]map[process.Transition]Event

func steps() byStep {
	all := byStep{}
	for _, k := range catalogue() {
		for _, t := range k.Transitions {
			if all[k.Process] == nil {
				all[k.Process] = map[process.Transition]Event{}
			}
			all[k.Process][t] = k.Name
		}
	}
	return all
}

// event names what happened. What the catalogue does not know is called as in the outbox.
func (b *Books) event(h Happening) Event {
	switch {
	case h.Message != nil:
		return MessageSent
	case h.Tasks != nil:
		return TaskOpened
	case h.Payout != nil:
		return payoutEvent(*h.Payout)
	case h.Reminder != nil:
		return b.reminder(h.Reminder.Round).Event
	case h.Event == nil:
		return ""
	}
	name, _, _ := strings.Cut(h.Transaction.Process, "@")
	if event, known := b.steps[name][process.Transition(h.Event.Data["transition"])]; known {
		return event
	}
	return Event(h.Event.Type)
}

// payoutEvent names what became of a payout to a bank; empty: nothing of which there is an event.
func payoutEvent(p orchestrator.BankPayout) Event {
	switch p.Status {
	case orchestrator.BankPayoutPaid:
		return PayoutPaid
	case orchestrator.BankPayoutFailed:
		return PayoutFailed
	}
	return ""
}

// Fields are the members of the data of events of a source.
func (s Source) Fields() []Field {
	switch s {
	case Stepped:
		return []Field{
			{"from", "string", "the state before; empty for the first step"},
			{"to", "string", "the state after it, which may be the same"},
			{"transition", "string", "the step that was taken"},
			{"actor", "string", "who took it, such as user:bea, operator:olga, gateway:stripe or timer"},
		}
	case Noticed:
		return []Field{
			{"state", "string", "the state in which the deal waits"},
			{"timer", "string", "the timer, for a reminder"},
			{"for", "string", "operators, if it is for them only"},
			{"urgency", "string", "normal, high, urgent or overdue, for operators"},
			{"waiting_days", "string", "whole days for which the deal has waited, for operators"},
			{"reason", "string", "why the deal is on hold, for an alarm"},
		}
	case Said:
		return []Field{
			{"message_id", "integer", "the message"},
			{"sender_id", "string", "who wrote it"},
			{"kind", "string", "text, or operator for one of staff"},
			{"message", "string", "what it says"},
		}
	case Reminded:
		return []Field{{"user", "string", "who is reminded"}, {"round", "integer", "how often before, counted from 1"}}
	case Banked:
		return []Field{
			{"gateway", "string", "who has sent it"}, {"user", "string", "the seller"}, {"amount", "integer", "in minor units of currency"}, {"currency", "string", "its currency"},
			{"status", "string", "paid or failed"}, {"failure", "string", "the gateway's code of the failure, if it tells one"},
		}
	}
	return []Field{{"kind", "string", "the kind of task"}, {"count", "integer", "how many wait"}, {"oldest", "time", "since when the first of them waits"}}
}

// Example is an event's data, as JSON.
func (k Kind) Example() string {
	switch k.Source {
	case Stepped:
		step := "mark_received"
		if len(k.Transitions) > 0 {
			step = string(k.Transitions[0])
		}
		_, to, _ := strings.Cut(string(k.Name), ".")
		return `{"actor":"user:bea","from":"paid","to":"` + to + `","transition":"` + step + `"}`
	case Noticed:
		_, timer, _ := strings.Cut(string(k.Name), ".")
		if k.Name == AlertOnHold {
			return `{"for":"operators","reason":"the gateway holds 400 and the books say 500","state":"paid","urgency":"high"}`
		}
		return `{"state":"paid","timer":"` + timer + `"}`
	case Said:
		return `{"kind":"text","message":"Is it still there?","message_id":73,"sender_id":"bea"}`
	case Reminded:
		return `{"round":1,"user":"bea"}`
	case Banked:
		return `{"amount":4250,"currency":"EUR","failure":"","gateway":"stripe","status":"paid","user":"sam"}`
	}
	return `[{"count":2,"kind":"on_hold","oldest":"2030-01-02T03:04:05Z"}]`
}
