package console

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// graph is a process as a deal has gone through it: its states from top to bottom, and on their right the ways between
// them. Each way has its own line at each of its ends, and ways that pass each other have their own lanes.
type graph struct {
	States        []spot
	Ways          []way
	Width, Height int // pixels
	Text          string
}

// spot is a state, as a box.
type spot struct {
	Name    process.State
	Label   string
	Note    string // below the label: what happens here next automatically, and when
	Y, High int    // pixels: its upper edge, and its height
	Class   string
}

// way is one between two states; several transitions between the same states are one.
type way struct {
	From, To process.State // no From: it opens a deal
	Names    []string
	Y1, Y2   int // pixels: where it leaves, and where it arrives
	X        int // its lane
	Class    string
}

// Sizes of a graph, in pixels: it is no wider than a phone shows.
const (
	boxWide  = 170
	boxHigh  = 26
	noteHigh = 16 // of the second line of a box
	boxGap   = 8
	portGap  = 6   // between the ends of two ways
	maxLanes = 150 // all lanes together
	laneGap  = 8   // at most, between two lanes
	margin   = 4
)

// drawn draws the process of a deal.
func drawn(p *process.Process, t told) graph {
	say := t.say.or()
	g := graph{Ways: pathsOf(p)}
	visited, passed := trail(t.History)
	here := t.Transaction.State
	next, due := automatic(p, t)
	for i := range g.Ways {
		w := &g.Ways[i]
		switch {
		case passed[[2]process.State{w.From, w.To}]:
			w.Class = "passed"
		case next != nil && w.From == here && w.To == next.To && slices.Contains(w.Names, string(next.Transition)):
			w.Class = "next"
		case w.From == here:
			w.Class = "open"
		}
	}
	for _, s := range ordered(p) {
		b := spot{Name: s.Name, Label: called(say, p, s.Name), Class: "far"}
		if next != nil && next.To == s.Name {
			b.Note = briefly(say, due, t)
		}
		switch {
		case s.Name == here:
			b.Class = "here"
		case visited[s.Name]:
			b.Class = "visited"
		case slices.ContainsFunc(g.Ways, func(w way) bool { return w.From == here && w.To == s.Name }):
			b.Class = ""
		}
		g.States = append(g.States, b)
	}
	g.lay()
	g.Text = g.inWords(say, p, t, next, due)
	return g
}

// called is what people are told a state is called, or its name where that is said of another state too.
func called(say sayer, p *process.Process, s process.State) string {
	word := p.Word(s)
	if slices.ContainsFunc(p.States, func(o process.StateInfo) bool { return o.Name != s && p.Word(o.Name) == word }) {
		word = string(s)
	}
	return say(plainly(word))
}

// ordered are the states as they stand in the table; those that end a deal come last.
func ordered(p *process.Process) []process.StateInfo {
	states := slices.Clone(p.States)
	slices.SortStableFunc(states, func(a, b process.StateInfo) int { return cmp.Compare(rank(a), rank(b)) })
	return states
}

func rank(s process.StateInfo) int {
	if s.Terminal {
		return 1
	}
	return 0
}

func pathsOf(p *process.Process) []way {
	var all []way
	for _, w := range p.Ways() {
		at := slices.IndexFunc(all, func(o way) bool { return o.From == w.From && o.To == w.To })
		if at < 0 {
			at = len(all)
			all = append(all, way{From: w.From, To: w.To})
		}
		if name := string(w.Transition); !slices.Contains(all[at].Names, name) {
			all[at].Names = append(all[at].Names, name)
		}
	}
	return all
}

// trail is where a deal was, and which ways it took.
func trail(history []happening) (visited map[process.State]bool, passed map[[2]process.State]bool) {
	visited, passed = map[process.State]bool{}, map[[2]process.State]bool{}
	for _, h := range history {
		visited[h.From], visited[h.To] = true, true
		passed[[2]process.State{h.From, h.To}] = true
	}
	return visited, passed
}

// automatic is the next step that a timer takes, and its timer; nil: there is none.
func automatic(p *process.Process, t told) (*process.Way, orchestrator.ScheduledTimer) {
	timers := slices.SortedFunc(slices.Values(t.Timers), func(a, b orchestrator.ScheduledTimer) int { return a.Due.Compare(b.Due) })
	for _, timer := range timers {
		for _, w := range p.Ways() {
			if timer.State == t.Transaction.State && w.From == timer.State && timer.Then != "" && w.Transition == timer.Then {
				return &w, timer
			}
		}
	}
	return nil, orchestrator.ScheduledTimer{}
}

// briefly is when a timer is due, short enough for a box.
func briefly(say sayer, timer orchestrator.ScheduledTimer, t told) string {
	when := say("now")
	if timer.Due.After(t.Now) {
		when = say("in %s", span(timer.Due.Sub(t.Now)))
	}
	return when + ", " + timer.Due.UTC().Format("2 Jan 15:04 UTC")
}

// end is where a way meets a box: up tells that the other end is above.
type end struct {
	way    int
	up     bool
	length int // how many boxes the way spans
	y      *int
}

