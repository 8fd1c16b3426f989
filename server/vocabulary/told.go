package vocabulary

import (
	"encoding/json"
	"reflect"

	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/server/web"
)

// names are schemas whose types are called otherwise.
var names = map[string]string{"Shown": "Event", "ShownObject": "EventObject"}

// data are the names of what events of a source have.
var data = map[events.Source]string{
	events.Stepped: "StepData", events.Any: "StepData", events.Noticed: "AlarmData", events.Said: "MessageData",
	events.Reminded: "ReminderData", events.Counted: "TasksData", events.Banked: "BankPayoutData", events.Watched: "WebhookEndpointData",
	events.Reviewed: "ReviewData", events.Listed: "ListingData", events.Advertised: "AdData", events.Linked: "SellerAccountData",
	events.Stood: "SellerStandingData", events.Differed: "DifferenceData", events.Labelled: "LabelsData",
}

// told is what marketplaces are told, from the catalogue of events.
func told() web.Told {
	t := web.Told{Event: reflect.TypeFor[events.Shown](), Data: map[string]map[string]any{}}
	for _, k := range events.Catalogue() {
		if !k.Public {
			continue
		}
		name := data[k.Source]
		t.Data[name] = schema(k)
		t.Events = append(t.Events, web.ToldEvent{Type: string(k.Name), Text: k.Means, Data: name, Example: example(k)})
	}
	return t
}

// schema is that of the data of an event, with the kinds of values that the API has.
func schema(k events.Kind) map[string]any {
	all := k.Schema()
	all["description"] = "The data of events about " + string(k.Source) + "."
	members, _ := all["properties"].(map[string]any)
	for _, f := range k.Source.Fields() {
		if kind := map[events.FieldType]string{events.Money: "Money", events.Time: "Timestamp"}[f.Type]; kind != "" {
			members[f.Name] = map[string]any{"$ref": "#/components/schemas/" + kind, "description": f.Means}
		}
	}
	return all
}

// example is an event as it is sent.
func example(k events.Kind) map[string]any {
	var data map[string]any
	_ = json.Unmarshal([]byte(k.Example()), &data) // of its own making
	return map[string]any{
		"id": "evt_0a1b2c3d4e5f6g7h8j9k0m1n2p", "type": string(k.Name), "sequence": 17, "occurred_at": "2026-03-01T12:00:00Z",
		"api_version": events.Version, "community_id": 501, "data": data,
		"object": map[string]any{"type": string(events.Deal), "id": "txn_0a1b2c3d4e5f6g7h8j9k0m1n2p", "number": 73, "external_reference": nil},
	}
}

// publicEvents are the types of events that marketplaces are told.
func publicEvents() []string {
	var all []string
	for _, k := range events.Catalogue() {
		if k.Public {
			all = append(all, string(k.Name))
		}
	}
	return once(all)
}
