package process

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/handsel-dev/handsel/money"
)

// SummaryLimit is how long a summary is at most, in characters. Our choice: it is read at a
// glance.
const SummaryLimit = 200

// Told is what people are told of a deal: what is going on, who has to act, and what
// happens automatically.
type Told struct {
	// Summary is one sentence. It names people by their role and user id, and leaves an id
	// out that could be an address, a card number or a name.
	Summary string
	Waits   Waits
	// Next is what ends the wait if nobody acts, or else what is due first; nil: nothing is.
	Next *Alarm
}

// Waits is whom a deal waits for. The zero value is nobody.
type Waits struct {
	// Role is Buyer, Seller, Joiner, Operator, Gateway or Clock: starters and authors are
	// the side that they are on.
	Role  Role
	Users []string // the ids of those who have the role in the deal
}

// InProgress is an operation whose outcome is not committed.
type InProgress struct {
	Operation
	// Doubtful tells that it was sent and nobody knows what came of it.
	Doubtful bool
}

// Tell says in one sentence where a deal stands, from the words beside its table. due are
// the timers that wait for the deal in its state; o is the operation in progress, nil for none.
func (p *Process) Tell(v Voice, d Deal, due []Alarm, o *InProgress, now time.Time) Told {
	say := v.Say
	if say == nil {
		say = func(text string) string { return text }
	}
	t := teller{p: p, d: d, now: now, say: say, known: v.Assets, next: p.next(d, due)}
	s := t.saying(o)
	told := Told{Summary: t.sentence(s.Text), Waits: d.waits(s.Waits)}
	if t.next != nil {
		told.Next = t.next
	} else if len(due) > 0 {
		first := slices.MinFunc(due, func(a, b Alarm) int { return a.Due.Compare(b.Due) })
		told.Next = &first
	}
	return told
}

// next is the first timer that ends the wait; nil where none does.
func (p *Process) next(d Deal, due []Alarm) *Alarm {
	var next *Alarm
	for _, a := range due {
		if _, ends := p.Words.Timers[a.Name]; ends && (next == nil || a.Due.Before(next.Due)) {
			next = &a
		}
	}
	return next
}

// waits finds the people of a role.
func (d Deal) waits(r Role) Waits {
	switch r {
	case Buyer, Seller, Starter, Author:
		side := d.side(r)
		if id := d.person(side); id != "" {
			return Waits{side, []string{id}}
		}
		return Waits{Role: side}
	}
	return Waits{Role: r}
}

// side is Buyer or Seller: where a role stands in a deal. A joiner is on the side that is open.
func (d Deal) side(r Role) Role {
	sellerOpens := d.Starter != "" && d.Starter == d.Seller && d.Starter != d.Buyer
	switch r {
	case Starter, Author:
		if sellerOpens == (r == Starter) {
			return Seller
		}
		return Buyer
	case Joiner:
		if d.Buyer != "" {
			return Seller
		}
		return Buyer
	}
	return r
}

func (d Deal) person(side Role) string {
	if side == Seller {
		return d.Seller
	}
	return d.Buyer
}

// teller fills the slots of one sentence.
type teller struct {
	p     *Process
	d     Deal
	now   time.Time
	say   Speech
	known money.Assets
	next  *Alarm // that ends the wait
	doing string // the operation in progress
	asked money.Amount
	terse bool // people by their role alone
	named [2]bool
}

// saying chooses what is told: a hold, then an operation in progress, then the state.
func (t *teller) saying(o *InProgress) Saying {
	if a := AttentionOf(t.d.Attention); a.Needed() {
		return Saying{Waits: Operator, Text: onHold[a.Reason]}
	}
	if o != nil {
		t.doing = doing[o.Verb]
		t.asked, _, _ = t.p.Asked(t.d, o.Operation, t.now)
		if o.Doubtful {
			return Saying{Waits: Gateway, Text: isUnknown}
		}
		return Saying{Waits: Gateway, Text: isInProgress}
	}
	for _, s := range t.p.Words.States[t.d.State] {
		if s.If == nil || s.If(t.d, t.now) {
			return s
		}
	}
	return Saying{}
}

// sentence fills a text, without ids where it would be too long with them.
func (t *teller) sentence(text string) string {
	text = t.say(text)
	filled, _ := t.fill(text)
	if utf8.RuneCountInString(filled) > SummaryLimit {
		t.terse = true
		filled, _ = t.fill(text)
	}
	if first, size := utf8.DecodeRuneInString(filled); !t.startsWithAnID(filled) {
		filled = string(unicode.ToUpper(first)) + filled[size:]
	}
	return filled
}

// startsWithAnID reports whether a sentence begins with the id of somebody, which keeps its letters.
func (t *teller) startsWithAnID(text string) bool {
	for _, id := range []string{t.d.Buyer, t.d.Seller} {
		if id != "" && strings.HasPrefix(text, id+" ") {
			return true
		}
	}
	return text == ""
}

// fill replaces the slots of a text; known is false where one of them has nothing to say
// outside of brackets.
func (t *teller) fill(text string) (filled string, known bool) {
	var b strings.Builder
	known = true
	for text != "" {
		at := strings.IndexAny(text, "{[")
		if at < 0 {
			break
		}
		b.WriteString(text[:at])
		closes := map[byte]string{'{': "}", '[': "]"}[text[at]]
		inside, after, _ := strings.Cut(text[at+1:], closes)
		if text[at] == '[' {
			b.WriteString(t.choose(inside))
		} else {
			value := t.slot(inside)
			known = known && value != ""
			b.WriteString(value)
		}
		text = after
	}
	b.WriteString(text)
	return b.String(), known
}

// choose is the first part of a bracket that can be said.
func (t *teller) choose(parts string) string {
	for part := range strings.SplitSeq(parts, "|") {
		named := t.named
		if filled, known := t.fill(part); known {
			return filled
		}
		t.named = named
	}
	return ""
}

// slot is what stands for a name in braces; empty where there is nothing to say.
func (t *teller) slot(name string) string {
	say, ok := slots[name]
	if !ok {
		return ""
	}
	filled, known := t.fill(say(t))
	if !known {
		return ""
	}
	return filled
}
