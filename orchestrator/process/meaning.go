package process

import "slices"

// meaning is what a fact says about the money: with which effect it is booked, by
// how it came about. A way that is nil is none: nobody can be asked for the fact, no
// gateway reports it, or no step of our own records it.
type meaning struct {
	asked    map[Verb]Effect // a gateway was asked to bring it about
	reported []Effect        // a gateway reports it by itself
	own      []Effect        // a step of ours says so, and no gateway is asked
	// beside is the observed fact in whose place this one is recorded.
	beside Fact
	by     []Role // who may take a step of our own that records it
}

// Nothing is the effect of what moves no money.
const nothing Effect = ""

var (
	noMoney = []Effect{nothing}
	parties = []Role{Starter, Author, Buyer, Seller, Operator, Clock}
)

// meanings is the whole vocabulary of facts. One that is missing here is refused by
// Validate, so that no fact is without a say about the money.
var meanings = map[Fact]meaning{
	// What escrow gateways report.
	FactJoined:               {asked: map[Verb]Effect{Charge: nothing}},
	FactListingAccepted:      {beside: FactJoined},
	FactRejected:             {own: noMoney, by: []Role{Author, Joiner}},
	FactCancelled:            {asked: map[Verb]Effect{Void: nothing}, reported: noMoney, own: noMoney, by: []Role{Starter, Operator, Clock}},
	FactPaid:                 {reported: []Effect{Collect}},
	FactTracked:              {asked: map[Verb]Effect{Track: nothing}},
	FactDelivered:            {asked: map[Verb]Effect{ConfirmDelivery: nothing}},
	FactComplained:           {asked: map[Verb]Effect{Complain: nothing}},
	FactComplaintPeriodEnded: {asked: map[Verb]Effect{Release: nothing}},
	FactFundsReleased:        {reported: []Effect{PayOut}},
	FactFundsRefunded:        {asked: map[Verb]Effect{AcceptComplaint: RefundPayer}, reported: []Effect{RefundPayer}},
	FactPaymentRefunded:      {reported: []Effect{RefundPayer}},

	FactDepositPaid:             {reported: []Effect{CollectDeposit}},
	FactDepositAccepted:         {asked: map[Verb]Effect{AcceptDeposit: nothing}},
	FactDepositRefunded:         {reported: []Effect{RefundPayer}},
	FactPriced:                  {asked: map[Verb]Effect{SetPrice: nothing}},
	FactRemainderPaid:           {reported: []Effect{CollectRemainder}},
	FactRemainderSkipped:        {asked: map[Verb]Effect{SkipRemainder: nothing}},
	FactBuyerHandoverConfirmed:  {asked: map[Verb]Effect{ConfirmReceipt: nothing}},
	FactSellerHandoverConfirmed: {asked: map[Verb]Effect{ConfirmHandover: nothing}},

	// What gateways report that hold money for a marketplace.
	FactAuthorized:     {asked: map[Verb]Effect{Authorize: Hold}, reported: []Effect{Hold}},
	FactCaptured:       {asked: map[Verb]Effect{Capture: PostHold, Charge: Collect}, reported: []Effect{PostHold, Collect}},
	FactVoided:         {asked: map[Verb]Effect{Void: Unhold}},
	FactTransferred:    {asked: map[Verb]Effect{Transfer: PayOut}},
	FactRefunded:       {asked: map[Verb]Effect{Refund: RefundPayer}},
	FactRefundedInPart: {asked: map[Verb]Effect{Refund: RefundPart}},
	FactRestRefunded:   {asked: map[Verb]Effect{Refund: RefundPayer}},
	FactDelayed:        {reported: noMoney},
	FactPaymentFailed:  {reported: noMoney},
	FactDisputeOpened:  {reported: noMoney},
	FactDisputeWon:     {reported: noMoney},
	FactDisputeLost:    {reported: []Effect{LoseHeld}},
	FactTakenBack:      {reported: []Effect{TakeBack}},
	FactWonBack:        {reported: []Effect{WinBack}},

	// What our own steps record.
	FactCanceled:    {own: noMoney, by: []Role{Starter, Author, Operator}},
	FactInvoiced:    {own: noMoney, by: []Role{Author}},
	FactLossSettled: {own: []Effect{SettleLoss}, by: []Role{Operator}},
	FactSplit:       {beside: FactRefundedInPart, own: []Effect{SplitFrozen}, by: []Role{Operator}},

	FactPaidByBuyer:       {own: noMoney, by: []Role{Buyer}},
	FactReceived:          {own: []Effect{SettleFrozen}, by: []Role{Seller}},
	FactExpired:           {own: []Effect{ReturnFrozen}, by: []Role{Clock}},
	FactCancelledByBuyer:  {own: []Effect{ReturnFrozen}, by: []Role{Buyer}},
	FactCancelledBySeller: {own: []Effect{ReturnFrozen}, by: []Role{Seller}},
	FactCancelledByBoth:   {own: []Effect{ReturnFrozen}, by: []Role{Buyer, Seller}},
	FactAgreedByBuyer:     {own: noMoney, by: []Role{Buyer}},
	FactAgreedBySeller:    {own: noMoney, by: []Role{Seller}},
	FactDisputed:          {own: noMoney, by: []Role{Buyer, Seller, Clock}},
	FactAppealed:          {own: []Effect{Freeze}, by: []Role{Buyer}},
	FactContested:         {own: noMoney, by: []Role{Buyer}},
	FactCaseClosed:        {own: noMoney, by: []Role{Operator}},
	FactReleased:          {own: []Effect{SettleFrozen}, by: []Role{Operator}},
	FactReturned:          {own: []Effect{ReturnFrozen}, by: []Role{Operator}},
	FactReleasedByDefault: {own: []Effect{SettleFrozen}, by: []Role{Clock}},
	FactReturnedByDefault: {own: []Effect{ReturnFrozen}, by: []Role{Clock}},
}

