package events

import (
	"encoding/json"
	"strings"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Names finds the types of what is in the outbox. It is immutable.
type Names struct {
	steps map[string]map[process.Transition]Type
}

// NewNames reads them from the catalogue.
func NewNames() Names {
	n := Names{map[string]map[process.Transition]Type{}}
	for _, k := range catalogue() {
		for _, t := range k.Transitions {
			if n.steps[k.Process] == nil {
				n.steps[k.Process] = map[process.Transition]Type{}
			}
			n.steps[k.Process][t] = k.Name
		}
	}
	return n
}

// Of names an event of a deal of a process, such as p2p_order@1: after its step, where the
// catalogue has a name for that, else as in the outbox.
func (n Names) Of(processName string, e orchestrator.Event) Type {
	name, _, _ := strings.Cut(processName, "@")
	if t, known := n.steps[name][process.Transition(e.Data["transition"])]; known {
		return t
	}
	return Type(e.Type)
}

// OfBankPayout names what became of a payout to a bank; empty: nothing of which there is an event.
func OfBankPayout(s orchestrator.BankPayoutStatus) Type {
	switch s {
	case orchestrator.BankPayoutPaid:
		return PayoutPaid
	case orchestrator.BankPayoutFailed:
		return PayoutFailed
	}
	return ""
}

// OfSeller names what became of a seller at a gateway; empty: nothing of which there is an event,
// such as that they wait for their first check. What was not known before is "".
func OfSeller(was, now orchestrator.SellerStatus) Type {
	switch {
	case now == was:
		return ""
	case now == orchestrator.SellerActive:
		return SellerActivated
	case now == orchestrator.SellerRejected:
		return SellerRejected
	case now == orchestrator.SellerRestricted, was == orchestrator.SellerActive:
		return SellerRestricted
	}
	return ""
}

// OfTasks is what the log says of tasks that nobody looks after: that of the oldest, and how
// many there are. Fault: none that a caller can cause.
func OfTasks(n orchestrator.TaskNews) (Announcement, error) {
	var count int
	var oldest orchestrator.TaskCount
	for _, c := range n.Counts {
		count += c.Count
		if oldest.Oldest.IsZero() || c.Oldest.Before(oldest.Oldest) {
			oldest = c
		}
	}
	data, err := json.Marshal(map[string]any{"kind": oldest.Kind, "count": count, "oldest": oldest.Oldest.UTC()})
	return Announcement{CommunityID: n.CommunityID, Type: TaskOpened, Object: Object{Type: Community, Number: n.CommunityID}, Data: data, At: n.At}, err
}
