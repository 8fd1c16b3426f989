package events_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator/catalog"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// Everything that a process can write into the outbox has a name in the catalogue, and
// whatever the catalogue names can happen.
func TestCatalogue_isComplete(t *testing.T) {
	t.Parallel()
	kinds := map[events.Type]events.Kind{}
	steps := map[process.Transition]bool{}
	for _, k := range events.Catalogue() {
		if _, twice := kinds[k.Name]; twice {
			t.Errorf("%s is listed twice", k.Name)
		}
		kinds[k.Name] = k
		for _, s := range k.Transitions {
			if steps[s] {
				t.Errorf("two events stand for %s", s)
			}
			steps[s] = true
		}
	}
	happens := map[events.Type]bool{events.ReviewPosted: true, events.ListingCreated: true, events.ListingChanged: true, events.ListingDeleted: true, events.ListingSoldOut: true, events.AdCreated: true, events.AdChanged: true, events.AdClosed: true,
		events.SellerLinked: true, events.SellerUnlinked: true, events.TransactionLabelsChanged: true, events.SellerLabelsChanged: true, events.DifferenceFound: true, events.DifferenceResolved: true, events.SellerActivated: true, events.SellerRestricted: true, events.SellerRejected: true, events.EndpointFailing: true, events.EndpointDisabled: true, events.EndpointTest: true, events.AlertOnHold: true, events.TransactionTransitioned: true, events.MessageSent: true, events.ReviewMissing: true, events.TaskOpened: true, events.PayoutPaid: true, events.PayoutFailed: true}
	taken := map[process.Transition]bool{}
	for _, p := range catalog.All() {
		for kind, steps := range events.Emitted(p) {
			if p.Name == "p2p_order" && len(steps) > 0 {
				continue
			}
			happens[kind] = true
			if _, known := kinds[kind]; !known {
				t.Errorf("%s writes %s, which the catalogue does not have", p.Name, kind)
			}
		}
		for _, r := range p.Rules {
			if p.Name == "p2p_order" {
				taken[r.Name] = true
				if !steps[r.Name] {
					t.Errorf("no event stands for %s of an order", r.Name)
				}
			}
		}
	}
	for name, k := range kinds {
		if len(k.Transitions) == 0 && !happens[name] {
			t.Errorf("%s can never happen", name)
		}
		for _, s := range k.Transitions {
			if !taken[s] {
				t.Errorf("%s stands for %s, which no order has", name, s)
			}
		}
	}
}

// Each event says what it means, is named for a thing and what became of it, and its
// example has fields that are described.
func TestCatalogue_says(t *testing.T) {
	t.Parallel()
	good := regexp.MustCompile(`^[a-z_]+\.[a-z0-9_]+$`)
	for _, k := range events.Catalogue() {
		if !good.MatchString(string(k.Name)) || k.Means == "" || k.Since == "" || k.Source == "" || strings.HasSuffix(k.Means, ".") {
			t.Errorf("%+v says too little, or has no good name", k)
		}
		var data map[string]any
		if err := json.Unmarshal([]byte(k.Example()), &data); err != nil || len(data) == 0 {
			t.Errorf("the example of %s: %v", k.Name, err)
		}
		for _, f := range k.Source.Fields() {
			if v, has := data[f.Name]; !has || v == "" && f.Name != "from" {
				t.Errorf("the example of %s says nothing of %s", k.Name, f.Name)
			}
			delete(data, f.Name)
		}
		if len(data) > 0 {
			t.Errorf("the example of %s has members that nothing describes: %v", k.Name, data)
		}
	}
}