// asks are the verbs: who may have a gateway asked, and whether the payer may have
// to finish elsewhere what was begun.
var asks = map[Verb]struct {
	by        []Role
	elsewhere bool
	guards    []string // that every rule which asks for it must have
}{
	Authorize:       {by: []Role{Starter}, elsewhere: true, guards: []string{differentPeople.Name, bothParties.Name, pricePositive.Name}},
	Charge:          {by: []Role{Starter, Author, Joiner}, elsewhere: true},
	Capture:         {by: []Role{Author, Operator, Gateway}},
	Void:            {by: []Role{Starter, Author, Buyer, Seller, Operator, Clock, Gateway}},
	Refund:          {by: []Role{Operator}},
	Transfer:        {by: []Role{Starter, Operator, Clock}},
	Track:           {by: []Role{Seller, Gateway}},
	ConfirmDelivery: {by: []Role{Buyer, Clock, Gateway}},
	Complain:        {by: []Role{Buyer, Gateway}, guards: []string{complaintPeriodOpen.Name}},
	Release:         {by: []Role{Buyer, Gateway}, guards: []string{complaintPeriodOpen.Name}},
	AcceptComplaint: {by: []Role{Seller}},
	AcceptDeposit:   {by: []Role{Seller, Gateway}},
	SetPrice:        {by: []Role{Seller, Gateway}, guards: []string{notPriced.Name, aboveDeposit.Name}},
	SkipRemainder:   {by: []Role{Seller, Gateway}, guards: []string{notPriced.Name}},
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
	nothing:          {by: append([]Role{Gateway, Joiner}, parties...)},
	Hold:             {by: []Role{Starter, Gateway}},
	Unhold:           {by: []Role{Starter, Author, Operator, Clock, Gateway}},
	PostHold:         {by: []Role{Author, Operator, Gateway}},
	Collect:          {by: []Role{Starter, Gateway}},
	CollectDeposit:   {by: []Role{Gateway}},
	CollectRemainder: {by: []Role{Gateway}, guards: []string{priced.Name}},
	PayOut:           {by: []Role{Starter, Operator, Clock, Gateway}},
	RefundPayer:      {by: []Role{Seller, Operator, Gateway}},
	RefundPart:       {by: []Role{Operator}, guards: []string{unsplit.Name, wholeSplit.Name}},
	LoseHeld:         {by: []Role{Gateway}},
	TakeBack:         {by: []Role{Gateway}, guards: []string{noLossYet.Name, takenFromPayment.Name}},
	WinBack:          {by: []Role{Gateway}, guards: []string{lossOpen.Name}},
	SettleLoss:       {by: []Role{Operator}, guards: []string{lossOpen.Name, recoveredFromDebt.Name}},
	Freeze:           {by: []Role{Starter, Buyer}, ledger: true},
	SettleFrozen:     {by: []Role{Seller, Operator, Clock}, ledger: true},
	ReturnFrozen:     {by: []Role{Buyer, Seller, Operator, Clock}, ledger: true},
	SplitFrozen:      {by: []Role{Operator}, ledger: true, guards: []string{priceSplit.Name}},
	Credit:           {by: []Role{Operator}, ledger: true, guards: []string{pricePositive.Name}},
	Debit:            {by: []Role{Operator}, ledger: true, guards: []string{pricePositive.Name}},
}

// opens are the effects with which a deal may begin on our own ledger, recording
// nothing but itself.
var opens = []Effect{nothing, Freeze, Credit, Debit}

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
		return meanings[r.Sets].own
	case r.Verb == "":
		return meanings[r.Observe].reported
	}
	e, ok := meanings[r.Observe].asked[r.Verb]
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
