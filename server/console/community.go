package console

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/notices"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/pricing"
	"github.com/handsel-dev/handsel/server/web"
)

// Terms keeps what a community has set for its deals.
type Terms interface {
	DealTerms(ctx context.Context, community int64) (orchestrator.Terms, error)
	SaveFees(ctx context.Context, community int64, p pricing.Policy, by orchestrator.By) error
	SaveConfirmDays(ctx context.Context, community int64, days int, by orchestrator.By) error
}

// Letterheads keeps how a community writes to people.
type Letterheads interface {
	Letterhead(ctx context.Context, community int64) (notices.Letterhead, error)
	OwnLetterhead(ctx context.Context, community int64) (notices.Letterhead, error)
	SaveLetterhead(ctx context.Context, community int64, l notices.Letterhead, by orchestrator.By) error
}

// Templates are the e-mails that a community has written itself, and Origins the web pages whose scripts may call.
type Templates interface {
	MailTemplates(ctx context.Context, community int64) (map[string]notices.Override, error)
}

// Origins are the web pages of a community whose scripts may call.
type Origins interface {
	Origins(ctx context.Context, community int64) ([]string, error)
}

// set is what a community has set, as its page shows it.
type set struct {
	Terms     orchestrator.Terms
	Own       notices.Letterhead
	InEffect  notices.Letterhead
	Limits    orchestrator.Limits
	Operators []string
	Seen      string // names all of that; a form that was filled in for something else is refused
	ReadOnly  []readOnly
	v         visit
	assets    money.Assets
}

// readOnly is what is only read here: the API changes it.
type readOnly struct {
	Title string
	All   []string
	None  string // what is said where there is none
	Page  string // where more of it is
	Way   string // the words of that link
}

func (f face) isSet(v visit) (set, error) {
	ctx, s := v.Request.Context(), set{v: v, assets: f.Assets}
	var err error
	if s.Terms, err = f.Terms.DealTerms(ctx, v.Community); err != nil {
		return s, err
	}
	s.Terms.Fees = s.Terms.Fees.WithRules()
	if s.Own, err = f.Letterheads.OwnLetterhead(ctx, v.Community); err != nil {
		return s, err
	}
	if s.InEffect, err = f.Letterheads.Letterhead(ctx, v.Community); err != nil {
		return s, err
	}
	if s.Limits, err = f.Approvals.ApprovalLimits(ctx, v.Community); err != nil {
		return s, err
	}
	if s.Operators, err = f.Approvals.Operators(ctx, v.Community); err != nil {
		return s, err
	}
	text, err := json.Marshal([]any{s.Terms, s.Own, s.Limits, s.Operators})
	sum := sha256.Sum256(text)
	s.Seen = hex.EncodeToString(sum[:8])
	return s, err
}

func (f face) community(v visit) error {
	s, err := f.isSet(v)
	if err != nil {
		return err
	}
	if s.ReadOnly, err = f.readOnly(v); err != nil {
		return err
	}
	return f.show(v, v.say("Community"), s.sentence(), communityPage(s))
}

// readOnly reads what else is the community's own.
func (f face) readOnly(v visit) ([]readOnly, error) {
	const calls = "/docs/api/community"
	ctx := v.Request.Context()
	gateways := readOnly{Title: v.say("Gateways of this server"), Page: sellers, Way: v.say("Accounts of sellers at them")}
	for _, g := range f.Engine.Gateways() {
		gateways.All = append(gateways.All, g.Name())
	}
	all := []readOnly{gateways}
	if f.Templates != nil {
		own, err := f.Templates.MailTemplates(ctx, v.Community)
		if err != nil {
			return nil, err
		}
		all = append(all, readOnly{v.say("E-mails that this community has written"), slices.Sorted(maps.Keys(own)), v.say("It has written none."), calls, v.say("Calls that change them")})
	}
	if f.Origins != nil {
		pages, err := f.Origins.Origins(ctx, v.Community)
		if err != nil {
			return nil, err
		}
		all = append(all, readOnly{v.say("Web pages whose scripts may call"), pages, v.say("There are none."), calls, v.say("Calls that change them")})
	}
	if f.Traders == nil {
		return all, nil
	}
	rules, err := f.rulesOf(v)
	return append(all, readOnly{v.say("Rules of the exchange"), rules, "", calls, v.say("Calls that change them")}), err
}

// rulesOf are the rules of the exchange by the names that the API has for them.
func (f face) rulesOf(v visit) ([]string, error) {
	rules, err := f.Traders.Rules(v.Request.Context(), v.Community)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(rules)
	var named map[string]json.RawMessage
	if err == nil {
		err = json.Unmarshal(text, &named)
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(named)) {
		all = append(all, name+" = "+string(named[name]))
	}
	return all, err
}

func (s set) sentence() string {
	say := s.v.say
	second := say("nothing needs a second person")
	if len(s.Limits) > 0 {
		second = say("a second person is needed above %s", s.amounts(s.Limits))
	}
	return say("Sellers pay %s and buyers %s; %s.", percent(s.Terms.Fees.SellerBasisPoints)+" %", percent(s.Terms.Fees.BuyerBasisPoints)+" %", second)
}

// given is what a field of a form has: what somebody has written before they had to show who they are, or what is set.
func (s set) given(name, stored string) string { return cmp.Or(s.v.Query(name), stored) }

func percent(basisPoints int64) string { return money.Decimal(basisPoints, 2) }

