package console

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/server/look"
)

// timeOf keeps the pages short.
type timeOf = time.Time

// railed is a place with what the rail says of it.
type railed struct{ path, text string }

// places are where one can go from every page.
var places = []railed{
	{home, "Overview"}, {deals, "Deals"}, {risk, "Money at risk"}, {disputes, "Disputes"}, {second, "Second person"}, {sellers, "Sellers"}, {books, "Books"}, {inbox, "Webhooks in"}, {Webhooks, "Webhooks out"}, {jobs, "Jobs"}, {audit, "Audit"},
}

// rail are the places that are there.
func (f face) rail() []railed {
	if f.Hooks.Desk != nil {
		return places
	}
	return slices.DeleteFunc(slices.Clone(places), func(p railed) bool { return p.path == Webhooks })
}

func current(path, here string) string {
	if path == here || path != home && strings.HasPrefix(here, path+"/") {
		return "page"
	}
	return "false"
}

// show sends a page to who is signed in.
func (f face) show(v visit, title, sentence string, body templ.Component) error {
	name, err := f.Name(v.Request.Context(), v.Community)
	if err != nil {
		return err
	}
	return look.Send(v.Context, look.Frame{Title: title + " · " + name, Sentence: sentence, Bar: rail(v, f.rail(), name, v.Request.URL.Path), Script: script, Main: v.followed()}, body)
}

// followed is what the script has to know to keep a page as it is now.
func (v visit) followed() templ.Attributes {
	if v.seen == "" {
		return nil
	}
	return templ.Attributes{"data-seen": v.seen, "data-deal": v.Param("id")}
}

func stampOf(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// exact is a time as copies need it.
func exact(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// relative is a time as people read it, with the exact one.
func relative(say sayer, t, now time.Time) string {
	if t.IsZero() {
		return "–"
	}
	text := " (" + t.UTC().Format(say("Mon 2 Jan 2006 15:04 UTC")) + ")"
	switch d := t.Sub(now); {
	case d.Abs() < time.Second:
		return say("now") + text
	case d > 0:
		return say("in %s", span(d)) + text
	default:
		return say("%s ago", span(-d)) + text
	}
}

// span is a duration in its largest unit.
func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// amount is money as people read it: minus as −, the currency after it.
func amount(a money.Amount) string { return strings.Replace(a.String(), "-", "−", 1) }

func digits(a money.Amount) string { return strings.TrimSuffix(amount(a), " "+string(a.Currency())) }

// went is the way from one state to another, or where something stays.
func went(say sayer, from, to string) string {
	if from == "" || from == to {
		return say(plainly(to))
	}
	return say(plainly(from)) + " → " + say(plainly(to))
}
