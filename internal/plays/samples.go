package plays

import (
	"context"
	"errors"
	"fmt"

	"github.com/handsel-dev/handsel/orchestrator/process/escrow"
	"github.com/handsel-dev/handsel/orchestrator/process/settlement"
)

// samples are what a new world is filled with: each stands somewhere else, and none moves the clock.
func samples() [][]step {
	parcel := func(title string, cents int) parcel { return parcels(goods{title, cents}) }
	sold := then(taken(goods{"Record player", 9500}), takes("Bea confirms", buyer, settlement.Complete, ""),
		ofDeal("Bea rates Sam", buyer, "/reviews", `{"reviewer_id":"bea","rating":5,"content":"Plays like new."}`))
	asked := then(parcel("Tent for four", 14000).joined, ofDeal("Bea writes", buyer, "/messages", `{"sender_id":"bea","content":"Are all the pegs there?"}`))
	told := []step{comeIn, posts, orders, ofOrder("Bea says that she has paid", buying, "confirm-paid", "")}
	return [][]step{
		{goods{"City bike, seven gears", 12000}.listed("New brakes, one scratch.", 3)},
		{goods{"Garden table of oak", 26000}.listed("Seats six.", 1)},
		sold,
		reserved(goods{"Leather armchair", 18000}),
		parcel("Camera with two lenses", 42000).paid,
		parcel("Electric guitar", 31000).complained,
		then(taken(goods{"Coffee machine", 21000}), cancels),
		asked,
		then(parcel("Board games", 4500).joined, takes("Bea cancels", buyer, escrow.Cancel, "")),
		{comeIn, posts},
		told,
		then(told, ofOrder("Sam calls an operator", selling, "call-operator", `{"reason":"Only a part has come in."}`)),
	}
}

// Fill gives a new world something to show: listings, ads, orders and deals, each in another state. What could not be made
// is named, and the rest is there.
func Fill(ctx context.Context, at Target) error {
	var errs []error
	for i, steps := range samples() {
		one := at
		one.Run = fmt.Sprint(at.Run, "-", i)
		p, err := one.begin(ctx)
		if err == nil {
			err = p.run(steps, func(Happened) {})
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("sample %d: %w", i+1, err))
		}
	}
	return errors.Join(errs...)
}
