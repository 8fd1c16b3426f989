package client_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/handsel-dev/handsel/client"
)

func TestUsers_CreateGuestUser(t *testing.T) {
	t.Parallel()
	rec := record(t, reply(201, `{"id":"1-feb3","email":"guest@example.com","created_at":"2026-01-02T03:04:05Z"}`))
	got, err := newClient(t, rec.URL).Users.CreateGuestUser(t.Context(), client.CreateGuestUserInput{
		Email: "guest@example.com", FirstName: "Test", LastName: "User", CountryCode: "IE",
		TOSAcceptance: client.TOSAcceptance{IP: "192.0.2.7", AcceptedAt: time.UnixMilli(1672531200999)},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := &client.GuestUser{ID: "1-feb3", Email: "guest@example.com", CreatedAt: client.Time{Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	sent := `{"email":"guest@example.com","first_name":"Test","last_name":"User","country_code":"IE","tos_acceptance":{"ip":"192.0.2.7","unix_timestamp":1672531200}}`
	if got := rec.last(t).Body; got != sent {
		t.Errorf("sent %s", got)
	}
	if !client.IsGuestUserID(want.ID) || client.IsGuestUserID("feb3-1-") {
		t.Error("guest ids are not recognised")
	}
}

func TestCarriers_List(t *testing.T) {
	t.Parallel()
	rec := record(t, reply(200, `[{"code":"an-post","name":"An Post"},{"code":"ups","name":"UPS","logo":1}]`))
	got, err := newClient(t, rec.URL).Carriers.List(t.Context())
	want := []client.Carrier{{Code: "an-post", Name: "An Post"}, {Code: "ups", Name: "UPS"}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
}
