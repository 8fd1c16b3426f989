package orchestrator

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// second is an act that may need a second person.
type second struct {
	community int64
	line      Act          // what the audit log will say of it, the reason included
	deal      int64        // 0: none yet
	amount    money.Amount // what it moves or lets go
	always    bool         // it is no amount that matters: every limit asks for two
	request   asked
	key       *Key
	approval  *Approval
	check     func() error // refuses what would be refused later, too; nil: nothing
}

// secondPerson keeps an act of staff above the community's limit for a second person
// and answers AwaitsApproval, or is nil when the act may be done.
func (e *Engine) secondPerson(ctx context.Context, s second) error {
	if s.approval != nil {
		return s.covered()
	}
	if above, err := e.aboveLimit(ctx, s); err != nil || !above {
		return err
	}
	if s.check != nil {
		if err := s.check(); err != nil {
			return err
		}
	}
	return e.askSecond(ctx, s)
}

// aboveLimit reports whether an act of staff needs a second person.
func (e *Engine) aboveLimit(ctx context.Context, s second) (bool, error) {
	limits, err := e.config.Store.ApprovalLimits(ctx, s.community)
	if err != nil || len(limits) == 0 {
		return false, err
	}
	most, limited := limits[s.amount.Currency()]
	return s.always || limited && s.amount.Minor() > most, nil
}

// covered refuses an approved act that would do more by now than was approved.
func (s second) covered() error {
	if most := s.approval.Amount; !s.always && (s.amount.Currency() != most.Currency() || s.amount.Minor() > most.Minor()) {
		return outdated("it would move %s by now, and %s were approved", s.amount, most)
	}
	return nil
}

// outdated is the refusal of an act that is no longer what was approved.
func outdated(why string, args ...any) error {
	return fault.New(fault.Conflict, "approval_outdated", "the act is no longer what was approved: %s; nothing was done, ask for it again", fmt.Sprintf(why, args...))
}

func (e *Engine) askSecond(ctx context.Context, s second) error {
	now := e.now()
	a := Approval{
		CommunityID: s.community, Status: ApprovalWaiting, Act: s.line.Name, Object: s.line.Object, TransactionID: s.deal, Amount: s.amount,
		AskedBy: s.line.Actor, Reason: s.line.Reason, RequestID: s.line.RequestID, AskedAt: now, ExpiresAt: now.Add(ApprovalTime),
	}
	var err error
	if a.Request, err = s.request.encode(); err != nil {
		return err
	}
	if a.ID, err = e.config.Store.NextID(ctx); err != nil {
		return fmt.Errorf("new id of an approval: %w", err)
	}
	var reply *idempotency.Reply
	if s.key == nil || s.key.Hold == nil {
		sum := sha256.Sum256([]byte(a.AskedBy + "\x00" + a.Act + "\x00" + a.Object + "\x00" + string(a.Request)))
		a.Same = "same:" + hex.EncodeToString(sum[:])
	} else {
		a.Same = ObjectOfApproval(a.ID)
		status, body := s.key.Hold(a)
		reply = new(s.key.For(idempotency.Reply{CommunityID: s.community, TransactionID: s.deal, Status: status, Body: body, At: now}))
	}
	by := By{Actor: a.AskedBy, Reason: a.Reason, RequestID: a.RequestID, At: now}
	if a, err = e.config.Store.AskApproval(ctx, a, reply, a.line(by, "ask")); err != nil {
		return err
	}
	return &AwaitsApproval{a}
}

// twoOf asks for a second person for what a decision of staff does, and what follows
// it at once.
func (e *Engine) twoOf(ctx context.Context, tx Transaction, c Commit, d process.Decision, o order) error {
	if o.actor.Kind != process.Staff || len(c.Acts) == 0 {
		return nil
	}
	p, err := e.processOf(tx)
	if err != nil {
		return err
	}
	steps, err := process.Foresee(p, d, process.Command{Transition: d.Rule.Name, Actor: o.actor, Input: o.input, AtOnce: e.kind(tx.Gateway).Own()}, e.now())
	if err != nil {
		return err
	}
	amount, err := stake(tx, d.Verb, steps)
	if err != nil {
		return err
	}
	s := second{community: tx.CommunityID, line: c.Acts[0], amount: amount, request: o.asked, key: o.key, approval: o.approval}
	s.check = func() error { return e.wouldApply(ctx, c) }
	s.line.Object = ObjectOf(tx.ID)
	if s.deal = tx.ID; tx.Revision == 0 {
		s.deal, s.line.Object = 0, "user:"+tx.Buyer // the deal is opened when it is approved
	}
	return e.secondPerson(ctx, s)
}

// wouldWait reports whether what staff does in a deal needs a second person.
func (e *Engine) wouldWait(ctx context.Context, tx Transaction, v process.Verb, steps []process.Step, a process.Actor) (bool, error) {
	if a.Kind != process.Staff {
		return false, nil
	}
	amount, err := stake(tx, v, steps)
	if err != nil {
		return false, err
	}
	return e.aboveLimit(ctx, second{community: tx.CommunityID, amount: amount})
}

// stake is what a step of staff moves with what follows it. Where the gateway gives the
// money back and reports it later, such as a cancelled deposit, it is what the deal holds. What
// went back to the payer before counts with what goes back now: several parts below the limit are
// no way around it.
func stake(tx Transaction, v process.Verb, steps []process.Step) (money.Amount, error) {
	amount, err := atStake(steps, tx.Price.Currency())
	if err == nil && v != "" && amount.IsZero() {
		amount = tx.rests()
	}
	if len(steps) == 0 {
		return amount, err
	}
	if back := steps[len(steps)-1].Deal.Funds.Refunded; back > tx.Funds.Refunded && back > amount.Minor() {
		amount = money.New(back, tx.Price.Currency())
	}
	return amount, err
}

// atStake is the largest sum that leaves one pocket.
func atStake(steps []process.Step, c money.Currency) (money.Amount, error) {
	sums, most := map[process.Pocket]money.Amount{}, money.New(0, c)
	for _, s := range steps {
		for _, m := range s.Moves {
			sum, known := sums[m.From]
			if !known {
				sum = money.New(0, c)
			}
			sum, err := sum.Add(m.Amount)
			if err != nil {
				return most, fmt.Errorf("what is moved: %w", err)
			}
			if sums[m.From] = sum; sum.Minor() > most.Minor() {
				most = sum
			}
		}
	}
	return most, nil
}

// rests is what a deal holds: what can move once it is let go.
func (tx Transaction) rests() money.Amount {
	return money.New(tx.Funds.Held+tx.Funds.Authorized, tx.Price.Currency())
}
