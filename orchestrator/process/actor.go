package process

import (
	"slices"
	"strings"

	"github.com/handsel-dev/handsel/fault"
)

// ActorKind is what kind of party sends a command.
type ActorKind string

// The kinds of actor. A backend is the marketplace's own server acting with its
// API key alone: it may act for either side, but never as gateway, timer or operator.
const (
	User       ActorKind = "user"
	Backend    ActorKind = "backend"
	Staff      ActorKind = "operator"
	AtGateway  ActorKind = "gateway"
	OfSchedule ActorKind = "timer"
)

// Actor is who sends a command. ID is the user id of a User or Staff actor.
type Actor struct {
	Kind ActorKind
	ID   string
}

// String is the actor as the log shows it.
func (a Actor) String() string {
	if a.ID == "" {
		return string(a.Kind)
	}
	return string(a.Kind) + ":" + a.ID
}

var sides = []Role{Starter, Author, Buyer, Seller}

// roles lists the roles that the actor has in the deal.
func (a Actor) roles(d Deal) []Role {
	switch a.Kind {
	case Backend:
		return sides
	case Staff:
		return []Role{Operator}
	case AtGateway:
		return []Role{Gateway}
	case OfSchedule:
		return []Role{Clock}
	case User:
		return userRoles(a.ID, d)
	}
	return nil
}

func userRoles(id string, d Deal) []Role {
	var roles []Role
	for _, side := range []struct {
		id   string
		role Role
	}{{d.Buyer, Buyer}, {d.Seller, Seller}, {d.Starter, Starter}, {d.Author, Author}} {
		if id != "" && id == side.id {
			roles = append(roles, side.role)
		}
	}
	if len(roles) == 0 {
		return []Role{Joiner}
	}
	return roles
}

// Sees reports whether the actor may know that the deal exists: its parties and
// everybody who is not a mere user. A stranger gets the same answer as for a
// transaction that does not exist.
func (a Actor) Sees(d Deal) bool {
	return a.Kind != User || !slices.Contains(userRoles(a.ID, d), Joiner)
}

// Impartial refuses an operator who is a party of the deal: nobody decides in
// their own case. Fault: operator_is_party.
func Impartial(a Actor, d Deal) error {
	if a.Kind == Staff && !slices.Contains(userRoles(a.ID, d), Joiner) {
		return fault.New(fault.Forbidden, ReasonOperatorIsParty, "an operator cannot act in a deal of which they are a party")
	}
	return nil
}

func (a Actor) may(r Rule, d Deal) bool {
	return slices.ContainsFunc(a.roles(d), r.allows)
}

// ByItself begins the id of a staff actor that is an API key and no person.
const ByItself = "key:"

// Person reports whether a person of the staff acts, who has to give a reason.
func (a Actor) Person() bool { return a.Kind == Staff && !strings.HasPrefix(a.ID, ByItself) }
