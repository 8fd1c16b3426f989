package orchestrator

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Act is a line of the audit log: what was done with a privilege, by whom and why.
// Lines are only ever added, and sealed like the history of deals.
type Act struct {
	ID          int64 // given by the store
	CommunityID int64
	// Actor is who did it: "operator:olga", "operator:key:0123456789abcdef" for a key
	// that names nobody, "command:root" for a command of this machine's user, "system".
	Actor     string
	Name      string // "transaction.refund", "fees.set", "key.revoke"
	Object    string // "transaction:12", "key:0123456789abcdef", "user:bea"
	Reason    string
	RequestID string
	Data      map[string]string // what was changed, without secrets
	At        time.Time         // UTC
	// Once is stored with the line as the answer to its key, so that the act is done once;
	// ErrKeyTaken: it was done before. Nil: there is no key.
	Once *Reply
}

// By says who does something with a privilege, and why.
type By struct {
	Actor     string // as in Act
	Reason    string
	RequestID string
	At        time.Time

	approval *Approval // that allows it; nil: none was needed
}

// Act is the line of the audit log for what is done.
func (b By) Act(community int64, name, object string, data map[string]string) Act {
	a := Act{
		CommunityID: community, Actor: b.Actor, Name: name, Object: object, Reason: b.Reason, RequestID: b.RequestID,
		Data: data, At: b.At.UTC().Truncate(time.Microsecond),
	}
	if b.approval != nil {
		if a.Data = maps.Clone(data); a.Data == nil {
			a.Data = map[string]string{}
		}
		b.approval.note(a.Data)
		a.Once = b.approval.done(a.At)
	}
	return a
}

// Auditor keeps the audit log. What is done in a deal is in its commits already.
type Auditor interface {
	// AddAct writes a line for something that is done elsewhere than in the store; it is
	// written first, so that nothing is done without its line.
	AddAct(ctx context.Context, a Act) error
	// Acts returns lines of a community's audit log, newest first.
	Acts(ctx context.Context, f ActFilter) ([]Act, error)
}

// ActFilter selects lines of a community's audit log, newest first.
type ActFilter struct {
	CommunityID int64
	Object      string // only about this object; empty: about all
	Actor, Name string // only of this actor, only acts of this name; empty: of all
	Since       time.Time
	Before      int64 // only ids below this one; 0: from the newest
	Limit       int   // at most this many; 1 to 100
}

// ObjectOf names a deal in the audit log.
func ObjectOf(transaction int64) string { return "transaction:" + strconv.FormatInt(transaction, 10) }

// audited is the line that a decision of staff writes in its own commit. The moves are those that the decision makes when it succeeds.
func audited(c Commit, o order, moves []process.Move) ([]Act, error) {
	tx := c.Transaction
	act := Act{
		CommunityID: tx.CommunityID, Actor: o.actor.String(), Name: "transaction." + string(c.Log.Transition), Object: ObjectOf(tx.ID),
		Reason: o.input["reason"], RequestID: c.Log.RequestID, At: c.Log.At,
		Data: map[string]string{"from": string(c.Log.From), "to": string(c.Log.To), "process": tx.Process},
	}
	if tx.Revision == 1 {
		act.Name, _, _ = strings.Cut(tx.Process, "@")
		act.Data["user"] = tx.Buyer
	}
	sum, err := moved(moves, tx.Price.Currency())
	if err != nil {
		return nil, err
	}
	if !sum.IsZero() {
		act.Data["amount"] = sum.String()
	}
	o.approval.note(act.Data)
	return []Act{act}, nil
}

// audit adds to a commit what the audit log has to say about it.
func (e *Engine) audit(ctx context.Context, c *Commit, tx Transaction, d process.Decision, o order) error {
	if o.actor.Kind != process.Staff {
		return nil
	}
	moves, err := e.would(tx, d, o.input)
	if err != nil {
		return err
	}
	if c.Acts, err = audited(*c, o, moves); err != nil {
		return err
	}
	return e.number(ctx, c.Acts)
}

// number gives lines of the audit log their ids.
func (e *Engine) number(ctx context.Context, acts []Act) error {
	for i := range acts {
		var err error
		if acts[i].ID, err = e.config.Store.NextID(ctx); err != nil {
			return fmt.Errorf("new id of an act: %w", err)
		}
	}
	return nil
}

// would is what a decision moves when it succeeds.
func (e *Engine) would(tx Transaction, d process.Decision, input map[string]string) ([]process.Move, error) {
	if d.Verb == "" {
		return d.Step.Moves, nil
	}
	p, err := e.processOf(tx)
	if err != nil {
		return nil, err
	}
	step, err := process.Conclude(p, d.Step.Deal, d.Rule, input, process.Succeeded, e.now())
	return step.Moves, err
}

// moved is how much money a decision brings from one owner to another.
func moved(moves []process.Move, c money.Currency) (money.Amount, error) {
	sum := money.New(0, c)
	for _, m := range moves {
		var err error
		if sum, err = sum.Add(m.Amount); err != nil {
			return sum, fmt.Errorf("what is moved: %w", err)
		}
	}
	return sum, nil
}
