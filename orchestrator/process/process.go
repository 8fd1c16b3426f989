// Package process holds the rules of every kind of deal as plain tables, and
// Decide, the one place where a rule is applied. A process is a versioned,
// immutable table of states, transitions, actors, guards, gateway verbs, timers
// and money effects. Everything here is pure: no clock, no I/O, no database;
// the current time comes in as an argument. The same functions answer the real
// call, the dry run, "what can I do next" and the exhaustive explorer.
package process

import (
	"slices"
	"strconv"
	"time"

	"github.com/handsel-dev/handsel/fault"
)

// Named parts of a process. All are stable strings of the API.
type (
	State      string // where a transaction rests
	Transition string // a named way from one state to another
	Fact       string // a timestamp on the transaction, written once until a rule forgets it
	TimerName  string // a timer that a state starts
	Deadline   string // an instant that the gateway announces
)

// Process is one version of a kind of deal. It never changes after release: a
// running transaction keeps the version it was opened with.
type Process struct {
	Name    string // "escrow_online"
	Version int    // 1
	Summary string // one sentence for people
	States  []StateInfo
	// Facts are those of this process alone, and what each means for the money.
	Facts  map[Fact]Meaning
	Rules  []Rule
	Timers []Timer
	// Words are how its deals are told to people.
	Words Words
	// Improvements says, one sentence each, what is done otherwise than in the system
	// that the process comes from, and why.
	Improvements []string
	// ConfirmAfterDays is how long a paid deal waits for the payer before it is
	// confirmed automatically, in days; 0 when the process has no such wait.
	ConfirmAfterDays int
	// PayerIsStarter tells who pays when the creator does not say: the customer's
	// transaction document makes the starter the payer in every process.
	PayerIsStarter bool
	// SellerPays makes the seller the one whose money is held and the buyer the one
	// who gets it: on the exchange the seller's balance is frozen, and what the buyer
	// pays never touches the books.
	SellerPays bool
	// Outside is for processes in which the buyer pays outside of the books.
	Outside Outside
	// Samples are more deals that exploration opens, made of one that is fine; nil where
	// nothing but the process's own deadlines would tell them from it.
	Samples func(base Deal) []Deal
	// Exchange tells that its deals are orders of the exchange: they are opened by taking
	// an ad and changed through the exchange, which knows rules that no table does.
	Exchange bool
	// Deposits tells that a deal begins with a deposit and is priced later.
	Deposits bool
	// Reopens tells that money which was returned may be set aside again.
	Reopens bool
	// Internal processes book what staff enters; they are no deals between people.
	Internal bool
}

// Outside is what a process says of payments that the books do not see: from a claim
// on, nobody but the payee or an operator gives the money back, and no timer decides.
type Outside struct {
	Claimed []Fact // the buyer says that they paid
	Agreed  []Fact // the buyer agrees that the seller has the money back
	// Declared reports whether a deal says since it was opened that a timer pays it out,
	// or gives it back, when nobody decides; nil means never.
	Declared func(d Deal, paid bool) bool
}

// Ref is the name under which a transaction stores its process: "escrow_online@1".
func (p *Process) Ref() string { return p.Name + "@" + strconv.Itoa(p.Version) }

// StateInfo describes a state.
type StateInfo struct {
	Name State
	// Label is the public name on the customer's transaction face when it differs
	// from Name: "completed" for confirmed, "canceled" with one l.
	Label    string
	Terminal bool
	Money    Holding // what must be true of the money in this state
	// OpenEnded says why the state may wait without a timer of its own; such a
	// state is on the operator's list. Empty when a timer gets it going.
	OpenEnded string
	// Dispute tells that two sides want the money here, and somebody decides who gets it.
	Dispute bool
	// Frees gives back what was reserved for the deal: stock, days, an ad's amount.
	// Other terminal states keep it for good, except what was only locked.
	Frees bool
	// Reviews lets both sides review each other.
	Reviews bool
	// ChatOpen keeps the conversation of a terminal state open.
	ChatOpen bool
}

// Holding is the money invariant of a state.
type Holding string

// What a state's escrow looks like.
const (
	HoldsNothing    Holding = "nothing"    // nothing reserved, nothing held
	HoldsAuthorized Holding = "authorized" // reserved at the gateway, not taken
	HoldsEscrow     Holding = "escrow"     // taken and held for the payee
	HoldsAnything   Holding = "anything"   // not settled yet: an operator decides
)

// Role is who may take a transition.
type Role string

// The roles. Starter and author are the two sides of the listing; buyer and
// seller are the payer and the payee of this transaction.
const (
	Starter  Role = "starter"  // who opened the transaction
	Author   Role = "author"   // whose listing it is
	Buyer    Role = "buyer"    // who pays
	Seller   Role = "seller"   // who is paid
	Joiner   Role = "joiner"   // a user who is not a party yet and holds the join code
	Operator Role = "operator" // the marketplace's staff
	Gateway  Role = "gateway"  // the gateway reports that it happened there
	Clock    Role = "timer"    // it happens when its time has come
)

// Verb is what a gateway is asked to do.
type Verb string

