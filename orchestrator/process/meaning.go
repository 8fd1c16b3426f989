package process

import "slices"

// Meaning is what a fact says about the money: with which effect it is booked, by
// how it came about. A way that is nil is none: nobody can be asked for the fact, no
// gateway reports it, or no step of our own records it.
type Meaning struct {
	Asked    map[Verb]Effect // a gateway was asked to bring it about
	Reported []Effect        // a gateway reports it, and nobody has asked for it
	Own      []Effect        // a step of ours says so, and no gateway is asked
	// Beside is the observed fact in whose place this one is recorded.
	Beside Fact
	By     []Role // who may take a step of our own that records it
	// Declines tells that a deal records it, too, that is declined at its opening.
	Declines bool
	// Sudden tells that it may happen at any time: a gateway tells of it, and no timer
	// has to look for it.
	Sudden bool
}

// Nothing is the effect of what moves no money.
const Nothing Effect = ""

var (
	noMoney = []Effect{Nothing}
	parties = []Role{Starter, Author, Buyer, Seller, Operator, Clock}
)

// common are the facts that all processes share, which is what gateways report. Those
// of one process alone stand in its Facts. One that is in neither is refused by Validate, so
// that no fact is without a say about the money.
var common = map[Fact]Meaning{
	// What escrow gateways report.
	FactJoined:               {Asked: map[Verb]Effect{Charge: Nothing}},
	FactRejected:             {Own: noMoney, By: []Role{Author, Joiner}},
	FactCancelled:            {Asked: map[Verb]Effect{Void: Nothing}, Reported: noMoney, Own: noMoney, By: []Role{Starter, Operator, Clock}, Declines: true},
	FactPaid:                 {Reported: []Effect{Collect}},
	FactTracked:              {Asked: map[Verb]Effect{Track: Nothing}},
	FactDelivered:            {Asked: map[Verb]Effect{ConfirmDelivery: Nothing}},
	FactComplained:           {Asked: map[Verb]Effect{Complain: Nothing}},
	FactComplaintPeriodEnded: {Asked: map[Verb]Effect{Release: Nothing}},
	FactFundsReleased:        {Reported: []Effect{PayOut}},
	FactFundsRefunded:        {Asked: map[Verb]Effect{AcceptComplaint: RefundPayer}, Reported: []Effect{RefundPayer}},
	FactPaymentRefunded:      {Reported: []Effect{RefundPayer}},

	FactDepositPaid:             {Reported: []Effect{CollectDeposit}},
	FactDepositAccepted:         {Asked: map[Verb]Effect{AcceptDeposit: Nothing}},
	FactDepositRefunded:         {Reported: []Effect{RefundPayer}},
	FactPriced:                  {Asked: map[Verb]Effect{SetPrice: Nothing}},
	FactRemainderPaid:           {Reported: []Effect{CollectRemainder}},
	FactRemainderSkipped:        {Asked: map[Verb]Effect{SkipRemainder: Nothing}},
	FactBuyerHandoverConfirmed:  {Asked: map[Verb]Effect{ConfirmReceipt: Nothing}},
	FactSellerHandoverConfirmed: {Asked: map[Verb]Effect{ConfirmHandover: Nothing}},

	// What gateways report that hold money for a marketplace.
	FactAuthorized:     {Asked: map[Verb]Effect{Authorize: Hold}, Reported: []Effect{Hold}},
	FactCaptured:       {Asked: map[Verb]Effect{Capture: PostHold, Charge: Collect}, Reported: []Effect{PostHold, Collect}},
	FactVoided:         {Asked: map[Verb]Effect{Void: Unhold}},
	FactTransferred:    {Asked: map[Verb]Effect{Transfer: PayOut}},
	FactRefunded:       {Asked: map[Verb]Effect{Refund: RefundPayer}},
	FactRefundedInPart: {Asked: map[Verb]Effect{Refund: RefundPart}},
	FactPayoutReturned: {Asked: map[Verb]Effect{Reverse: ReturnPayout}},
	FactRestRefunded:   {Asked: map[Verb]Effect{Refund: RefundPayer}},
	FactDelayed:        {Reported: noMoney},
	FactPaymentFailed:  {Reported: noMoney},
	FactDisputeOpened:  {Reported: noMoney, Sudden: true},
	FactDisputeWon:     {Reported: noMoney},
	FactDisputeLost:    {Reported: []Effect{LoseHeld}},
	FactTakenBack:      {Reported: []Effect{TakeBack}},
	FactWonBack:        {Reported: []Effect{WinBack}},

	// What our own steps record.
	FactLossSettled:   {Own: []Effect{SettleLoss}, By: []Role{Operator}},
	FactPayoutSettled: {Own: []Effect{SettlePayout}, By: []Role{Operator}},
	FactPaidUndue:     {Own: []Effect{BookPayout}, By: []Role{Operator}},
	FactPayeeRepaid:   {Own: []Effect{RepayPayee}, By: []Role{Operator}},
	FactSplit:         {Beside: FactRefundedInPart, Own: []Effect{SplitFrozen}, By: []Role{Operator}},
}

