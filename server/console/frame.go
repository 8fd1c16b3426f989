package console

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/handsel-dev/handsel/internal/pass"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/server/look"
)

// timeOf keeps the pages short.
type timeOf = time.Time

// railed is a place with what the rail says of it, for whom it is, and the places that stand under it.
type railed struct {
	path, text string
	needs      Role
	under      []railed
}

// places are where one can go from every page. Those under another one are shown there, so that the rail stays short.
var places = []railed{
	{home, "Overview", "", nil}, {deals, "Deals", "", nil}, {risk, "Money at risk", "", nil}, {disputes, "Disputes", "", nil}, {second, "Second person", "", nil},
	{sellers, "Sellers", "", nil}, {books, "Books", "", nil},
	{shelf, "Listings", "", []railed{{shelf, "Listings", "", nil}, {adsPath, "Ads", "", nil}}},
	{inbox, "Webhooks", "", []railed{{inbox, "Webhooks in", "", nil}, {Webhooks, "Webhooks out", "", nil}, {mailsPath, "E-mails", "", nil}}},
	{jobs, "Jobs", "", nil}, {audit, "Audit", "", nil},
	{community, "Settings", Admin, []railed{{community, "Community", "", nil}, {keysPath, "API keys", "", nil}}},
}

// rail are the places that are there for somebody, and those that stand under the one where they are.
func (f face) rail(v visit) (all, under []railed) {
	there := func(p railed) bool {
		return (p.path != Webhooks || f.Hooks.Desk != nil) && (p.path != shelf || f.Shelf != nil) && (p.path != adsPath || f.Ads != nil) && (p.needs == "" || v.Role.May(p.needs))
	}
	for _, p := range places {
		if !there(p) {
			continue
		}
		all = append(all, p)
		if p.holds(v.Request.URL.Path) && len(p.under) > 0 {
			under = slices.DeleteFunc(slices.Clone(p.under), func(p railed) bool { return !there(p) })
		}
	}
	return all, under
}

// holds tells that a page is the place, or stands under it.
func (p railed) holds(here string) bool {
	return p.path == here || p.path != home && strings.HasPrefix(here, p.path+"/") || slices.ContainsFunc(p.under, func(u railed) bool { return u.holds(here) })
}

func (p railed) current(here string) string {
	if p.holds(here) {
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
	once, err := pass.Draw(f.Door.Passes.Random)
	if err != nil {
		return err
	}
	all, under := f.rail(v)
	return look.Send(v.Context, look.Frame{Once: once, Sent: sentIn(v.Query(sentName)), Title: title + " · " + name, Sentence: sentence, Bar: rail(v, all, under, name, v.Request.URL.Path, f.band(v)), Script: script, Main: v.followed()}, body)
}

// band stands above the rail in handsel dev.
func (f face) band(v visit) templ.Component {
	if f.Playground == nil {
		return templ.NopComponent
	}
	return band(v, f.Playground, f.Engine.Now())
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

// assetsKey is under which a page has the decimals of what is not of ISO 4217.
type assetsKey struct{}

// amount is money as people read it: in whole units, minus as −, the currency after it.
func amount(ctx context.Context, a money.Amount) string {
	known, _ := ctx.Value(assetsKey{}).(money.Assets)
	return strings.Replace(known.Format(a), "-", "−", 1)
}

func digits(ctx context.Context, a money.Amount) string {
	return strings.TrimSuffix(amount(ctx, a), " "+string(a.Currency()))
}

// went is the way from one state to another, or where something stays.
func went(say sayer, from, to string) string {
	if from == "" || from == to {
		return say(plainly(to))
	}
	return say(plainly(from)) + " → " + say(plainly(to))
}
