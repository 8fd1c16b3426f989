package orchestrator

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// asked is a request of staff as it is kept until a second person has approved it:
// one of its members is set.
type asked struct {
	Create    *CreateInput `json:",omitempty"`
	UnitPrice int64        `json:",omitempty"` // of Create, in minor units
	Currency  money.Currency
	Do        *DoInput  `json:",omitempty"`
	Clear     *onDeal   `json:",omitempty"`
	TakeOver  *onDeal   `json:",omitempty"`
	EndHold   *Hold     `json:",omitempty"`
	Limits    *Limits   `json:",omitempty"`
	Operators *[]string `json:",omitempty"`
	// What Limits or Operators were to replace.
	LimitsBefore    *Limits   `json:",omitempty"`
	OperatorsBefore *[]string `json:",omitempty"`
	// Actor is who asked. The act is done in their name.
	Actor process.Actor
}

// onDeal is what staff does to a deal beside the rules of its process.
type onDeal struct {
	CommunityID, TransactionID int64
	Actor                      process.Actor
	Reason, RequestID          string
	// Attention is why the deal was on hold when a second person was asked.
	Attention string `json:",omitempty"`

	key      *Key      // nil: none
	approval *Approval // that allows it; nil: none was needed so far
}

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
	var reply *Reply
	if s.key == nil || s.key.Hold == nil {
		sum := sha256.Sum256([]byte(a.AskedBy + "\x00" + a.Act + "\x00" + a.Object + "\x00" + string(a.Request)))
		a.Same = "same:" + hex.EncodeToString(sum[:])
	} else {
		a.Same = ObjectOfApproval(a.ID)
		status, body := s.key.Hold(a)
		reply = &Reply{Scope: s.key.Scope, Key: s.key.Value, Hash: s.key.Hash, CommunityID: s.community, TransactionID: s.deal, Status: status, Body: body, At: now}
	}
	by := By{Actor: a.AskedBy, Reason: a.Reason, RequestID: a.RequestID, At: now}
	if a, err = e.config.Store.AskApproval(ctx, a, reply, a.line(by, "ask")); err != nil {
		return err
	}
	return &AwaitsApproval{a}
}

// encode is the request without what belongs to the moment: two requests for the same
// are equal.
func (r asked) encode() ([]byte, error) {
	if r.Create != nil {
		in := *r.Create
		in.Key, in.RequestID = nil, ""
		r.UnitPrice, r.Currency, r.Create = in.UnitPrice.Minor(), in.UnitPrice.Currency(), &in
	}
	if r.Do != nil {
		in := *r.Do
		in.Key, in.RequestID = nil, ""
		r.Do = &in
	}
	for _, on := range []**onDeal{&r.Clear, &r.TakeOver} {
		if *on != nil {
			in := **on
			in.RequestID = ""
			*on = &in
		}
	}
	body, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("keep the request: %w", err)
	}
	return body, nil
}

