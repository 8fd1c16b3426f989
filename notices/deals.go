package notices

import (
	"context"
	"crypto/sha256"
	"fmt"
	"strconv"
	"time"

	"github.com/handsel-dev/handsel/internal/mail"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Deals is the book of what all deals have: e-mails to both sides (dealMails), reminders of
// their processes, and what waits for operators, webhook endpoints that fail among it.
func Deals() Book {
	hold := func(event events.Type) Row {
		return Row{Event: event, To: Seller, Mail: "hold_expiring", With: untilCapture}
	}
	both := func(event events.Type) Row { return Row{Event: event, To: Both, Feed: string(event)} }
	staff := func(event events.Type) Row {
		return Row{Event: event, To: Operators, Mail: "operator_needed", With: waiting}
	}
	return Book{
		Rows: append(dealMails(), []Row{
			both(events.ReminderHoldWarning), hold(events.ReminderHoldWarning), // who accepts or declines
			both(events.ReminderDecisionReminder), hold(events.ReminderDecisionReminder),
			both(events.ReminderConfirmReminder),
			both(events.ReminderFirstReminder),
			both(events.ReminderSecondReminder),
			both(events.ReminderRemainderReminder),
			both(events.ReminderHandoverReminder),
			staff(events.ReminderOperatorReminder),
			staff(events.ReminderOperatorAlarm),
			staff(events.ReminderOverdue),
			staff(events.ReminderDisputeDeadline),
			staff(events.ReminderEvidenceDueIn3Days),
			staff(events.ReminderEvidenceDueIn1Day),
			staff(events.AlertOnHold),
			{Event: events.PayoutFailed, To: Seller, Mail: "payout_failed", With: payoutFailed},
			{Event: events.TaskOpened, To: Operators, Mail: "tasks_waiting", With: tasks},
			{Event: events.EndpointFailing, To: Operators, Mail: "endpoint_failing", With: endpoint},
			{Event: events.EndpointDisabled, To: Operators, Mail: "endpoint_disabled", With: endpoint},
		}...),
		Entry: func(h Happening, r Row, _, _ string) map[string]any {
			return map[string]any{"type": r.Feed, "transaction_id": h.Transaction.ID}
		},
		ID: func(h Happening, _ Row, to Person, user string) (string, string) {
			if h.Tasks != nil {
				return "", fmt.Sprintf("tasks.%d.%x", h.Tasks.CommunityID, sha256.Sum256([]byte(h.Tasks.ID)))
			}
			if h.Payout != nil {
				return "", fmt.Sprintf("payout.%d.%x.%s", h.Payout.CommunityID, sha256.Sum256([]byte(h.Payout.Gateway+" "+h.Payout.ID)), h.Payout.Status)
			}
			if e := h.Endpoint; e != nil {
				return "", fmt.Sprintf("endpoint.%d.%x", e.CommunityID, sha256.Sum256(fmt.Appendf(nil, "%d %s %d %d", e.ID, e.Event, e.Since.Unix(), e.At.Unix())))
			}
			return dealID(h, user, to)
		},
	}
}

// untilCapture says how much money is reserved, and until when.
func untilCapture(_ context.Context, h Happening, _ Person) (Words, error) {
	l := Amount(h.Transaction.Price)
	l.Until = h.Transaction.Deadlines[process.CaptureBefore]
	return Words{Letter: l}, nil
}

// waiting tells operators how much money waits for them, and for how long.
func waiting(_ context.Context, h Happening, _ Person) (Words, error) {
	tx, data := h.Transaction, h.Event.Data
	l := Amount(money.New(tx.Funds.Held+tx.Funds.Authorized, tx.Price.Currency()))
	l.Urgency, l.Reason = data["urgency"], data["reason"]
	if data["waiting_days"] != "" {
		l.State = data["state"]
	}
	l.Days, _ = strconv.ParseInt(data["waiting_days"], 10, 64) // 0 where none is told
	return Words{Letter: l}, nil
}

// payoutFailed tells a seller how much came back from their bank, and why.
func payoutFailed(_ context.Context, h Happening, _ Person) (Words, error) {
	l := Amount(h.Payout.Amount)
	l.Reason = h.Payout.Failure
	return Words{Letter: l}, nil
}

// endpoint tells operators which webhook endpoint gets nothing, and for how long.
func endpoint(_ context.Context, h Happening, _ Person) (Words, error) {
	e := h.Endpoint
	return Words{Letter: Letter{Reason: e.URL, State: e.Reason, Days: int64(e.At.Sub(e.Since) / (24 * time.Hour))}}, nil
}

// tasks tells operators how many tasks of each kind wait for them.
func tasks(_ context.Context, h Happening, _ Person) (Words, error) {
	return Words{Letter: tasksLetter(*h.Tasks)}, nil
}

func tasksLetter(n orchestrator.TaskNews) Letter {
	var l Letter
	for _, c := range n.Counts {
		l.Count += int64(c.Count)
		days := int64(max(n.At.Sub(c.Oldest), 0) / (24 * time.Hour))
		l.Tasks = append(l.Tasks, mail.Waiting{Kind: string(c.Kind), Count: int64(c.Count), Days: days, Detail: n.Detail})
	}
	return l
}
