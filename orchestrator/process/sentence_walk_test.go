package process

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// retold is what the explorer's deals are told as: one deal for each saying of each state,
// by what follows if nobody acts and by who pays the payee, and what is wrong with any of them.
type retold struct {
	p        *Process
	first    map[string]Deal
	problems []string
}

func newRetold(p *Process) *retold { return &retold{p: p, first: map[string]Deal{}} }

// see tells a deal that was reached, with people who have the longest ids.
func (r *retold) see(s situation) {
	if s.State == "" || s.Operation != "" {
		return
	}
	key := r.key(s.Deal)
	if _, seen := r.first[key]; !seen {
		r.first[key] = s.Deal
	}
	d, due := s.Deal, r.p.alarms(s.Deal)
	for _, long := range []struct{ id, most int }{{40, SummaryLimit}, {41, SummaryLimit - 24}} {
		d.Buyer, d.Seller = lengthen(s.Buyer, long.id), lengthen(s.Seller, long.id)
		d.Starter, d.Author = lengthen(s.Starter, long.id), lengthen(s.Author, long.id)
		told := r.p.Tell(Voice{}, d, due, nil, s.EnteredAt)
		if wrong := wrongWith(told.Summary, long.most); wrong != "" && len(r.problems) < maxProblems {
			r.problems = append(r.problems, fmt.Sprintf("%s: %s: %q", key, wrong, told.Summary))
		}
	}
}

// lengthen makes an id as long as one may be that is told, or longer.
func lengthen(id string, to int) string {
	if id == "" {
		return id
	}
	return (id + strings.Repeat("-", to))[:to]
}

// key is what tells sentences of a process from each other.
func (r *retold) key(d Deal) string {
	if a := AttentionOf(d.Attention); a.Needed() {
		return fmt.Sprintf("%s, on hold: %s", d.State, a.Reason)
	}
	key := string(d.State)
	for i, s := range r.p.Words.States[d.State] {
		if s.If == nil || s.If(d, d.EnteredAt) {
			key += fmt.Sprintf(" %d", i+1)
			break
		}
	}
	if next := r.p.next(d, r.p.alarms(d)); next != nil {
		key += ", " + string(next.Name)
	}
	if d.MarketplacePays {
		key += ", marketplace pays"
	}
	return key
}

// wrongWith says what no sentence may be; one without ids leaves room for the largest amounts.
func wrongWith(summary string, most int) string {
	switch {
	case strings.ContainsAny(summary, "{}[]|"):
		return "a slot or a bracket is left"
	case !strings.HasSuffix(summary, ".") || strings.Contains(summary, ". "):
		return "it is not a sentence"
	case utf8.RuneCountInString(summary) > most:
		return "it is too long"
	case strings.Contains(summary, "  ") || strings.Contains(summary, " .") || strings.Contains(summary, " ,") || strings.Contains(summary, " ;"):
		return "something is missing"
	}
	return ""
}

// Retell tells one deal for each saying in each of its forms, as of March 2026, and returns
// the lines in the order of the states; unsaid are the sayings that no deal was told by.
func (r Reached) Retell(change func(*Deal)) (lines, unsaid, problems []string) {
	keys := slices.Collect(maps.Keys(r.told.first))
	rank := map[State]int{}
	for i, s := range r.p.States {
		rank[s.Name] = i
		for n := range r.p.Words.States[s.Name] {
			saying := fmt.Sprintf("%s %d", s.Name, n+1)
			if !slices.ContainsFunc(keys, func(key string) bool { return key == saying || strings.HasPrefix(key, saying+",") }) {
				unsaid = append(unsaid, saying)
			}
		}
	}
	slices.SortFunc(keys, func(a, b string) int {
		if by := rank[r.told.first[a].State] - rank[r.told.first[b].State]; by != 0 {
			return by
		}
		return strings.Compare(a, b)
	})
	said := map[string]bool{} // mostly it is the same for who pays the payee
	for _, key := range keys {
		d := inMarch(r.told.first[key])
		change(&d)
		told := r.p.Tell(Voice{}, d, r.p.alarms(d), nil, d.EnteredAt.Add(time.Hour))
		if text := line(key, told); !said[text] {
			said[text] = true
			lines = append(lines, text)
		}
	}
	return lines, unsaid, r.told.problems
}

// inMarch is a deal that began at nine on a Monday of March 2026.
func inMarch(d Deal) Deal {
	nine := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	by := nine.Sub(time.Unix(0, 0))
	d = d.clone()
	d.EnteredAt = nine
	if !d.BookingEnd.IsZero() {
		d.BookingEnd = d.BookingEnd.Add(by)
	}
	d.Deadlines = shifted(d.Deadlines, nine)
	return d
}

// line is the state, whom it waits for, and the sentence.
func line(key string, told Told) string {
	key, _, _ = strings.Cut(key, ", marketplace")
	waits := "nobody"
	if told.Waits.Role != "" {
		waits = strings.TrimSpace(string(told.Waits.Role) + " " + strings.Join(told.Waits.Users, " "))
	}
	return fmt.Sprintf("%s (%s): %s", key, waits, told.Summary)
}
