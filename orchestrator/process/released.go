package process

import (
	"crypto/sha256"
	_ "embed" // for the digests of released processes
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// released holds a line for every process that ships: its ref, the digest of its
// table and the digest of how it behaves. A process that was released is not edited,
// so Explore refuses one that differs. TestReleased writes the lines.
//
//go:embed released.txt
var released string

// Pin is what is kept of a released process.
type Pin struct {
	Ref       string
	Table     string // of what the table says
	Behaviour string // of what its guards, due times and terms do when it is explored
}

// String is the line that is kept.
func (p Pin) String() string { return p.Ref + " " + p.Table + " " + p.Behaviour }

// releaseOf finds the line of a process.
func releaseOf(ref string) (Pin, bool) {
	for line := range strings.Lines(released) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == ref {
			return Pin{f[0], f[1], f[2]}, true
		}
	}
	return Pin{}, false
}

const pinned = "a released process is not edited: add the next version, or, before a release, run make release-processes"

// checkTable compares the table with the one that was released.
func (x *explorer) checkTable() {
	if is, ok := releaseOf(x.p.Ref()); ok && is.Table != tableDigest(x.p) {
		x.fail("the table is not the one that was released; %s", pinned)
	}
}

// checkBehaviour compares what was seen with what was seen of the released process.
func (x *explorer) checkBehaviour() {
	if is, ok := releaseOf(x.p.Ref()); ok && len(x.problems) == 0 && is.Behaviour != x.behaviour() {
		x.fail("it does not behave as it did when it was released; %s", pinned)
	}
}

// tableDigest covers everything that a table says but its prose. Functions are not
// in it: they are seen in the behaviour.
func tableDigest(p *Process) string {
	h := sha256.New()
	say := func(values ...any) { fmt.Fprintf(h, "%q\n", values) }
	say(p.Name, p.ConfirmAfterDays, p.PayerIsStarter, p.SellerPays, p.Deposits, p.Reopens, p.Internal)
	if p.Exchange != p.SellerPays { // a row of the first releases says one by the other
		say("exchange", p.Exchange)
	}
	for _, s := range p.States {
		say(s.Name, s.Label, s.Terminal, s.Money, s.OpenEnded != "", s.Frees, s.Reviews, s.ChatOpen)
	}
	for _, r := range p.Rules {
		say(r.Name, r.From, r.To, r.By, r.Verb, r.During, r.Observe, r.Effect, r.Sets, r.Seats, r.Terms != nil, r.Forget, r.Forgets)
		for _, in := range r.Input {
			say(in.Name, in.Required, in.Amount, in.Reason, in.Kept)
		}
		for _, g := range r.Guards {
			say(g.Name, g.Code, g.Reason, g.OnInput)
		}
		for _, status := range slices.Sorted(maps.Keys(r.Else)) {
			say(status, r.Else[status])
		}
	}
	for _, t := range p.Timers {
		say(t.Name, t.In, t.Due.Text, t.Then, t.Repeat, t.Remind, t.Staff, t.Alarm, t.FromNow)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// saw notes what came of a command. Sums are left out: they are what prices and
// fees make of it.
func (x *explorer) saw(s situation, c Command, after time.Duration, outcome string, armed []Alarm) {
	d := mix(s.digest, string(c.Transition), string(c.Actor.Kind), c.Actor.ID, after.String(), outcome)
	for _, a := range armed {
		d = mix(d, string(a.Name), a.Due.Sub(s.EnteredAt).String())
	}
	x.seenOutcomes[d] = true
}

// mix adds texts to a digest (FNV-1a); millions are made, so that nothing is allocated.
func mix(digest uint64, texts ...string) uint64 {
	for _, text := range texts {
		for i := range len(text) {
			digest = (digest ^ uint64(text[i])) * 1099511628211
		}
		digest = (digest ^ 0xff) * 1099511628211 // no byte of a text
	}
	return digest
}

// behaviour is the digest of all that was noted, in whatever order.
func (x *explorer) behaviour() string {
	h := sha256.New()
	for _, outcome := range slices.Sorted(maps.Keys(x.seenOutcomes)) {
		fmt.Fprintln(h, outcome)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
