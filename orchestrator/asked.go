package orchestrator

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

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
	Outcome   *onDeal   `json:",omitempty"`
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
	// Outcome is what came of a refund, whose id was Operation when a second person was asked.
	Outcome, Operation string `json:",omitempty"`

	key      *Key      // nil: none
	approval *Approval // that allows it; nil: none was needed so far
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
	for _, on := range []**onDeal{&r.Clear, &r.TakeOver, &r.Outcome} {
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

// Details are what is asked for beside act, object and amount, so that nobody approves
// what they do not see: amounts of a step, the limits or the operators as they are to
// be, and who is added or removed. Empty once the approval has ended.
func (a Approval) Details() map[string]string {
	details := map[string]string{}
	r, err := decodeAsked(a.Request)
	switch {
	case len(a.Request) == 0 || err != nil:
	case r.Do != nil:
		for name, text := range r.Do.Input {
			if _, err := process.ParseMinor(text); err == nil {
				details[name] = text
			}
		}
	case r.Clear != nil && r.Clear.Attention != "":
		details["attention"] = r.Clear.Attention
	case r.TakeOver != nil && r.TakeOver.Attention != "":
		details["attention"] = r.TakeOver.Attention
	case r.Outcome != nil:
		details["outcome"] = r.Outcome.Outcome
	case r.Limits != nil:
		texts := make([]string, 0, len(*r.Limits))
		for _, c := range slices.Sorted(maps.Keys(*r.Limits)) {
			texts = append(texts, fmt.Sprintf("%s=%d", c, (*r.Limits)[c]))
		}
		details["limits"] = strings.Join(texts, ", ")
	case r.Operators != nil:
		details["operators"] = strings.Join(*r.Operators, ", ")
		if r.OperatorsBefore != nil {
			tellMissing(details, "added", *r.Operators, *r.OperatorsBefore)
			tellMissing(details, "removed", *r.OperatorsBefore, *r.Operators)
		}
	}
	return details
}

// tellMissing names those of a list that another one lacks, if there are any.
func tellMissing(details map[string]string, as string, names, others []string) {
	missing := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(others, name) })
	if len(missing) > 0 {
		details[as] = strings.Join(missing, ", ")
	}
}

// AskedLimits are the limits that are asked for; nil: it asks for none, or has ended.
func (a Approval) AskedLimits() Limits {
	r, err := decodeAsked(a.Request)
	if err != nil || r.Limits == nil {
		return nil
	}
	return *r.Limits
}

// line is what the audit log says of an approval.
func (a Approval) line(by By, what string) Act {
	data := map[string]string{"act": a.Act, "object": a.Object, "asked_by": a.AskedBy}
	for name, text := range a.Details() {
		data["asked_"+name] = text
	}
	if !a.Amount.IsZero() {
		data["amount"] = a.Amount.String()
	}
	if a.Outcome != "" {
		data["outcome"] = string(a.Outcome)
	}
	if a.DecidedBy != "" {
		data["decided_by"] = a.DecidedBy
	}
	return by.Act(a.CommunityID, "approval."+what, ObjectOfApproval(a.ID), data)
}

// order is who asked for what, carried through a decision to its commits.
type order struct {
	actor     process.Actor
	input     map[string]string
	requestID string
	key       *Key
	reserve   []Reservation
	message   string
	due       time.Time // of the timer that asks
	began     time.Time // by a stopwatch: the engine's clock may be moved meanwhile
	asked     asked     // as it is kept for a second person
	approval  *Approval // that allows it; nil: none was needed so far
}

func newOrder(a process.Actor, input map[string]string, requestID string, k *Key) order {
	return order{actor: a, input: input, requestID: requestID, key: k, began: time.Now()}
}
