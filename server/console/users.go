package console

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/handsel-dev/handsel/conversations"
	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server/web"
)

// People are the users, with what is known of them.
type People interface {
	Users(ctx context.Context, f orchestrator.UserFilter) ([]orchestrator.KnownUser, error)
	Profile(ctx context.Context, community int64, user string) (p orchestrator.Profile, found bool, err error)
	Balances(ctx context.Context, community int64, user string) ([]orchestrator.UserBalance, error)
	Debts(ctx context.Context, community int64, user string) ([]money.Amount, error)
}

// Traders keeps who may trade.
type Traders interface {
	Ban(ctx context.Context, operator exchange.User, user, reason string) error
	Unban(ctx context.Context, operator exchange.User, user, reason string) error
	Rules(ctx context.Context, community int64) (exchange.Rules, error)
}

// users are a page of them.
type users struct {
	Query string
	All   []knownUser
	Next  string // address of the next page; empty: there is none
}

type knownUser struct {
	orchestrator.KnownUser
	Path string
}

// somebody is a user as their page shows them.
type somebody struct {
	knownUser
	Profile      *orchestrator.Profile // nil: none is stored
	Asked        *orchestrator.Seller  // as the gateways tell now; nil: they were not asked
	Ask          string                // address that asks them
	Record       orchestrator.Record
	Rating       *conversations.Rating // nil: there are none here
	Debts        []money.Amount
	Balances     []statementSum
	Payouts      []payout
	BankPayouts  []orchestrator.BankPayout
	Deals        []row
	More, Books  string // addresses of all their deals and of their statement
	CanBan, Gone bool   // of the exchange
	Now          timeOf
}

// payout is what a deal left for a seller.
type payout struct {
	orchestrator.Payout
	Of row
}

func userPath(id string) string { return sellers + "/" + url.PathEscape(id) }

// few is how many rows the parts of a user's page have.
const few = 10

// users lists them. What may be an id leads to its page.
func (f face) users(v visit) error {
	ctx, page := v.Request.Context(), users{Query: strings.TrimSpace(v.Query("q"))}
	filter := orchestrator.UserFilter{CommunityID: v.Community, After: v.Query("after"), Limit: perPage}
	if page.Query != "" {
		id := page.Query
		if err := web.UserID("q", &id); err != nil {
			return err
		}
		if !strings.Contains(id, "@") {
			v.Redirect(http.StatusSeeOther, userPath(id))
			return nil
		}
		filter.Email = id
	}
	found, err := f.People.Users(ctx, filter)
	if err != nil {
		return err
	}
	if page.Query != "" && filter.After == "" { // an id may be an e-mail
		same, err := f.People.Users(ctx, orchestrator.UserFilter{CommunityID: v.Community, ID: page.Query, Limit: 1})
		if err != nil {
			return err
		}
		found = append(same, found...)
	}
	seen := map[string]bool{}
	for _, u := range found {
		if !seen[u.ID] {
			seen[u.ID] = true
			page.All = append(page.All, knownUser{u, userPath(u.ID)})
		}
	}
	if len(found) >= perPage {
		page.Next = sellers + "?" + url.Values{"q": {page.Query}, "after": {found[len(found)-1].ID}}.Encode()
	}
	return f.show(v, v.say("Sellers and users"), page.sentence(v.say), usersPage(page, f.Engine.Now()))
}

func (u users) sentence(say sayer) string {
	switch {
	case len(u.All) == 0 && u.Query != "":
		return say("No user has the e-mail %s.", u.Query)
	case len(u.All) == 0:
		return say("No user has an account or a profile yet. Search for one by the id.")
	case u.Next != "":
		return say("These users have an account, a profile, or a place in the exchange. There are more.")
	}
	return say("These users have an account, a profile, or a place in the exchange.")
}

// standsAt says how somebody stood at a gateway when it was asked last.
func standsAt(ctx context.Context, a orchestrator.KnownAccount) string {
	if a.Status == "" {
		return a.Gateway + ": " + say(ctx, "not asked")
	}
	return a.Gateway + ": " + lower(ctx, string(a.Status))
}

// sellerTone is the colour of how somebody stands at a gateway.
func sellerTone(s orchestrator.SellerStatus) string {
	switch s {
	case orchestrator.SellerActive:
		return "good"
	case orchestrator.SellerRestricted, orchestrator.SellerRejected:
		return "wrong"
	case orchestrator.SellerPending:
		return "needs"
	}
	return "idle"
}

// theUser is the one that the path names.
func (f face) theUser(v visit) (string, error) {
	id := v.Param("user")
	return id, web.UserID("user", &id)
}

