package orchestrator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

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
// Nobody takes themselves off. Faults: invalid_operators, reason_missing, and those of the store.
func (e *Engine) SaveOperators(ctx context.Context, community int64, names []string, a process.Actor, by By) error {
	if err := errors.Join(CheckOperators(names), reasoned(a, by.Reason), staysOn(names, a)); err != nil {
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

// staysOn refuses a list that locks out who makes it. Without a list nobody is locked out, and a key acts without a name.
func staysOn(names []string, a process.Actor) error {
	if !a.Person() || len(names) == 0 || slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, a.ID) }) {
		return nil
	}
	return fault.New(fault.Invalid, "invalid_operators", "with this list you could no longer act as staff; put your own name, %s, on it first, or have another operator take you off", a.ID).With("field", "operators")
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

// CheckOperator is a fault unknown_operator for a name that is not on a community's
// list, unless the community has no list and nobody has to be on it.
func (e *Engine) CheckOperator(ctx context.Context, community int64, name string, must bool) error {
	names, err := e.config.Store.Operators(ctx, community)
	if err != nil || len(names) == 0 && !must {
		return err
	}
	for _, listed := range names {
		if strings.EqualFold(listed, name) {
			return nil
		}
	}
	return UnknownOperator()
}
