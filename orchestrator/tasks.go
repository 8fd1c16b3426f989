package orchestrator

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/handsel-dev/handsel/orchestrator/process"
)

// TaskKind is why something needs a person.
type TaskKind string

// The kinds of tasks.
const (
	TaskAccountOnHold   TaskKind = "account_on_hold"   // its balance and the ledger contradict each other
	TaskApproval        TaskKind = "approval"          // staff asked for something above the limit
	TaskChainBroken     TaskKind = "chain_broken"      // sealed history was changed
	TaskCommunityOnHold TaskKind = "community_on_hold" // nothing is paid in it
	TaskDifference      TaskKind = "difference"        // a comparison with a gateway found it
	TaskDispute         TaskKind = "dispute"           // the payer's bank, or an operator, decides
	TaskEndpointDead    TaskKind = "endpoint_dead"     // a marketplace's own program gets no events any longer
	TaskHoldExpires     TaskKind = "hold_expires"      // money that is reserved at a gateway lapses within 48 hours
	TaskMailDead        TaskKind = "mail_dead"         // an e-mail was given up
	TaskMessageDead     TaskKind = "message_dead"      // a gateway's message could not be applied
	TaskMoneyWaits      TaskKind = "money_waits"       // money rests in a deal that only a person, or the gateway, ends
	TaskOnHold          TaskKind = "on_hold"           // a deal is on hold
	TaskOperationOpen   TaskKind = "operation_open"    // an operation has not ended for an hour
	TaskOutcomeUnknown  TaskKind = "outcome_unknown"   // it is not known for an hour what came of an operation
	TaskPayoutFailed    TaskKind = "payout_failed"     // a seller's bank has refused or returned a payout
	TaskSellerDebt      TaskKind = "seller_debt"       // a seller owes what went back to a payer
	TaskStepRefused     TaskKind = "step_refused"      // a step that is due is refused again and again
	TaskStray           TaskKind = "stray_payment"     // a payment belongs to no deal
	TaskTimerOverdue    TaskKind = "timer_overdue"     // a timer was not fired for ten minutes
)

// Task is one thing that needs a person. It stands in the rows of truth: only who
// looks after it, and that a person is done with it, is noted beside them.
type Task struct {
	Kind          TaskKind
	CommunityID   int64  // 0: of the whole installation
	Subject       string // names it within its kind and community
	TransactionID int64  // 0: it is about no deal
	Object        string // account, payment or user that it is about, if any
	Detail        string
	Owner         string // operator's name; empty: nobody
	Since         time.Time
	Due           time.Time // when it is too late; zero: never
}

// ID names a task in its community.
func (t Task) ID() string { return string(t.Kind) + "/" + t.Subject }

// TaskAdvice is what to do about the tasks of a kind.
type TaskAdvice struct {
	Next  string // for people
	Route string // that does it; {id} is the deal's, {approval} the approval's
	// Word tells that a person's word ends such a task. All others end when their cause does.
	Word bool
}

// adviceOf names for each kind what ends its tasks.
var adviceOf = map[TaskKind]TaskAdvice{
	TaskAccountOnHold:   {"compare the account's balance with its postings, then end the hold; the balance becomes the sum of the postings", "POST /v1/operator/holds/end", false},
	TaskApproval:        {"an operator who did not ask for it approves or rejects it before the due time; an approved act is done within two minutes", "POST /v1/operator/approvals/{approval}/approve", false},
	TaskChainBroken:     {"run handsel doctor, find out who changed the row that it names, then end the hold", "POST /v1/operator/holds/end", false},
	TaskCommunityOnHold: {"find out why the books do not add up, then end the hold", "POST /v1/operator/holds/end", false},
	TaskDifference:      {"find out which side is right and correct the other; the next comparison shows whether it is gone", "GET /v1/transactions/{id}/explain", true},
	TaskDispute:         {"send evidence to the gateway before the due time, or decide the dispute", "GET /v1/transactions/{id}/explain", false},
	TaskEndpointDead:    {"mend the receiver or the endpoint's address, enable the endpoint, and replay what it has missed", "GET /v1/webhook-endpoints", false},
	TaskHoldExpires:     {"capture the money or cancel the deal before the due time; the gateway cancels the reservation then, and nothing can be captured", "POST /v1/transactions/{id}/transitions/{transition}", false},
	TaskMailDead:        {"check the address and the mail server, and tell the user in another way", "GET /v1/transactions/{id}", true},
	TaskMessageDead:     {"look the payment up at the gateway; refresh the deal that it belongs to", "POST /v1/transactions/{id}/refresh", true},
	TaskMoneyWaits:      {"decide who gets the money: refund, dismiss or split; where the gateway decides, ask it", "POST /v1/transactions/{id}/transitions/{transition}", false},
	TaskOnHold:          {"find out which side is right; take over the gateway's sums or correct them there, and clear the deal when both sides are equal", "POST /v1/operator/transactions/{id}/clear", false},
	TaskOperationOpen:   {"check at the gateway whether it was carried out; refresh the deal to look it up now", "POST /v1/transactions/{id}/refresh", false},
	TaskOutcomeUnknown:  {"check at the gateway whether it was carried out; it is looked up automatically, refresh the deal to look it up now. Of a refund that the gateway cannot show, tell its outcome: POST /v1/operator/transactions/{id}/outcome", "POST /v1/transactions/{id}/refresh", false},
	TaskPayoutFailed:    {"the money is back in the seller's account at the gateway; the seller has to give another bank account there; an e-mail has asked them to", "GET /v1/sellers/{user_id}", true},
	TaskSellerDebt:      {"ask the seller to pay it back; what they are paid next is kept until the debt is paid. Say that it is done when nobody expects it any longer", "GET /v1/sellers/{user_id}", true},
	TaskStepRefused:     {"remove the cause of the refusal, such as an account that is closed, or cancel the deal and give the money back", "GET /v1/transactions/{id}/timeline", false},
	TaskStray:           {"refund the payment at the gateway; it leaves this list when the gateway shows that", "POST /v1/transactions/{id}/refresh", false},
	TaskTimerOverdue:    {"see whether the server runs, reaches its gateways and is not in recovery: it fires the timer then", "GET /v1/transactions/{id}/timeline", false},
}