// The verbs. The first group moves money; the second tells an escrow gateway,
// which keeps states of its own, what happened between the parties.
const (
	Authorize Verb = "authorize" // reserve the payer's money
	Capture   Verb = "capture"   // take what was reserved
	Void      Verb = "void"      // drop a reservation or an unpaid payment
	Charge    Verb = "charge"    // take money at once, or open a payment that the payer completes elsewhere
	Refund    Verb = "refund"    // give taken money back to the payer
	Transfer  Verb = "transfer"  // pay held money out to the payee
	Reverse   Verb = "reverse"   // take a transfer back from the payee
	Lookup    Verb = "lookup"    // read the truth

	Track           Verb = "track"            // the goods are on their way
	ConfirmDelivery Verb = "confirm_delivery" // the goods arrived
	Complain        Verb = "complain"         // the buyer objects
	Release         Verb = "release"          // the buyer is content before the complaint period is over
	AcceptComplaint Verb = "accept_complaint" // the seller gives in: the gateway refunds the buyer

	AcceptDeposit   Verb = "accept_deposit"   // the seller takes the deposit
	SetPrice        Verb = "set_price"        // the seller names the whole price
	SkipRemainder   Verb = "skip_remainder"   // the seller is content with the deposit
	ConfirmHandover Verb = "confirm_handover" // the seller handed the goods over
	ConfirmReceipt  Verb = "confirm_receipt"  // the buyer took the goods
)

// Status is how a gateway operation ended.
type Status string

// Outcomes of a gateway operation. Only Declined and NotSent allow the engine to
// let go of a claim; Unknown is not failure.
const (
	Succeeded      Status = "succeeded"
	RequiresAction Status = "requires_action" // the payer must approve elsewhere; never counts as paid
	Pending        Status = "pending"         // accepted, to be settled by the gateway later
	Declined       Status = "declined"
	NotSent        Status = "not_sent" // nothing left this machine
	Unknown        Status = "unknown"  // it may or may not have happened
)

// Rule is one row of the table: a transition from some states to another.
type Rule struct {
	Name   Transition
	From   []State // none: the rule creates the transaction
	To     State
	By     []Role
	Input  []Input // what the caller has to send along
	Guards []Guard
	Verb   Verb // asked of the gateway before the rule takes effect; empty is nothing
	// During is the state of a transaction that this rule creates while its verb
	// is in progress. Other transitions stay in their old state meanwhile.
	During State
	// Observe is the fact that a gateway reports when this happened on its side.
	// It lets the gateway take the transition, and settles a doubtful verb.
	Observe Fact
	Effect  Effect // the money it moves
	Sets    Fact   // the fact it records; defaults to Observe
	// Else routes outcomes of the verb that are neither success nor, for rules
	// that do not create, a plain return to the old state.
	Else map[Status]Branch
	// Seats puts the acting user into the open side of the deal.
	Seats bool
	// Terms changes what was agreed (a price that is set later) when the rule takes
	// effect. It is pure; amounts of the input are checked before.
	Terms func(d Deal, in Amounts) (Deal, error)
	// Forget drops the payment when the rule takes effect, so that another one can
	// be opened. Its fact is not recorded.
	Forget bool
	// Forgets drops facts when the rule takes effect, so that they can happen again.
	// The rule's own fact, if it is one of them, is not recorded at all.
	Forgets []Fact
	Doc     string // one sentence for people, when the name does not say it all
}

// Branch is where another outcome than success leads.
type Branch struct {
	To     State
	Effect Effect
	Sets   Fact
}

// Input is a named value that a transition takes.
type Input struct {
	Name     string
	Required bool
	Reason   fault.Reason // reason code when it is missing, blank, or not an amount
	// Amount tells that the value is a whole number of minor units of the deal's
	// currency, zero or more, in digits.
	Amount bool
	// Kept says who may read the value afterwards, with the history of the deal; what
	// is for nobody, such as a payment token, is not kept.
	Kept Audience
}

// Audience is who may read what was said.
type Audience string

// The audiences.
const (
	ForNobody  Audience = ""
	ForParties Audience = "parties"   // both sides, and operators
	ForStaff   Audience = "operators" // operators and the marketplace's backend
)

// Amounts are the amounts of a transition's input by name, in minor units.
type Amounts map[string]int64

// Guard is a named condition with the refusal that it gives.
type Guard struct {
	Name    string
	Code    fault.Code
	Reason  fault.Reason
	Message string
	Holds   func(d Deal, c Command, now time.Time) bool
	// OnInput tells that the guard looks at the input: who only asks what is
	// possible, and has no input yet, is not measured by it.
	OnInput bool
}

// Timer makes something happen in a state when its time has come.
type Timer struct {
	Name TimerName
	In   []State
	Due  Due
	// Then is the transition taken when the time has come. Empty means that the
	// gateway owns this deadline: it is looked up and what happened there is
	// merged, again after every Repeat while the state lasts.
	Then   Transition
	Repeat time.Duration
	// Remind makes the timer tell the parties, by an event of its name, and take no
	// transition.
	Remind bool
	// Staff addresses a reminder to the community's operators, who own what waits; with
	// Repeat it comes again and again while the state lasts.
	Staff bool
	// Alarm is the declared end of a wait for operators: they are told once more that the
	// deal is overdue, and it stays on their list until they have decided. It moves no
	// money, because only a person can say whose it is.
	Alarm bool
	// FromNow dates a late step of the timer when it is taken, not when it was due:
	// what follows is time that somebody needs to act in.
	FromNow bool
}