func decodeAsked(body []byte) (asked, error) {
	var r asked
	if err := json.Unmarshal(body, &r); err != nil {
		return r, fmt.Errorf("kept request: %w", err)
	}
	if r.Create != nil {
		r.Create.UnitPrice = money.New(r.UnitPrice, r.Currency)
	}
	return r, nil
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
// money back and reports it later, such as a cancelled deposit, it is what the deal holds.
func stake(tx Transaction, v process.Verb, steps []process.Step) (money.Amount, error) {
	amount, err := atStake(steps, tx.Price.Currency())
	if err == nil && v != "" && amount.IsZero() {
		amount = tx.rests()
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

// EndHold lets go what is on hold. Balance and postings contradict each other then, so
// that no sum says how much it is: where there are limits it needs a second person (AwaitsApproval). Faults
// are those of Guard.EndHold, and reason_missing.
func (e *Engine) EndHold(ctx context.Context, h Hold, a process.Actor, by By) error {
	if err := reasoned(a, by.Reason); err != nil {
		return err
	}
	s := second{
		community: h.CommunityID, line: by.Act(h.CommunityID, "hold.end", h.Object(), nil), always: true,
		request: asked{EndHold: &h, Actor: a}, approval: by.approval,
	}
	if err := e.secondPerson(ctx, s); err != nil {
		return err
	}
	return e.config.Store.EndHold(ctx, h, by)
}

// SaveLimits replaces a community's limits. Once it has limits, what loosens them needs
// a second person (AwaitsApproval).
func (e *Engine) SaveLimits(ctx context.Context, community int64, l Limits, a process.Actor, by By) error {
	if err := errors.Join(l.Validate(), reasoned(a, by.Reason)); err != nil {
		return err
	}
	before, err := e.config.Store.ApprovalLimits(ctx, community)
	if err != nil {
		return err
	}
	if before.loosen(l) {
		err := e.secondPerson(ctx, second{community: community, line: by.Act(community, "limits.set", community64(community), nil), always: true, request: asked{Limits: &l, LimitsBefore: &before, Actor: a}})
		if err != nil {
			return err
		}
	}
	return e.config.Store.SaveApprovalLimits(ctx, community, l, by)
}

// SaveOperators replaces a community's list of operators. Once it has limits and a list,
// a name that is added and the end of the list need a second person (AwaitsApproval).
// Faults: invalid_operators, reason_missing, and those of the store.
func (e *Engine) SaveOperators(ctx context.Context, community int64, names []string, a process.Actor, by By) error {
	if err := errors.Join(CheckOperators(names), reasoned(a, by.Reason)); err != nil {
		return err
	}
	names = append([]string{}, names...)
	before, err := e.config.Store.Operators(ctx, community)
	if err != nil {
		return err
	}
	if len(before) > 0 && (len(names) == 0 || !within(names, before)) {
		err := e.secondPerson(ctx, second{community: community, line: by.Act(community, "operators.set", community64(community), nil), always: true, request: asked{Operators: &names, OperatorsBefore: &before, Actor: a}})
		if err != nil {
			return err
		}
	}
	return e.config.Store.SaveOperators(ctx, community, names, by)
}

func community64(id int64) string { return fmt.Sprintf("community:%d", id) }

func within(names, all []string) bool {
	known := map[string]bool{}
	for _, name := range all {
		known[name] = true
	}
	for _, name := range names {
		if !known[name] {
			return false
		}
	}
	return true
}

// MaxOperators bounds a community's list, and maxOperator the bytes of a name.
const (
	MaxOperators = 500
	maxOperator  = 128
)

// CheckOperators is a fault invalid_operators that names what is wrong with a list.
func CheckOperators(names []string) error {
	if len(names) > MaxOperators {
		return fault.New(fault.Invalid, "invalid_operators", "a community may have at most %d operators", MaxOperators).With("field", "operators")
	}
	seen := map[string]bool{}
	for _, name := range names {
		switch folded := strings.ToLower(name); {
		case name == "" || len(name) > maxOperator || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' }):
			return fault.New(fault.Invalid, "invalid_operators", "the name of an operator is 1 to %d visible ASCII characters without spaces", maxOperator).With("field", "operators")
		case strings.HasPrefix(folded, ByItself):
			return fault.New(fault.Invalid, "invalid_operators", "the name of an operator must not begin with %q: that is how API keys are named", ByItself).With("field", "operators")
		case seen[folded]:
			return fault.New(fault.Invalid, "invalid_operators", "two operators must not have names that differ only in case").With("field", "operators")
		default:
			seen[folded] = true
		}
	}
	return nil
}

// saysWhy refuses a step without what its rule takes from this actor in particular: Decide
// has asked for what it takes from everybody.
func saysWhy(r process.Rule, a process.Actor, input map[string]string) error {
	for _, in := range r.InputsFor(a) {
		if in.Required && strings.TrimSpace(input[in.Name]) == "" {
			return reasoned(a, "")
		}
	}
	return nil
}

// reasoned refuses a person of the staff who does not say why.
func reasoned(a process.Actor, reason string) error {
	if a.Person() && strings.TrimSpace(reason) == "" {
		return fault.New(fault.Invalid, process.ReasonMissing, "give a reason; the audit log keeps it").With("field", "reason")
	}
	return nil
}
