package sqlstore

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
	"github.com/handsel-dev/handsel/orchestrator/process/balance"
	"github.com/handsel-dev/handsel/orchestrator/process/p2porder"
)

// orders are the deals of the exchange.
const orders = `process like 'p2p_order@%'`

// trader is a user of the exchange as it is stored.
type trader struct {
	exchange.Trader
	community int64
}

var traderTable = tableOf("traders",
	number("community_id", func(t *trader) *int64 { return &t.community }).fixed(),
	text("user_id", func(t *trader) *string { return &t.ID }).fixed(),
	text("name", func(t *trader) *string { return &t.Name }),
	instant("since", func(t *trader) *time.Time { return &t.Since }).fixed(),
	instant("banned_at", func(t *trader) *time.Time { return &t.BannedAt }).elsewhere(),
)

// SaveTrader implements exchange.Standing.
func (db Standing) SaveTrader(ctx context.Context, community int64, t exchange.Trader) error {
	if !storable(t.ID) || !storable(t.Name) {
		return errText
	}
	args, err := traderTable.row(&trader{t, community})
	if err == nil {
		_, err = db.exec(ctx, traderTable.insertion(1)+` on conflict (community_id, user_id) do update set `+traderTable.renewals("excluded"), args...)
	}
	return err
}

// Traders implements exchange.Standing.
func (db Standing) Traders(ctx context.Context, community int64, users []string) (map[string]exchange.Trader, error) {
	found := make(map[string]exchange.Trader, len(users))
	if len(users) == 0 {
		return found, nil
	}
	args, places := among([]any{community}, inOrder(users))
	rows, err := find(ctx, db, traderTable, `where community_id = $1 and user_id in (`+places+`)`, args...)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		found[r.ID] = r.Trader
	}
	return found, nil
}

// among adds values to the arguments of a query and returns their places.
func among[T any](args []any, values []T) ([]any, string) {
	places := make([]string, len(values))
	for i, v := range values {
		args = append(args, v)
		places[i] = "$" + strconv.Itoa(len(args))
	}
	return args, strings.Join(places, ", ")
}

// BanTrader implements exchange.Standing.
func (db Standing) BanTrader(ctx context.Context, community int64, user string, at time.Time) (bool, error) {
	if !storable(user) {
		return false, nil
	}
	n, err := db.exec(ctx, `update traders set banned_at = coalesce(banned_at, $3) where community_id = $1 and user_id = $2`,
		community, user, stamp{at})
	return n == 1, err
}

// UnbanTrader implements exchange.Standing.
func (db Standing) UnbanTrader(ctx context.Context, community int64, user string) (bool, error) {
	if !storable(user) {
		return false, nil
	}
	n, err := db.exec(ctx, `update traders set banned_at = null where community_id = $1 and user_id = $2 and banned_at is not null`, community, user)
	return n == 1, err
}

// ExchangeRules implements exchange.RuleBook.
func (db Terms) ExchangeRules(ctx context.Context, community int64) (r exchange.Rules, found bool, err error) {
	var text string
	if found, err = db.one(ctx, &text, `select rules from exchange_rules where community_id = $1`, community); err != nil || !found {
		return r, false, err
	}
	// Members that are newer than the row have their defaults.
	r = exchange.DefaultRules()
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return r, false, fmt.Errorf("exchange rules of community %d: %w", community, err)
	}
	return r, true, nil
}

// SaveExchangeRules implements exchange.RuleBook.
func (db Terms) SaveExchangeRules(ctx context.Context, community int64, r exchange.Rules) error {
	if err := r.Validate(); err != nil {
		return err
	}
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	n, err := db.exec(ctx, `insert into exchange_rules (community_id, rules) select id, cast($2 as text) from communities where id = $1
		on conflict (community_id) do update set rules = excluded.rules`, community, string(text))
	if err == nil && n == 0 {
		err = noCommunity(community)
	}
	return err
}

// SetBlock implements exchange.Blocks.
func (db Blocks) SetBlock(ctx context.Context, community int64, user, other string, blocked bool, at time.Time) error {
	var err error
	if blocked {
		_, err = db.exec(ctx, `insert into blocks (community_id, user_id, blocked, at) values ($1, $2, $3, $4)
			on conflict (community_id, user_id, blocked) do nothing`, community, user, other, stamp{at})
	} else {
		_, err = db.exec(ctx, `delete from blocks where community_id = $1 and user_id = $2 and blocked = $3`, community, user, other)
	}
	return err
}

// Blocked implements exchange.Blocks.
func (db Blocks) Blocked(ctx context.Context, community int64, a, b string) (bool, error) {
	var n int64
	_, err := db.one(ctx, &n, `select count(*) from blocks
		where community_id = $1 and (user_id = $2 and blocked = $3 or user_id = $3 and blocked = $2)`, community, a, b)
	return n > 0, err
}

// The states of orders in which they hold money, wait for an operator, and are over.
var (
	orderTable  = p2porder.V1()
	openOrders  = orderTable.Where(process.StateInfo.Open)
	waiting     = orderTable.Where(orderTable.Case)
	closedOrder = orderTable.Where(func(s process.StateInfo) bool { return s.Terminal })
)