// lay gives everything its place. At each box the ends of ways from above come first, the nearest of them at
// the top, and the farthest of those to below: so ways that lead the same direction cross as little as they can.
func (g *graph) lay() {
	at := map[process.State]int{}
	for i, s := range g.States {
		at[s.Name] = i
	}
	ends := make([][]end, len(g.States))
	for i := range g.Ways {
		w := &g.Ways[i]
		to := at[w.To]
		from := to
		if w.From != "" {
			from = at[w.From]
			ends[from] = append(ends[from], end{i, to < from, max(from, to) - min(from, to), &w.Y1})
		}
		ends[to] = append(ends[to], end{i, from <= to, max(from, to) - min(from, to), &w.Y2})
	}
	y := margin
	for i := range g.States {
		y = g.States[i].stand(y, ends[i]) + boxGap
	}
	g.Height = y - boxGap + margin
	g.Width = margin + boxWide + g.assign() + margin
}

// stand places a box and the ends at it, and returns where it ends.
func (b *spot) stand(y int, ends []end) int {
	slices.SortStableFunc(ends, func(a, b end) int {
		switch {
		case a.up != b.up && a.up:
			return -1
		case a.up != b.up:
			return 1
		case a.up:
			return cmp.Compare(a.length, b.length)
		}
		return cmp.Compare(b.length, a.length)
	})
	b.Y, b.High = y, max(boxHigh, portGap*(len(ends)+1))
	if b.Note != "" {
		b.High = max(b.High, boxHigh+noteHigh)
	}
	first := y + (b.High-portGap*(len(ends)-1))/2
	for i, e := range ends {
		*e.y = first + i*portGap
	}
	return y + b.High
}

// assign gives each way the innermost lane that is free along it, the short ones first, and returns how wide all are.
func (g *graph) assign() int {
	order := make([]int, 0, len(g.Ways))
	for i := range g.Ways {
		order = append(order, i)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(g.Ways[a].span(), g.Ways[b].span()) })
	var lanes [][]int
	for _, i := range order {
		lane := slices.IndexFunc(lanes, func(taken []int) bool {
			return !slices.ContainsFunc(taken, func(o int) bool { return g.Ways[i].meets(g.Ways[o]) })
		})
		if lane < 0 {
			lane = len(lanes)
			lanes = append(lanes, nil)
		}
		lanes[lane] = append(lanes[lane], i)
	}
	gap := min(laneGap, maxLanes/(len(lanes)+2))
	for lane, taken := range lanes {
		for _, i := range taken {
			g.Ways[i].X = margin + boxWide + (lane+2)*gap
		}
	}
	return (len(lanes) + 2) * gap
}

func (w way) ends() (top, bottom int) {
	if w.From == "" {
		return w.Y2, w.Y2
	}
	return min(w.Y1, w.Y2), max(w.Y1, w.Y2)
}

func (w way) span() int { top, bottom := w.ends(); return bottom - top }

func (w way) meets(o way) bool {
	top, bottom := w.ends()
	otherTop, otherBottom := o.ends()
	return top <= otherBottom && otherTop <= bottom
}

// line is the way as a path of SVG: out of one box, along its lane, and into another.
func (w way) line() string {
	const edge = margin + boxWide
	if w.From == "" {
		return fmt.Sprintf("M%d %dH%d", w.X, w.Y2, edge+5)
	}
	return fmt.Sprintf("M%d %dH%dV%dH%d", edge, w.Y1, w.X, w.Y2, edge+5)
}

// tip is its arrow.
func (w way) tip() string { return fmt.Sprintf("M%d %dl6 -3v6z", margin+boxWide, w.Y2) }

// says is a way in words.
func (w way) says(say sayer, p *process.Process) string {
	names := make([]string, len(w.Names))
	for i, n := range w.Names {
		names[i] = say(plainly(n))
	}
	from := say("The beginning")
	if w.From != "" {
		from = called(say, p, w.From)
	}
	return from + " → " + called(say, p, w.To) + ": " + strings.Join(names, ", ")
}

// inWords is what the graph shows, for who does not see it.
func (g graph) inWords(say sayer, p *process.Process, t told, next *process.Way, due orchestrator.ScheduledTimer) string {
	var seen, can []string
	for _, s := range g.States {
		if s.Class == "visited" {
			seen = append(seen, s.Label)
		}
	}
	for _, w := range g.Ways {
		if label := called(say, p, w.To); w.From == t.Transaction.State && !slices.Contains(can, label) {
			can = append(can, label)
		}
	}
	text := say("The deal is in the state %s.", called(say, p, t.Transaction.State))
	if len(seen) > 0 {
		text += " " + say("It was %s before.", strings.Join(seen, ", "))
	}
	if len(can) > 0 {
		text += " " + say("From here it can become %s.", strings.Join(can, ", "))
	}
	if next != nil {
		text += " " + say("It becomes %s automatically %s.", called(say, p, next.To), relative(say, due.Due, t.Now))
	}
	return text
}
