package storetest

import (
	"slices"
	"testing"

	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator"
)

// testStanding: how a seller stands is told when it has changed, once, whoever sees it first, and of
// the account that they have.
func testStanding(t *testing.T, open func() Store) {
	s, ctx := open(), t.Context()
	account, err := s.SaveAccount(ctx, community, "sam", "stripe", "acct_1")
	must(t, err)
	l := orchestrator.SellerLink{CommunityID: community, UserID: "sam", Gateway: "stripe", AccountID: account}
	var all []string
	expect := func(what string, news ...events.Type) {
		t.Helper()
		for _, n := range news {
			all = append(all, string(n))
		}
		var got []string
		for _, e := range told(t, s, "seller.*") {
			if got = append(got, string(e.Type)); e.Object.Type != events.Seller || e.Object.ID != "sam" || member(t, e.Data, "gateway") != "stripe" {
				t.Errorf("%s is about %+v: %s", e.Type, e.Object, e.Data)
			}
		}
		if !slices.Equal(got, all) {
			t.Fatalf("%s: told %q, want %q", what, got, all)
		}
	}
	keep := func(status orchestrator.SellerStatus, l orchestrator.SellerLink) {
		t.Helper()
		for _, err := range atOnce(8, func(int) error { return s.KeepStanding(ctx, l, status, noon) }) {
			must(t, err)
		}
	}
	keep(orchestrator.SellerPending, l)
	expect("they wait for their first check")
	keep(orchestrator.SellerActive, l)
	expect("they are paid", events.SellerActivated)
	keep(orchestrator.SellerUnknown, l)
	keep(orchestrator.SellerActive, l)
	expect("the gateway did not answer meanwhile")
	for _, other := range []orchestrator.SellerLink{
		{CommunityID: community + 1, UserID: "sam", Gateway: "stripe", AccountID: account},
		{CommunityID: community, UserID: "sam", Gateway: "stripe", AccountID: "acct_0"},
		{CommunityID: community, UserID: "eve", Gateway: "stripe", AccountID: account},
	} {
		keep(orchestrator.SellerRejected, other)
	}
	expect("what is not their account")
	keep(orchestrator.SellerRestricted, l)
	expect("something is asked", events.SellerRestricted)
	keep(orchestrator.SellerActive, l)
	keep(orchestrator.SellerMissing, l)
	expect("they were paid, and then their account was gone", events.SellerActivated, events.SellerRestricted)
	keep(orchestrator.SellerRejected, l)
	expect("for good", events.SellerRejected)

	by := orchestrator.By{Actor: "operator:olga", Reason: "asked", At: noon}
	must(t, s.LinkAccount(ctx, l, by))
	keep(orchestrator.SellerRejected, l)
	expect("the same account is linked again", events.SellerLinked)
	l.AccountID = "acct_2"
	must(t, s.LinkAccount(ctx, l, by))
	keep(orchestrator.SellerRejected, l)
	expect("another account, and nothing is known of it", events.SellerLinked, events.SellerRejected)
}