// quoted writes names of ours into a query where an index wants to see the values.
func quoted[T ~string](names ...T) string {
	texts := make([]string, len(names))
	for i, name := range names {
		texts[i] = "'" + string(name) + "'"
	}
	return strings.Join(texts, ", ")
}

// Orders implements exchange.Trades.
func (db Trades) Orders(ctx context.Context, q exchange.OrderQuery) ([]orchestrator.Transaction, int64, error) {
	args := []any{q.CommunityID}
	where := ` from transactions where community_id = $1 and ` + orders
	for _, c := range []struct{ text, user string }{
		{"buyer = ?", q.Buyer}, {"seller = ?", q.Seller}, {"(buyer = ? or seller = ?)", q.Party},
	} {
		if c.user != "" {
			args = append(args, c.user)
			where += " and " + strings.ReplaceAll(c.text, "?", "$"+strconv.Itoa(len(args)))
		}
	}
	switch {
	case slices.Equal(q.States, waiting):
		where += ` and state in (` + quoted(waiting...) + `)`
	case len(q.States) > 0:
		states := make([]string, len(q.States))
		for i, s := range q.States {
			states[i] = string(s)
		}
		var places string
		args, places = among(args, states)
		where += ` and state in (` + places + `)`
	}
	var total int64
	if _, err := db.one(ctx, &total, `select count(*)`+where, args...); err != nil {
		return nil, 0, err
	}
	by := `id desc`
	if q.Waiting {
		by = `entered_at, id`
	}
	query := fmt.Sprintf(`select %s%s order by %s limit $%d offset $%d`, bareDealTable.picked, where, by, len(args)+1, len(args)+2)
	page, err := db.dealsAs(ctx, bareDealTable, query, append(args, q.Limit, q.Offset)...)
	return page, total, err
}

// OpenOrders implements exchange.Trades.
func (db Trades) OpenOrders(ctx context.Context, community, ad int64) (int, error) {
	var n int
	_, err := db.one(ctx, &n, `select count(*) from transactions where community_id = $1 and listing_id = $2 and listing_id <> 0
		and `+orders+` and state in (`+quoted(openOrders...)+`)`, community, ad)
	return n, err
}

// TradeTimes implements exchange.Trades.
func (db Trades) TradeTimes(ctx context.Context, community, ad int64) (first, last time.Time, err error) {
	var r struct {
		First stamp `db:"first"`
		Last  stamp `db:"last"`
	}
	_, err = db.one(ctx, &r, `select min(created_at) as first, max(last_transition_at) as last from transactions
		where community_id = $1 and listing_id = $2 and listing_id <> 0 and `+orders, community, ad)
	return r.First.at, r.Last.at, err
}

// Faults implements exchange.Records. An order that was called back was not let expire.
func (db Records) Faults(ctx context.Context, community int64, taker string, since time.Time, limit int) ([]exchange.Fault, error) {
	var rows []struct {
		Kind string `db:"kind"`
		At   stamp  `db:"at"`
	}
	var (
		lapsed  = `l.transition = ` + quoted(p2porder.Expire)
		dropped = `(t.buyer = $2 and l.transition in (` + quoted(p2porder.Cancel, p2porder.WithdrawClaim, p2porder.Expire,
			p2porder.ResolveRefund, p2porder.DefaultRefund, p2porder.CloseCase) + `)
			or t.seller = $2 and l.transition = ` + quoted(p2porder.CancelSale) + `)`
		calledBack = `(select 1 from transaction_log a where a.transaction_id = t.id and a.transition in (` + quoted(p2porder.Appeal, p2porder.Contest) + `))`
		kind       = `case when l.transition in (` + quoted(p2porder.Cancel, p2porder.WithdrawClaim, p2porder.CancelSale) + `) then ` +
			quoted(exchange.TakerCancelled) + ` when ` + lapsed + ` then ` + quoted(exchange.TakerExpired) + ` else ` + quoted(exchange.TakerLost) + ` end`
	)
	if err := db.all(ctx, &rows, `select `+kind+` as kind, l.at
		from transactions t join transaction_log l on l.transaction_id = t.id and l.at > $3 and `+dropped+`
		where t.community_id = $1 and t.starter = $2 and t.updated_at > $3 and t.`+orders+` and (t.state <> `+quoted(p2porder.Completed)+` or t.starter = t.seller)
			and not (`+lapsed+` and exists `+calledBack+`)
		order by at desc limit $4`, community, taker, stamp{since}, limit); err != nil {
		return nil, err
	}
	all := make([]exchange.Fault, len(rows))
	for i, r := range rows {
		all[i] = exchange.Fault{Kind: exchange.FaultKind(r.Kind), At: r.At.at}
	}
	return all, nil
}

// Traded implements exchange.Records.
func (db Records) Traded(ctx context.Context, community int64, user string, c money.Currency) (int64, error) {
	var sum int64
	_, err := db.one(ctx, &sum, `select cast(coalesce(sum(price), 0) as bigint) from transactions
		where community_id = $1 and (buyer = $2 or seller = $2) and `+orders+` and state = `+quoted(p2porder.Completed)+` and currency = $3`, community, user, string(c))
	return sum, err
}