func (f face) user(v visit) error {
	id, err := f.theUser(v)
	if err != nil {
		return err
	}
	ctx := v.Request.Context()
	s := somebody{Now: f.Engine.Now(), Ask: userPath(id) + "?gateways=now", Books: statement + "?" + url.Values{"user": {id}}.Encode(), More: deals + "?" + url.Values{"q": {id}}.Encode()}
	known, err := f.People.Users(ctx, orchestrator.UserFilter{CommunityID: v.Community, ID: id, Limit: 1})
	if err != nil {
		return err
	}
	s.knownUser = knownUser{orchestrator.KnownUser{ID: id}, userPath(id)}
	if len(known) == 1 {
		s.KnownUser = known[0]
	}
	if err := f.dealt(v, &s); err != nil {
		return err
	}
	if len(known) == 0 && s.Record.Deals == 0 && len(s.Balances) == 0 {
		return fault.New(fault.NotFound, "user_not_found", "nothing is known of a user with this id; check the id, or search by e-mail")
	}
	if p, found, err := f.People.Profile(ctx, v.Community, id); err != nil {
		return err
	} else if found {
		s.Profile = &p
	}
	if err := f.paid(v, &s); err != nil {
		return err
	}
	if v.Query("gateways") == "now" {
		asked, err := f.Engine.Seller(ctx, v.Community, id)
		if err != nil {
			return err
		}
		s.Asked = &asked
	}
	s.CanBan, s.Gone = f.Traders != nil && !s.Since.IsZero(), !s.BannedAt.IsZero()
	return f.show(v, id, s.sentence(ctx), userPage(v, s))
}

// dealt reads what somebody has done.
func (f face) dealt(v visit, s *somebody) error {
	ctx, registry := v.Request.Context(), f.Engine.Processes()
	dealings, err := f.Finder.Dealings(ctx, v.Community, s.ID, orchestrator.DisputeStates(registry))
	if err != nil {
		return err
	}
	s.Record = orchestrator.RecordOf(registry, s.ID, dealings)
	if f.Talks != nil {
		rating, err := f.Talks.Rating(ctx, v.Community, s.ID)
		if err != nil {
			return err
		}
		s.Rating = &rating
	}
	search := orchestrator.Search{By: orchestrator.ByUser, Text: s.ID}
	search.CommunityID, search.Limit = v.Community, few
	found, err := f.Finder.Search(ctx, search)
	for _, t := range found.Deals {
		s.Deals = append(s.Deals, f.row(t))
	}
	if err != nil {
		return err
	}
	s.Balances, err = f.balancesOf(v, s.ID)
	return err
}

// paid reads what somebody was paid, is to be paid, and owes.
func (f face) paid(v visit, s *somebody) error {
	ctx := v.Request.Context()
	var err error
	if s.Debts, err = f.People.Debts(ctx, v.Community, s.ID); err != nil {
		return err
	}
	found, err := f.Engine.Payouts(ctx, orchestrator.PayoutFilter{CommunityID: v.Community, Seller: s.ID, Limit: few})
	if err != nil {
		return err
	}
	for _, t := range found {
		s.Payouts = append(s.Payouts, payout{t.Payout(), f.row(t)})
	}
	s.BankPayouts, err = f.Engine.BankPayouts(ctx, orchestrator.BankPayoutFilter{CommunityID: v.Community, UserID: s.ID, Limit: few})
	return err
}

// mayAt says what somebody may do at a gateway.
func mayAt(ctx context.Context, a orchestrator.SellerAccount) string {
	text := say(ctx, "cannot be paid")
	if a.CanBePaid {
		text = say(ctx, "can be paid")
	}
	if a.GetsPayouts {
		text += ", " + say(ctx, "and it goes on to their bank")
	}
	if len(a.Currencies) > 0 {
		text += " (" + strings.Join(a.Currencies, ", ") + ")"
	}
	return text
}

func payoutTone(p payout) string {
	if p.Status == orchestrator.PayoutDue {
		return "needs"
	}
	return "good"
}

func bankTone(p orchestrator.BankPayout) string {
	switch p.Status {
	case orchestrator.BankPayoutFailed:
		return "wrong"
	case orchestrator.BankPayoutPaid:
		return "good"
	}
	return "idle"
}

// sentence says first what somebody has to look at.
func (s somebody) sentence(ctx context.Context) string {
	owes := make([]string, len(s.Debts))
	for i, a := range s.Debts {
		owes[i] = grouped(ctx, a)
	}
	switch {
	case s.Gone:
		return say(ctx, "%s is banned from the exchange.", s.ID)
	case len(owes) > 0:
		return say(ctx, "%s owes %s.", s.ID, strings.Join(owes, say(ctx, " and ")))
	}
	for _, a := range s.Accounts {
		if sellerTone(a.Status) == "wrong" {
			return s.ID + ": " + standsAt(ctx, a) + "."
		}
	}
	return say(ctx, "%s has %s in progress and owes nothing.", s.ID, number(ctx, s.Record.Going, "one deal", "%d deals"))
}

// banUser ends or allows that somebody trades.
func (f face) banUser(v visit) error {
	id, err := f.theUser(v)
	if err != nil {
		return err
	}
	reason, err := givenReason(v)
	if err != nil {
		return err
	}
	do := map[string]func(context.Context, exchange.User, string, string) error{}
	if f.Traders != nil {
		do["ban"], do["unban"] = f.Traders.Ban, f.Traders.Unban
	}
	act, is := do[v.Param("act")]
	if !is {
		return web.NoRoute(v.Context, web.Route{})
	}
	if err := act(v.Request.Context(), v.trader(), id, reason); err != nil {
		return err
	}
	v.Redirect(http.StatusSeeOther, userPath(id))
	return nil
}
