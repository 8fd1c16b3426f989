package console

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/server/web"
)

// Playground is what handsel dev has around the engine: a clock that can be moved, gateways that fail when they are told to,
// and stories of deals. In production there is none.
type Playground interface {
	// Advance moves the clock, and does what falls due on the way; by nothing: to where something is due next.
	Advance(ctx context.Context, by time.Duration) error
	Tills(ctx context.Context) ([]Till, error)
	// Break replaces what fails at a gateway; nothing: nothing fails any longer.
	Break(ctx context.Context, gateway string, failing ...Failing) error
	Stories() []Story
	// Tell plays a story. What went wrong in it is part of what is told.
	Tell(ctx context.Context, name string) error
	// Latest is what was done last.
	Latest() Latest
}

// Till is an emulator of a gateway.
type Till struct {
	Gateway, URL              string
	Operations, Kinds, Losses []string // what can fail, how, and how webhooks can
	Failing                   []Failing
}

// Failing is what the next calls of an operation meet; below 0 times: all.
type Failing struct {
	Operation string `json:"operation"`
	Kind      string `json:"kind"`
	Times     int    `json:"times"`
}

// Story is a scenario, in English.
type Story struct {
	Name, Means, Ends string
	Moves             bool // the clock
}

// Latest is what was done last: the clock was moved, or a story was told.
type Latest struct {
	From, To time.Time
	Fired    []Timers // between the two

	Story  string
	Steps  []Beat
	Deal   string // its id
	Failed string // why the story did not end as it should
}

// Timers are how often one of a name fired.
type Timers struct {
	Name  string
	Times int
}

// Beat is a step of a story, and where the deal stood after it.
type Beat struct{ What, State string }

const (
	play    = home + "/dev"
	toClock = play + "/clock"
	toFail  = play + "/faults/{gateway}"
	toStory = play + "/scenarios/{name}"
)

// PlayFace has the pages that only handsel dev has.
func PlayFace(p Parts) web.Face {
	f := face{Parts: p, sameSite: http.NewCrossOriginProtection()}
	var routes []web.Route
	for _, p := range []page{
		{http.MethodGet, play, "showDev", "Show a developer the clock, the emulators and the scenarios", Viewer, f.playground, ""},
		{http.MethodPost, toClock, "moveClock", "Move the clock of handsel dev", Support, f.moveClock, play},
		{http.MethodPost, toFail, "setFaults", "Set or clear what fails at an emulator", Support, f.setFaults, play},
		{http.MethodPost, toStory, "playScenario", "Play a scenario", Support, f.tellStory, play},
	} {
		routes = append(routes, f.route(p.method, p.path, p.name, p.summary, f.visiting(p)))
	}
	return web.Face{Tag: "pages", Refusal: web.RefusingPage("ConsolePage", f.refuse), Routes: routes}
}

// spans are how far the clock is moved; none is to the next timer.
var spans = map[string]time.Duration{"1h": time.Hour, "1d": 24 * time.Hour, "next": 0}

func (f face) playground(v visit) error {
	tills, err := f.Playground.Tills(v.Request.Context())
	if err != nil {
		return err
	}
	return f.show(v, v.say("Development"), v.say("This is handsel dev: no money is real, and the clock is yours."), playPage(v, f.Playground.Latest(), tills, f.Playground.Stories()))
}

// plays notes what a developer does in the audit log.
func (f face) plays(v visit, act, object string) error {
	return f.Audit.AddAct(v.Request.Context(), f.by(v, "in handsel dev").Act(v.Community, "console."+act, object, nil))
}

func (f face) moveClock(v visit) error {
	by, ok := spans[v.PostForm("by")]
	if !ok {
		return fault.New(fault.Invalid, "invalid_value", "the clock is moved by 1h, by 1d, or to next").With("field", "by")
	}
	err := f.plays(v, "clock", "clock:"+v.PostForm("by"))
	if err == nil {
		err = f.Playground.Advance(v.Request.Context(), by)
	}
	if err != nil {
		return err
	}
	v.Redirect(http.StatusSeeOther, within(v.PostForm("back")))
	return nil
}

func (f face) setFaults(v visit) error {
	ctx := v.Request.Context()
	tills, err := f.Playground.Tills(ctx)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(tills, func(t Till) bool { return t.Gateway == v.Param("gateway") })
	if at < 0 {
		return fault.New(fault.NotFound, "task_not_found", "unknown emulator; use one of the page of development")
	}
	failing, err := planned(v, tills[at])
	if err == nil {
		err = f.plays(v, "faults", "gateway:"+tills[at].Gateway)
	}
	if err == nil {
		err = f.Playground.Break(ctx, tills[at].Gateway, failing...)
	}
	if err != nil {
		return err
	}
	v.Redirect(http.StatusSeeOther, play+"#"+tills[at].Gateway)
	return nil
}

// planned is what fails from now on: what failed before and one more, or nothing.
func planned(v visit, t Till) ([]Failing, error) {
	if v.PostForm("clear") != "" {
		return nil, nil
	}
	operation, kind := v.PostForm("operation"), v.PostForm("kind")
	times, err := strconv.Atoi(v.PostForm("times"))
	known := slices.Contains(t.Operations, operation) && slices.Contains(t.Kinds, kind) || operation == hook && slices.Contains(t.Losses, kind)
	if !known || err != nil || times == 0 {
		return nil, fault.New(fault.Invalid, "invalid_value", "the emulator of %s has no such fault; a webhook and a call fail in different ways", t.Gateway).With("field", "kind")
	}
	return append(slices.Clone(t.Failing), Failing{operation, kind, times}), nil
}

// hook is the operation of an emulator that sends webhooks.
const hook = "webhook"

func (f face) tellStory(v visit) error {
	name := v.Param("name")
	if !slices.ContainsFunc(f.Playground.Stories(), func(s Story) bool { return s.Name == name }) {
		return fault.New(fault.NotFound, "task_not_found", "unknown scenario; use one of the page of development")
	}
	err := f.plays(v, "scenario", "scenario:"+name)
	if err == nil {
		err = f.Playground.Tell(v.Request.Context(), name)
	}
	if err != nil {
		return err
	}
	v.Redirect(http.StatusSeeOther, play+"#latest")
	return nil
}

// fired says which timers fired when the clock was moved last.
func (l Latest) fired(ctx context.Context) string {
	if len(l.Fired) == 0 {
		return say(ctx, "no timer fired")
	}
	var all []string
	for _, t := range l.Fired {
		text := lower(ctx, t.Name)
		if t.Times > 1 {
			text = strconv.Itoa(t.Times) + " × " + text
		}
		all = append(all, text)
	}
	return say(ctx, "fired: %s", strings.Join(all, ", "))
}
