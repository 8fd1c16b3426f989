package process

import (
	"slices"
	"strings"
)

// checkWords finds what people could not be told: a state without a saying, a wait for
// somebody who cannot act, a timer that takes a transition and does not say what follows.
func (v *validation) checkWords() {
	for _, s := range v.p.States {
		v.checkSayings(s, v.p.Words.States[s.Name])
	}
	for name := range v.p.Words.States {
		if _, ok := v.states[name]; !ok {
			v.problem("words about unknown state %s", name)
		}
	}
	for _, r := range v.p.Rules {
		if r.Verb != "" && doing[r.Verb] == "" {
			v.problem("%s asks the gateway to %s, and no words name that", r.Name, r.Verb)
		}
	}
	known := map[TimerName]bool{}
	for _, t := range v.p.Timers {
		known[t.Name] = true
		words, told := v.p.Words.Timers[t.Name]
		if t.Then != "" && words == "" || t.Remind && told {
			v.problem("timer %s needs words if it takes a transition, and none if it reminds", t.Name)
		}
		v.checkSlots("timer "+string(t.Name), words)
	}
	for name := range v.p.Words.Timers {
		if !known[name] {
			v.problem("words about unknown timer %s", name)
		}
	}
}

func (v *validation) checkSayings(s StateInfo, all []Saying) {
	if len(all) == 0 || all[len(all)-1].If != nil {
		v.problem("state %s needs words that always apply, as its last", s.Name)
	}
	for i, say := range all {
		where := "state " + string(s.Name)
		v.checkSlots(where, say.Text)
		if say.If == nil && i < len(all)-1 || !strings.HasSuffix(say.Text, ".") {
			v.problem("%s: a text ends with a full stop, and one that always applies is the last: %q", where, say.Text)
		}
		if say.Waits == "" && !s.Terminal {
			v.problem("%s waits for somebody, and %q does not say for whom", where, say.Text)
		}
		if say.Waits != "" && !v.canAct(say.Waits, s) {
			v.problem("%s waits for %s, who cannot act there", where, say.Waits)
		}
		if !namedIn[say.Waits](say) {
			v.problem("%s waits for %s, whom %q does not name", where, say.Waits, say.Text)
		}
	}
}

// canAct reports whether a role has a way on from a state. Who pays does so at the gateway, and
// what waits without a timer is on the operators' list: some of it they do there, too.
func (v *validation) canAct(role Role, s StateInfo) bool {
	paying := []Effect{Collect, Hold, CollectDeposit, CollectRemainder}
	if role == Operator && s.OpenEnded != "" {
		return true
	}
	return slices.ContainsFunc(v.p.Rules, func(r Rule) bool {
		pays := role == Buyer && r.Observe != "" && slices.Contains(paying, r.Effect)
		return !r.creates() && r.from(s.Name) && (pays || r.allows(role))
	})
}

// namedIn tells for each role whether a saying names it.
var namedIn = map[Role]func(Saying) bool{
	"":       func(Saying) bool { return true },
	Buyer:    Saying.person,
	Seller:   Saying.person,
	Starter:  Saying.person,
	Author:   Saying.person,
	Joiner:   Saying.person,
	Operator: func(s Saying) bool { return strings.Contains(strings.ToLower(s.Text), "an operator") },
	Gateway:  func(s Saying) bool { return strings.Contains(s.Text, "gateway") || strings.Contains(s.Text, "bank") },
	Clock: func(s Saying) bool {
		return strings.Contains(s.Text, "automatically") || strings.Contains(s.Text, "{otherwise}")
	},
}

func (s Saying) person() bool { return strings.Contains(s.Text, "{"+string(s.Waits)+"}") }

// checkSlots finds slots that nobody fills, and brackets that do not close.
func (v *validation) checkSlots(where, text string) {
	if strings.Count(text, "[") != strings.Count(text, "]") || strings.Count(text, "{") != strings.Count(text, "}") {
		v.problem("%s: brackets of %q do not match", where, text)
	}
	for part := range strings.SplitSeq(text, "{") {
		name, _, is := strings.Cut(part, "}")
		if _, known := slots[name]; is && !known {
			v.problem("%s: nobody fills {%s}", where, name)
		}
	}
}
