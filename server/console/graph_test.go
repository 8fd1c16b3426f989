package console

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/catalog"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/preauthorize"
)

// phone is how much room a page has on a phone of 375 pixels, between its edges.
const phone = 375 - 2*16

// Every process is drawn whole, wherever its deal stands: each state once, each way from its state to its state, and
// nothing lies on something else.
func TestGraph_whole(t *testing.T) {
	t.Parallel()
	for _, p := range catalog.All() {
		for _, here := range p.States {
			g := drawn(p, told{Explanation: orchestrator.Explanation{Transaction: orchestrator.Transaction{Deal: process.Deal{State: here.Name}}}})
			if len(g.States) != len(p.States) || g.Width > phone {
				t.Errorf("%s in %s: %d of %d states, %d wide", p.Ref(), here.Name, len(g.States), len(p.States), g.Width)
			}
			for _, w := range p.Ways() {
				if !slices.ContainsFunc(g.Ways, func(o way) bool {
					return o.From == w.From && o.To == w.To && slices.Contains(o.Names, string(w.Transition))
				}) {
					t.Errorf("%s has no way %s from %s to %s", p.Ref(), w.Transition, w.From, w.To)
				}
			}
			for _, wrong := range overlaps(g) {
				t.Errorf("%s in %s: %s", p.Ref(), here.Name, wrong)
			}
		}
	}
}

// overlaps are the things of a graph that lie on each other, or not where they belong.
func overlaps(g graph) (wrong []string) {
	at := map[process.State]spot{}
	for i, s := range g.States {
		at[s.Name] = s
		if i > 0 && g.States[i-1].Y+g.States[i-1].High >= s.Y || s.Y+s.High > g.Height {
			wrong = append(wrong, string(s.Name)+" lies on another state, or outside")
		}
	}
	inside := func(y int, s process.State) bool { return at[s].Y < y && y < at[s].Y+at[s].High }
	ends := map[int]string{}
	for i, w := range g.Ways {
		name := fmt.Sprintf("the way from %q to %q", w.From, w.To)
		if !inside(w.Y2, w.To) || w.From != "" && !inside(w.Y1, w.From) || w.X <= margin+boxWide+6 || w.X >= g.Width {
			wrong = append(wrong, name+" leaves, leads or arrives elsewhere")
		}
		for _, y := range []int{w.Y1, w.Y2} {
			if y == 0 && w.From == "" {
				continue
			}
			if other := ends[y]; other != "" {
				wrong = append(wrong, name+" meets "+other)
			}
			ends[y] = name
		}
		for _, o := range g.Ways[i+1:] {
			if w.X == o.X && w.meets(o) {
				wrong = append(wrong, fmt.Sprintf("%s lies on that from %q to %q", name, o.From, o.To))
			}
		}
	}
	return wrong
}

// The graph tells where a deal was, is, can go and will go automatically, to the eye and in words.
func TestGraph_says(t *testing.T) {
	t.Parallel()
	p, now := preauthorize.V1(), time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC)
	d := told{
		Explanation: orchestrator.Explanation{
			Label: "preauthorized", Transaction: orchestrator.Transaction{Deal: process.Deal{State: preauthorize.Preauthorized}},
			Timers: []orchestrator.ScheduledTimer{{Timer: orchestrator.Timer{State: preauthorize.Preauthorized, Due: now.Add(6 * 24 * time.Hour)}, Then: "expire_preauthorization"}},
		},
		History: []happening{{LogEntry: orchestrator.LogEntry{Transition: "preauthorize", To: preauthorize.Initiated}}, {LogEntry: orchestrator.LogEntry{From: preauthorize.Initiated, To: preauthorize.Preauthorized}}},
		Now:     now, process: p,
	}
	for _, timer := range p.Timers {
		if slices.Contains(timer.In, preauthorize.Preauthorized) && timer.Then != "" {
			d.Timers[0].Then = timer.Then
		}
	}
	g := drawn(p, d)
	classes := map[string][]string{}
	for _, s := range g.States {
		classes[s.Class] = append(classes[s.Class], string(s.Name))
		if s.Note != "" && s.Note != "in 6 days, 8 Jan 03:04 UTC" {
			t.Errorf("%s has the note %q", s.Name, s.Note)
		}
	}
	if got := fmt.Sprint(classes["here"], classes["visited"]); got != "[preauthorized] [initiated]" || len(classes["far"]) == 0 || len(classes[""]) == 0 {
		t.Errorf("the states are %v", classes)
	}
	ways := map[string]int{}
	for _, w := range g.Ways {
		ways[w.Class]++
		if w.Class == "next" || w.Class == "open" {
			if w.From != preauthorize.Preauthorized {
				t.Errorf("%s can be gone from elsewhere", w.says(sayer(nil).or(), p))
			}
		}
	}
	if ways["next"] != 1 || ways["passed"] != 2 || ways["open"] == 0 || ways[""] == 0 {
		t.Errorf("the ways are %v", ways)
	}
	for _, want := range []string{"The deal is in the state Preauthorized.", "It was Initiated before.", "automatically in 6 days (Thu 8 Jan 2026 03:04 UTC)."} {
		if !strings.Contains(g.Text, want) {
			t.Errorf("the text lacks %q: %s", want, g.Text)
		}
	}
	var b bytes.Buffer
	if err := graphOf(p, g).Render(t.Context(), &b); err != nil || !strings.Contains(b.String(), `role="img" aria-label="The deal is in the state Preauthorized.`) {
		t.Errorf("the picture has no text: %v", err)
	}
}