// Advice is what to do about a task.
func (t Task) Advice() TaskAdvice { return adviceOf[t.Kind] }

// TaskKinds are all kinds in order.
func TaskKinds() []TaskKind { return slices.Sorted(maps.Keys(adviceOf)) }

// TaskFilter selects tasks, oldest first. Zero fields do not filter.
type TaskFilter struct {
	CommunityID int64 // required; what belongs to no community shows where there is only one
	Kind        TaskKind
	ID          string // only this one
	Owner       string
	Unowned     bool      // only those that nobody looks after
	Until       time.Time // only those since this time or longer
	After       *Task     // only those behind this one; its Since, Kind and Subject count
	Limit       int       // at most this many; 1 to 100
	Rules       TaskRules // filled in by the engine
}

// TaskRules are what the processes say about what needs a person.
type TaskRules struct {
	OpenEnded []process.State     // states that only a person or the gateway ends
	Refused   []process.TimerName // timers that take a step
	Late      time.Time           // operations begun before have been open for too long
	Overdue   time.Time           // timers that were to fire before are overdue
	Soon      time.Time           // reservations that lapse before are at risk
	Now       time.Time
}

// TaskCount is how many tasks of a kind there are, at most MaxTaskCount.
type TaskCount struct {
	Kind   TaskKind
	Count  int
	Oldest time.Time
}

// MaxTaskCount is where counting ends.
const MaxTaskCount = 1000

// TaskNote is what a person said about a task.
type TaskNote struct {
	Task  Task
	Owner string
	Done  bool
	By    By
}

// TaskList finds what needs a person. Implementations are safe for concurrent use.
type TaskList interface {
	// Tasks lists tasks of a community, oldest first.
	Tasks(ctx context.Context, f TaskFilter) ([]Task, error)
	// CountTasks counts the tasks of a community or, with 0, of all, by kind.
	CountTasks(ctx context.Context, community int64, rules TaskRules) ([]TaskCount, error)
	// NoteTask stores who looks after a task, or that a person is done with it, with the
	// line of the audit log.
	NoteTask(ctx context.Context, n TaskNote) error
}

// How long after its time a timer is overdue, and how long before its end a reservation is at risk.
const (
	longDue    = 10 * time.Minute
	soonLapsed = 48 * time.Hour
)

// TaskRulesOf reads the rules off the processes.
func TaskRulesOf(r *process.Registry, now time.Time) TaskRules {
	rules := TaskRules{Now: now, Late: now.Add(-longOpen), Overdue: now.Add(-longDue), Soon: now.Add(soonLapsed)}
	for _, name := range r.Names() {
		p, err := r.Find(name)
		if err != nil {
			continue
		}
		for _, s := range p.States {
			if s.OpenEnded != "" && !slices.Contains(rules.OpenEnded, s.Name) {
				rules.OpenEnded = append(rules.OpenEnded, s.Name)
			}
		}
		for _, t := range p.Timers {
			if t.Then != "" && !slices.Contains(rules.Refused, t.Name) {
				rules.Refused = append(rules.Refused, t.Name)
			}
		}
	}
	return rules
}

// heldKinds are the tasks that operators hear of at once: nothing is paid until they
// act, and no event of a deal tells of them.
var heldKinds = []TaskKind{TaskAccountOnHold, TaskChainBroken, TaskCommunityOnHold}