// amounts are sums of several currencies as people write them.
func (s set) amounts(all map[money.Currency]int64) string {
	var texts []string
	for _, c := range slices.Sorted(maps.Keys(all)) {
		scale, _ := s.assets.Scale(c)
		texts = append(texts, money.Decimal(all[c], scale)+" "+string(c))
	}
	return strings.Join(texts, ", ")
}

// amountsIn reads them: "1.00 EUR, 2.00 USD".
func (s set) amountsIn(name string) (amounts map[money.Currency]int64, ok bool) {
	all := map[money.Currency]int64{}
	for text := range strings.SplitSeq(s.v.PostForm(name), ",") {
		if strings.TrimSpace(text) == "" {
			continue
		}
		number, code, _ := strings.Cut(strings.TrimSpace(text), " ")
		c := money.Currency(strings.ToUpper(strings.TrimSpace(code)))
		scale, known := s.assets.Scale(c)
		minor, is := money.ParseDecimal(number, scale)
		if _, twice := all[c]; !known || !is || twice {
			return nil, false
		}
		all[c] = minor
	}
	return all, true
}

// notAmounts is what is wrong with a field that has none.
const notAmounts = "%s must be amounts such as 1.00 EUR, 2.00 USD, each currency once"

func (s set) percentIn(name string) (int64, error) {
	points, ok := money.ParseDecimal(s.v.PostForm(name), 2)
	if !ok {
		return 0, web.Invalid("invalid_fee_policy", name, "%s must be a percentage such as 2.50", name)
	}
	return points, nil
}

// setting is a part of what a community sets. What changes money's rules needs that the person has just shown who they are.
type setting struct {
	money bool
	save  func(f face, s set, by orchestrator.By) error
}

var settings = map[string]setting{
	"fees":         {true, face.saveFees},
	"confirmation": {true, face.saveConfirmation},
	"limits":       {true, face.saveLimits},
	"letterhead":   {false, face.saveLetterhead},
	"operator_on":  {true, face.addOperator},
	"operator_off": {true, face.removeOperator},
}

// change replaces a part of what a community has set, unless somebody else has changed it since.
func (f face) change(v visit) error {
	part, is := settings[v.Param("act")]
	if !is {
		return web.NoRoute(v.Context, web.Route{})
	}
	reason, err := givenReason(v)
	if err != nil {
		return err
	}
	if part.money {
		if err := f.movesMoney(v); err != nil {
			return err
		}
	}
	s, err := f.isSet(v)
	if err != nil {
		return err
	}
	if v.PostForm("seen") != s.Seen {
		return fault.New(fault.Conflict, "revision_conflict", "this was changed since you looked at it; look again")
	}
	if err := part.save(f, s, f.by(v, reason)); err != nil {
		return f.orWaits(v, err)
	}
	v.Redirect(http.StatusSeeOther, community)
	return nil
}

func (f face) saveFees(s set, by orchestrator.By) error {
	p := s.Terms.Fees
	var err error
	if p.SellerBasisPoints, err = s.percentIn("seller"); err != nil {
		return err
	}
	if p.BuyerBasisPoints, err = s.percentIn("buyer"); err != nil {
		return err
	}
	for name, least := range map[string]*pricing.Minimums{"seller_minimums": &p.SellerMinimums, "buyer_minimums": &p.BuyerMinimums} {
		amounts, ok := s.amountsIn(name)
		if !ok {
			return web.Invalid("invalid_fee_policy", name, notAmounts, name)
		}
		*least = amounts
	}
	p.CommissionRule, p.BuyerFeeRule = pricing.Rule(s.v.PostForm("commission_on_split")), pricing.Rule(s.v.PostForm("buyer_fee_on_refund"))
	return f.Terms.SaveFees(s.v.Request.Context(), s.v.Community, p, by)
}

func (f face) saveConfirmation(s set, by orchestrator.By) error {
	days, err := strconv.Atoi(cmp.Or(s.v.PostForm("days"), "0"))
	if err != nil {
		return web.Invalid("invalid_confirm_after_days", "days", "days must be a number, 1 to %d, or empty", orchestrator.MaxConfirmDays)
	}
	return f.Terms.SaveConfirmDays(s.v.Request.Context(), s.v.Community, days, by)
}

func (f face) saveLimits(s set, by orchestrator.By) error {
	limits, ok := s.amountsIn("limits")
	if !ok {
		return web.Invalid("invalid_approval_limits", "limits", notAmounts, "limits")
	}
	return f.Engine.SaveLimits(s.v.Request.Context(), s.v.Community, limits, s.v.actor(), by)
}

// addOperator lists somebody who may act as staff. A name that is added to a list waits for a second person.
func (f face) addOperator(s set, by orchestrator.By) error {
	return f.Engine.SaveOperators(s.v.Request.Context(), s.v.Community, append(s.Operators, s.v.PostForm("operator")), s.v.actor(), by)
}

func (f face) removeOperator(s set, by orchestrator.By) error {
	gone := s.v.PostForm("operator")
	if !slices.Contains(s.Operators, gone) {
		return web.Invalid("invalid_operators", "operator", "operator is not on the list; look at it again")
	}
	left := slices.DeleteFunc(s.Operators, func(name string) bool { return name == gone })
	return f.Engine.SaveOperators(s.v.Request.Context(), s.v.Community, left, s.v.actor(), by)
}

func (f face) saveLetterhead(s set, by orchestrator.By) error {
	field := s.v.PostForm
	head := notices.Letterhead{Marketplace: field("marketplace"), Sender: field("sender"), ReplyTo: field("reply_to"), Link: field("link"), Language: field("language"), Operators: field("operators")}
	return f.Letterheads.SaveLetterhead(s.v.Request.Context(), s.v.Community, head, by)
}
