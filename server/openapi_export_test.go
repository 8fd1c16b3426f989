package server

import (
	"maps"
	"slices"

	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/orchestrator"
)

type fees = Fees // embedded under its own name it would hide its method

type approvalStore = orchestrator.Approvals

// EveryRoute lists the routes of a server that has all parts.
func EveryRoute() []Route {
	s := &Server{Config: Config{
		Engine: &orchestrator.Engine{Config: orchestrator.Config{Guard: struct{ orchestrator.Guard }{}, Approvals: struct{ approvalStore }{}}}, Listings: &listings.Service{},
		Conversations: struct{ Conversations }{}, Fees: struct{ fees }{}, Letterheads: struct{ Letterheads }{}, StripePage: &StripePage{PublishableKey: "pk_test_page"}, Audit: struct{ orchestrator.Auditor }{}, Replies: struct{ Replies }{}, Exchange: &Exchange{Evidence: struct{ Evidence }{}},
	}}
	return s.routes()
}

// Spec describes them.
func Spec() []byte { return yaml(describe(EveryRoute())) }

// DescribedRoutes are the routes that the tables have a line for.
func DescribedRoutes() []string { return slices.Collect(maps.Keys(operations())) }