// asks are the verbs: who may have a gateway asked, and whether the payer may have
// to finish elsewhere what was begun.
var asks = map[Verb]struct {
	by        []Role
	elsewhere bool
	guards    []string // that every rule which asks for it must have
}{
	Authorize:       {by: []Role{Starter}, elsewhere: true, guards: []string{DifferentPeople.Name, BothParties.Name, PricePositive.Name}},
	Charge:          {by: []Role{Starter, Author, Joiner}, elsewhere: true},
	Capture:         {by: []Role{Author, Operator, Gateway}},
	Void:            {by: []Role{Starter, Author, Buyer, Seller, Operator, Clock, Gateway}},
	Refund:          {by: []Role{Operator, Clock}},
	Transfer:        {by: []Role{Starter, Operator, Clock}},
	Reverse:         {by: []Role{Operator}, guards: []string{PayoutReturnable.Name}},
	Track:           {by: []Role{Seller, Gateway}},
	ConfirmDelivery: {by: []Role{Buyer, Clock, Gateway}},
	Complain:        {by: []Role{Buyer, Gateway}, guards: []string{ComplaintPeriodOpen.Name}},
	Release:         {by: []Role{Buyer, Gateway}, guards: []string{ComplaintPeriodOpen.Name}},
	AcceptComplaint: {by: []Role{Seller}},
	AcceptDeposit:   {by: []Role{Seller, Gateway}},
	SetPrice:        {by: []Role{Seller, Gateway}, guards: []string{NotPriced.Name, AboveDeposit.Name}},
	SkipRemainder:   {by: []Role{Seller, Gateway}, guards: []string{NotPriced.Name}},
	ConfirmHandover: {by: []Role{Seller, Clock, Gateway}},
	ConfirmReceipt:  {by: []Role{Buyer, Gateway}},
}

// booked are the effects: who may cause them, on our own ledger or at a gateway, and
// which guards stand before them. What a gateway reports is nobody's wish.
var booked = map[Effect]struct {
	by     []Role
	ledger bool // on our own ledger alone; the others at a gateway, or as if there were one
	guards []string
}{
	Nothing:          {by: append([]Role{Gateway, Joiner}, parties...)},
	Hold:             {by: []Role{Starter, Gateway}},
	Unhold:           {by: []Role{Starter, Author, Operator, Clock, Gateway}},
	PostHold:         {by: []Role{Author, Operator, Gateway}},
	Collect:          {by: []Role{Starter, Gateway}},
	CollectDeposit:   {by: []Role{Gateway}},
	CollectRemainder: {by: []Role{Gateway}, guards: []string{Priced.Name}},
	PayOut:           {by: []Role{Starter, Operator, Clock, Gateway}},
	RefundPayer:      {by: []Role{Seller, Operator, Clock, Gateway}},
	RefundPart:       {by: []Role{Operator}, guards: []string{PartOfHeld.Name}},
	ReturnPayout:     {by: []Role{Operator}, guards: []string{PayoutReturnable.Name}},
	SettlePayout:     {by: []Role{Operator}, guards: []string{PayoutIsDue.Name}},
	BookPayout:       {by: []Role{Operator}, guards: []string{payoutWentBack.Name, paidWhatWentBack.Name}},
	LoseHeld:         {by: []Role{Gateway}},
	TakeBack:         {by: []Role{Gateway}, guards: []string{takenFromPayment.Name}},
	WinBack:          {by: []Role{Gateway}, guards: []string{moneyWentBack.Name}},
	SettleLoss:       {by: []Role{Operator}, guards: []string{lossOpen.Name, recoveredFromDebt.Name}},
	RepayPayee:       {by: []Role{Operator}, guards: []string{payeeIsOwed.Name, repaidWhole.Name}},
	Freeze:           {by: []Role{Starter, Buyer}, ledger: true},
	SettleFrozen:     {by: []Role{Seller, Operator, Clock}, ledger: true},
	ReturnFrozen:     {by: []Role{Buyer, Seller, Operator, Clock}, ledger: true},
	SplitFrozen:      {by: []Role{Operator}, ledger: true, guards: []string{PriceSplit.Name}},
	Credit:           {by: []Role{Operator}, ledger: true, guards: []string{PricePositive.Name}},
	Debit:            {by: []Role{Operator}, ledger: true, guards: []string{PricePositive.Name}},
}

// opens are the effects with which a deal may begin on our own ledger, recording
// nothing but itself.
var opens = []Effect{Nothing, Freeze, Credit, Debit}

// meaning finds what a fact says: a common one, or one of the process's own.
func (p *Process) meaning(f Fact) (Meaning, bool) {
	if m, ok := common[f]; ok {
		return m, true
	}
	m, ok := p.Facts[f]
	return m, ok
}

// means is meaning for a fact that Validate knows.
func (p *Process) means(f Fact) Meaning {
	m, _ := p.meaning(f)
	return m
}

// expected are the effects that fit a rule's fact and how it comes about; none when
// the fact cannot come about that way.
func (p *Process) expected(r Rule) []Effect {
	switch {
	case r.Observe == "" && r.Sets == "":
		if r.creates() {
			return opens
		}
		return noMoney
	case r.Observe == "":
		return p.means(r.Sets).Own
	case r.Verb == "":
		return p.means(r.Observe).Reported
	}
	e, ok := p.means(r.Observe).Asked[r.Verb]
	switch {
	case !ok:
		return nil
	case e == Unhold && !slices.ContainsFunc(r.From, p.reserves):
		// A payment that nobody has made is dropped: there is nothing to give back.
		return noMoney
	}
	return []Effect{e}
}

func (p *Process) reserves(s State) bool {
	info, _ := p.state(s)
	return info.Money == HoldsAuthorized
}
