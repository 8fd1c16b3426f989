package app_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/handsel-dev/handsel/conversations"
	p2p "github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/internal/app"
	"github.com/handsel-dev/handsel/internal/mail"
	"github.com/handsel-dev/handsel/internal/testkit"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/notices/events"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// allBooks are the rows of all rooms.
func allBooks(t *testing.T) *notices.Books {
	t.Helper()
	books, err := notices.NewBooks(nil, notices.Deals(), notices.Reviews(&conversations.Service{}), (&p2p.Service{}).Notices())
	if err != nil {
		t.Fatal(err)
	}
	return books
}

// TestEventsDocument holds docs/events.md against the catalogue and the rows.
func TestEventsDocument(t *testing.T) {
	t.Parallel()
	const path = "../../docs/events.md"
	want := allBooks(t).Document()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != want {
		t.Errorf("%s does not say what the catalogue and the rows say: run make generate (%v)", path, err)
	}
}

// A template has a row. That a row has a template in every language is what NewBooks and
// NewTemplates refuse to go without.
func TestEvents_everyTemplateHasARow(t *testing.T) {
	t.Parallel()
	rows := allBooks(t).Rows()
	for _, kind := range mail.Kinds() {
		if !slices.ContainsFunc(rows, func(r notices.Row) bool { return r.Mail == kind }) {
			t.Errorf("no row has the template %s", kind)
		}
	}
	if _, err := mail.NewTemplates(); err != nil {
		t.Error(err)
	}
	for _, language := range mail.Languages() {
		texts, err := os.ReadDir("../mail/templates/" + language)
		if err != nil || len(texts) != len(mail.Kinds())+1 { // and the words that all share
			t.Errorf("%d texts in %s, %d kinds (%v)", len(texts), language, len(mail.Kinds()), err)
		}
	}
}

// What the program writes into the outbox is in the catalogue, with fields that are
// described there.
func TestEvents_asTheyHappen(t *testing.T) {
	t.Parallel()
	w := &trial{testkit.New(t, testkit.Options{}), t, "", nil, 0}
	occasions(w)
	kinds := map[events.Type]events.Kind{}
	for _, k := range events.Catalogue() {
		kinds[k.Name] = k
	}
	seen := 0
	for _, e := range everyEvent(t, w) {
		name := events.Type(e.Type)
		for _, k := range kinds {
			if slices.Contains(k.Transitions, process.Transition(e.Data["transition"])) && e.of == k.Process {
				name = k.Name
			}
		}
		k, known := kinds[name]
		if !known {
			t.Errorf("the catalogue has no %s", name)
			continue
		}
		seen++
		for field := range e.Data {
			if !slices.ContainsFunc(k.Source.Fields(), func(f events.Field) bool { return f.Name == field }) {
				t.Errorf("%s has a field %s that nothing describes", name, field)
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d events", seen)
	}
}

type happened struct {
	orchestrator.Event
	of string // the process
}

// everyEvent reads the events of all deals of the testbed.
func everyEvent(t *testing.T, w *trial) []happened {
	t.Helper()
	page, err := w.Engine.List(t.Context(), orchestrator.Filter{CommunityID: app.SampleCommunity, Limit: 100}, process.Actor{Kind: process.Staff, ID: "olga"})
	if err != nil {
		t.Fatal(err)
	}
	var all []happened
	for _, tx := range page {
		events, err := w.Store.Events(t.Context(), tx.ID)
		if err != nil {
			t.Fatal(err)
		}
		name, _, _ := strings.Cut(tx.Process, "@")
		for _, e := range events {
			all = append(all, happened{e, name})
		}
	}
	return all
}