// Deposited implements exchange.Records.
func (db Records) Deposited(ctx context.Context, community int64, user string, c money.Currency) (int64, error) {
	var sum int64
	_, err := db.one(ctx, &sum, `select cast(coalesce(sum(price), 0) as bigint) from transactions
		where community_id = $1 and buyer = $2 and process like `+quoted(balance.DepositName+"@%")+` and state = `+quoted(balance.Booked)+` and currency = $3`, community, user, string(c))
	return sum, err
}

// MessageCount implements exchange.Trades.
func (db Trades) MessageCount(ctx context.Context, transaction int64) (int64, error) {
	var n int64
	_, err := db.one(ctx, &n, `select count(*) from messages where transaction_id = $1`, transaction)
	return n, err
}

// pastStep is a line of the history with what was said along with it.
type pastStep struct {
	logLine
	message string
}

var pastStepTable = tableOf("transaction_log", within(func(s *pastStep) *logLine { return &s.logLine }, logTable.read)...).plus(
	text("message", func(s *pastStep) *string { return &s.message }).as(`coalesce((select m.content from messages m
		where m.transaction_id = l.transaction_id and m.at = l.at and l.actor in (` + quoted(process.User+":") + ` || m.sender, ` + quoted(process.Staff+":") + ` || m.sender)
		order by m.id desc limit 1), '')`),
)

// LastSteps implements exchange.Trades.
func (db Trades) LastSteps(ctx context.Context, community int64, orders []int64, of []process.Transition) (map[int64]exchange.PastStep, error) {
	found := map[int64]exchange.PastStep{}
	if len(orders) == 0 || len(of) == 0 {
		return found, nil
	}
	args, ids := among([]any{community}, orders)
	args, names := among(args, each(of, func(t process.Transition) string { return string(t) }))
	rows, err := pick(ctx, db, db.reads, pastStepTable, `select `+pastStepTable.from("l")+` from transactions t join transaction_log l on l.transaction_id = t.id
		where t.community_id = $1 and t.id in (`+ids+`) and l.transition in (`+names+`) order by l.transaction_id, l.revision`, args...)
	for _, s := range rows {
		found[s.TransactionID] = exchange.PastStep{LogEntry: s.LogEntry, Message: s.message} // the last one stays
	}
	return found, err
}

// Assign implements exchange.Cases.
func (db Cases) Assign(ctx context.Context, community, transaction int64, operator string, at time.Time) (string, error) {
	if _, err := db.exec(ctx, `insert into assignments (transaction_id, community_id, operator, at) values ($1, $2, $3, $4)
		on conflict (transaction_id) do nothing`, transaction, community, operator, stamp{at}); err != nil {
		return "", err
	}
	holders, err := db.Assigned(ctx, []int64{transaction})
	return holders[transaction], err
}

// Reassign implements exchange.Cases.
func (db Cases) Reassign(ctx context.Context, community, transaction int64, from, to string, at time.Time) (bool, error) {
	n, err := db.exec(ctx, `update assignments set operator = $4, at = $5 where transaction_id = $1 and community_id = $2 and operator = $3`, transaction, community, from, to, stamp{at})
	return n == 1, err
}

// Assigned implements exchange.Cases.
func (db Cases) Assigned(ctx context.Context, transactions []int64) (map[int64]string, error) {
	holders := map[int64]string{}
	if len(transactions) == 0 {
		return holders, nil
	}
	var rows []struct {
		ID       int64  `db:"transaction_id"`
		Operator string `db:"operator"`
	}
	args, places := among(nil, transactions)
	if err := db.all(ctx, &rows, `select transaction_id, operator from assignments where transaction_id in (`+places+`)`, args...); err != nil {
		return nil, err
	}
	for _, r := range rows {
		holders[r.ID] = r.Operator
	}
	return holders, nil
}

// AddAudit implements exchange.Cases.
func (db Cases) AddAudit(ctx context.Context, a exchange.Audit) error {
	actor := a.Actor
	if actor != systemActor {
		actor = operatorActor + actor
	}
	return AuditLog(db).AddAct(ctx, orchestrator.Act{CommunityID: a.CommunityID, Actor: actor, Name: string(a.Action), Object: a.Subject, Reason: a.Detail, At: a.At})
}

// How actors of the exchange stand in the audit log.
const (
	systemActor   = "system"
	operatorActor = string(process.Staff) + ":"
)

// AuditTrail implements exchange.Cases.
func (db Cases) AuditTrail(ctx context.Context, community int64, subject string) ([]exchange.Audit, error) {
	rows, err := find(ctx, db, actTable, `where community_id = $1 and object = $2 order by at, id`, community, subject)
	return each(rows, func(a act) exchange.Audit {
		return exchange.Audit{
			CommunityID: a.CommunityID, Actor: strings.TrimPrefix(a.Actor, operatorActor), Action: exchange.Action(a.Name),
			Subject: a.Object, Detail: a.Reason, At: a.At,
		}
	}), err
}
