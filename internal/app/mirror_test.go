package app

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator/gateway"
)

// What a gateway keeps of a listing: its text, else its title; face to face its deposit.
func TestGoods(t *testing.T) {
	posted := listings.Listing{
		ID: 7, CommunityID: 1, Author: "sam", RemoteID: "9", Model: listings.Online, Kind: listings.SingleUse, Title: "Old city bike", Description: "  ",
		Pricing: listings.Pricing{Price: money.New(5000, "EUR")},
	}
	handed := posted
	handed.Model, handed.Kind, handed.Description, handed.Deposit, handed.SkipRemainder = listings.FaceToFace, listings.MultiUse, "A bell is missing", money.New(500, "EUR"), true
	for _, tc := range []struct {
		listing listings.Listing
		want    gateway.Goods
	}{
		{posted, gateway.Goods{CommunityID: 1, Seller: "sam", RemoteID: "9", Text: "Old city bike", Price: money.New(5000, "EUR")}},
		{handed, gateway.Goods{
			CommunityID: 1, Seller: "sam", RemoteID: "9", Text: "A bell is missing", MultiUse: true, FaceToFace: true, SkipRemainder: true, Price: money.New(500, "EUR"),
		}},
	} {
		if diff := cmp.Diff(tc.want, goods(tc.listing), cmp.Comparer(func(a, b money.Amount) bool { return a == b })); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}