// Due computes when a timer fires. Text is shown to people.
type Due struct {
	Text string
	At   func(d Deal, entered time.Time) (time.Time, bool)
}

func (p *Process) state(s State) (StateInfo, bool) {
	for _, info := range p.States {
		if info.Name == s {
			return info, true
		}
	}
	return StateInfo{}, false
}

// StateInfo returns the description of a state of this process.
func (p *Process) StateInfo(s State) (StateInfo, bool) { return p.state(s) }

// Where lists the states of which something is true, in table order.
func (p *Process) Where(is func(StateInfo) bool) []State {
	var found []State
	for _, info := range p.States {
		if is(info) {
			found = append(found, info.Name)
		}
	}
	return found
}

// Case reports whether a deal in this state is one for operators: it rests until
// somebody decides, and they can.
func (p *Process) Case(s StateInfo) bool {
	return s.OpenEnded != "" && slices.ContainsFunc(p.Rules, func(r Rule) bool { return r.from(s.Name) && r.allows(Operator) })
}

// Open reports whether money is held or reserved for a deal in this state.
func (s StateInfo) Open() bool { return s.Money == HoldsEscrow || s.Money == HoldsAuthorized }

// TakesFees reports whether fees are charged for a deal: money moves between people.
func (p *Process) TakesFees() bool { return !p.Internal && p.movesMoney() }

// Word is what people are told a state is called: its label, unless that is the name of
// another state, which they would take it for.
func (p *Process) Word(s State) string {
	label := p.Label(s)
	if _, another := p.state(State(label)); another {
		return string(s)
	}
	return label
}

// Label is the public name of a state on the customer's transaction face.
func (p *Process) Label(s State) string {
	if info, ok := p.state(s); ok && info.Label != "" {
		return info.Label
	}
	return string(s)
}

// Observed finds the first transition from the deal's state whose fact a gateway
// reports and that is not recorded yet.
func (p *Process) Observed(d Deal, facts map[Fact]time.Time) (Rule, bool) {
	for i := range p.Rules {
		r := &p.Rules[i] // not a copy, and no list of them: every look asks
		if _, happened := facts[r.Observe]; !happened || !r.observed(d.State) {
			continue
		}
		if recorded := r.records(); recorded == "" || !d.Has(recorded) {
			return *r, true
		}
	}
	return Rule{}, false
}

// Observers returns the rules that a gateway may take from a state, in table order.
func (p *Process) Observers(s State) []Rule {
	var rules []Rule
	for i := range p.Rules {
		if r := &p.Rules[i]; r.observed(s) {
			rules = append(rules, *r)
		}
	}
	return rules
}

// AwaitsPayment reports whether a payer may pay in a state, at the gateway.
func (p *Process) AwaitsPayment(s State) bool {
	return slices.ContainsFunc(p.Observers(s), func(r Rule) bool { return r.Effect == Collect || r.Effect == Hold })
}

// rule finds the row for a transition in a state; known tells whether the process
// has a transition of that name at all. Where there is no row for the state, r
// stands for the name: its roles are those of all its rows.
func (p *Process) rule(name Transition, s State) (r Rule, found, known bool) {
	for i := range p.Rules {
		row := &p.Rules[i] // not a copy: the explorer asks millions of times
		if row.Name != name {
			continue
		}
		if row.from(s) {
			return *row, true, true
		}
		if !known {
			r, known = *row, true
			r.By = slices.Clone(row.By)
			continue
		}
		r.By = append(r.By, row.By...)
	}
	return r, false, known
}

// observed reports whether a gateway may take the rule from a state.
func (r *Rule) observed(s State) bool { return r.Observe != "" && r.from(s) && r.allows(Gateway) }

func (r *Rule) creates() bool { return len(r.From) == 0 }

func (r *Rule) from(s State) bool {
	if r.creates() {
		return s == ""
	}
	return slices.Contains(r.From, s)
}

func (r *Rule) allows(role Role) bool { return slices.Contains(r.By, role) }

func (r *Rule) records() Fact {
	fact := r.Observe
	if r.Sets != "" {
		fact = r.Sets
	}
	if r.Forget || slices.Contains(r.Forgets, fact) {
		return ""
	}
	return fact
}

// MovesMoney reports whether money moves when the rule is taken: it posts to the
// ledger, or makes an escrow gateway let money go that is booked when it reports it.
func (p *Process) MovesMoney(r Rule) bool {
	return r.Effect != "" || r.Verb == Release || r.Verb == Void && slices.ContainsFunc(r.From, p.holdsMoney)
}

func (p *Process) holdsMoney(s State) bool {
	info, _ := p.state(s)
	return info.Open()
}
