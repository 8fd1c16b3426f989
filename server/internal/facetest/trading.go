package facetest

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/handsel-dev/handsel/exchange"
	"github.com/handsel-dev/handsel/fault"
	"github.com/handsel-dev/handsel/listings"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server/web"
)

// trading is an exchange in memory: enough of the rules to see that the faces ask
// for the right thing and show what comes back.
type trading struct {
	ads     *listings.Ads
	replies web.Replies
	now     func() time.Time

	mu       sync.Mutex
	orders   map[int64]*exchange.Order
	messages map[int64][]orchestrator.Message
	names    map[string]string
	banned   map[string]bool
	Blocked  map[string]bool
	rated    map[int64]int
	rules    exchange.Rules
	fail     map[string]error // by method: what it answers
	last     any              // the last argument of interest
	next     int64
}

func (f *trading) refuse(method string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.fail[method]
}

func (f *trading) Failing(method string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fail = map[string]error{method: err}
}

func (f *trading) SetBanned(user string, banned bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.banned[user] = banned
}

func (f *trading) Asked() any {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.last
}

func (f *trading) Seen(_ context.Context, u exchange.User) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.banned[u.ID] {
		return fault.New(fault.Forbidden, "banned", "you are banned from this exchange")
	}
	f.names[u.ID] = u.Name
	return nil
}

// keyed stores the answer like the engine does.
func (f *trading) keyed(ctx context.Context, k *orchestrator.Key, render func() (int, []byte)) error {
	if k == nil {
		return nil
	}
	r := orchestrator.Reply{Scope: k.Scope, Key: k.Value, Hash: k.Hash, CommunityID: Ours, At: f.now()}
	_, _, err := f.replies.Once(ctx, r, func(context.Context) (int, []byte, error) {
		status, body := render()
		return status, body, nil
	})
	return err
}

func (f *trading) done(ctx context.Context, o exchange.Order, r exchange.Request) (exchange.Order, *orchestrator.Reply, error) {
	return o, nil, f.keyed(ctx, r.Key, func() (int, []byte) { return r.Render(o) })
}

func (f *trading) Take(ctx context.Context, u exchange.User, in exchange.Take, r exchange.Request) (exchange.Order, *orchestrator.Reply, error) {
	if err := f.refuse("Take"); err != nil {
		return exchange.Order{}, nil, err
	}
	a, err := f.ads.Get(ctx, u.Community, in.AdID)
	switch {
	case err != nil || a.Status != listings.Active:
		return exchange.Order{}, nil, fault.New(fault.Conflict, "ad_not_active", "the ad is no longer active")
	case a.Owner == u.ID:
		return exchange.Order{}, nil, fault.New(fault.Conflict, "own_ad", "you cannot take your own ad")
	}
	details, err := f.ads.Details(a)
	if err != nil {
		return exchange.Order{}, nil, err
	}
	f.mu.Lock()
	f.next++
	o := exchange.Order{
		ID: f.next, AdID: a.ID, AdType: a.Type, Status: exchange.Pending, Amount: in.Amount, Currency: string(a.Asset),
		Fiat: in.Amount * a.Rate / 100, FiatCode: string(a.Fiat), Rate: a.Rate, Method: in.Method, Format: in.Format,
		BuyerID: u.ID, SellerID: a.Owner, TakerID: u.ID, PaymentDetails: details.Reveal(), Instructions: a.Instructions,
		CreatedAt: f.now(), PayDeadline: f.now().Add(time.Duration(a.PayMinutes) * time.Minute), Version: 1,
	}
	if a.Type == listings.Buy {
		o.BuyerID, o.SellerID, o.PaymentDetails = a.Owner, u.ID, in.Details.Reveal()
	}
	f.orders[o.ID], f.last = &o, in
	f.mu.Unlock()
	return f.done(ctx, o, r)
}

// mine finds an order of a party.
func (f *trading) mine(u exchange.User, id int64) (*exchange.Order, error) {
	o := f.orders[id]
	if o == nil || u.ID != o.BuyerID && u.ID != o.SellerID {
		return nil, fault.New(fault.NotFound, "order_not_found", "there is no such order")
	}
	return o, nil
}

// move takes a step, or refuses it.
func (f *trading) move(ctx context.Context, u exchange.User, id int64, method string, r exchange.Request, may func(*exchange.Order) bool, from []exchange.Status, change func(*exchange.Order)) (exchange.Order, *orchestrator.Reply, error) {
	if err := f.refuse(method); err != nil {
		return exchange.Order{}, nil, err
	}
	f.mu.Lock()
	o, err := f.mine(u, id)
	switch {
	case err != nil:
	case !may(o):
		err = fault.New(fault.Forbidden, "role_not_allowed", "this is for the other side")
	case !slices.Contains(from, o.Status):
		err = fault.New(fault.Conflict, "invalid_order_status", "the order is %s", o.Status).With("current_status", string(o.Status))
	}
	if err != nil {
		f.mu.Unlock()
		return exchange.Order{}, nil, err
	}
	change(o)
	after := *o
	f.mu.Unlock()
	return f.done(ctx, after, r)
}

func (f *trading) Order(_ context.Context, u exchange.User, id int64) (exchange.Order, error) {
	if err := f.refuse("Order"); err != nil {
		return exchange.Order{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	o, err := f.mine(u, id)
	if err != nil {
		return exchange.Order{}, err
	}
	return *o, nil
}

func (f *trading) Orders(_ context.Context, u exchange.User, q exchange.OrderFilter) (all []exchange.Order, total int64, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last = q
	for id := f.next; id > 0; id-- {
		if o, err := f.mine(u, id); err == nil && (q.Status == "" || q.Status == o.Status) {
			all = append(all, *o)
		}
	}
	return all, int64(len(all)), f.fail["Orders"]
}

func (f *trading) ConfirmPaid(ctx context.Context, u exchange.User, id int64, r exchange.Request) (exchange.Order, *orchestrator.Reply, error) {
	return f.move(ctx, u, id, "ConfirmPaid", r, func(o *exchange.Order) bool { return o.BuyerID == u.ID }, []exchange.Status{exchange.Pending}, func(o *exchange.Order) {
		o.Status, o.PaidAt, o.ReleaseDeadline = exchange.PaidByBuyer, f.now(), f.now().Add(24*time.Hour)
	})
}

func (f *trading) ConfirmReceived(ctx context.Context, u exchange.User, id int64, r exchange.Request) (exchange.Order, *orchestrator.Reply, error) {
	from := []exchange.Status{exchange.PaidByBuyer, exchange.Disputed}
	return f.move(ctx, u, id, "ConfirmReceived", r, func(o *exchange.Order) bool { return o.SellerID == u.ID }, from, func(o *exchange.Order) {
		o.Status, o.EndedAt = exchange.Completed, f.now()
	})
}

func (f *trading) Cancel(ctx context.Context, u exchange.User, id int64, notPaid bool, r exchange.Request) (exchange.Order, *orchestrator.Reply, error) {
	from := []exchange.Status{exchange.Pending}
	if notPaid {
		from = append(from, exchange.PaidByBuyer)
	}
	return f.move(ctx, u, id, "Cancel", r, func(*exchange.Order) bool { return true }, from, func(o *exchange.Order) {
		o.Status, o.CancelReason, o.EndedAt = exchange.Cancelled, "buyer", f.now()
		if u.ID == o.SellerID {
			o.CancelReason = "seller"
		}
	})
}

func (f *trading) CallOperator(ctx context.Context, u exchange.User, id int64, reason string, r exchange.Request) (exchange.Order, *orchestrator.Reply, error) {
	from := []exchange.Status{exchange.PaidByBuyer, exchange.Disputed}
	return f.move(ctx, u, id, "CallOperator", r, func(*exchange.Order) bool { return true }, from, func(o *exchange.Order) {
		o.Status, f.last = exchange.Disputed, reason
	})
}

func (f *trading) Appeal(ctx context.Context, u exchange.User, id int64, reason string, r exchange.Request) (exchange.Order, *orchestrator.Reply, error) {
	return f.move(ctx, u, id, "Appeal", r, func(o *exchange.Order) bool { return o.BuyerID == u.ID }, []exchange.Status{exchange.Cancelled}, func(o *exchange.Order) {
		o.Status, o.CancelReason, f.last = exchange.Disputed, "", reason
	})
}

func (f *trading) Rate(_ context.Context, u exchange.User, id int64, stars int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	o, err := f.mine(u, id)
	switch {
	case err != nil:
		return err
	case o.Status != exchange.Completed:
		return fault.New(fault.Conflict, "rating_not_allowed", "the order is not completed")
	case f.rated[id] != 0:
		return fault.New(fault.Conflict, "already_rated", "you have rated this order already")
	}
	f.rated[id] = stars
	return nil
}

func (f *trading) Say(ctx context.Context, u exchange.User, id int64, text string, r exchange.MessageRequest) (orchestrator.Message, *orchestrator.Reply, error) {
	if err := f.refuse("Say"); err != nil {
		return orchestrator.Message{}, nil, err
	}
	f.mu.Lock()
	if _, err := f.mine(u, id); err != nil {
		f.mu.Unlock()
		return orchestrator.Message{}, nil, err
	}
	m := orchestrator.Message{ID: int64(len(f.messages[id]) + 1), TransactionID: id, Sender: u.ID, Kind: orchestrator.FromParty, Content: text, At: f.now()}
	f.messages[id] = append(f.messages[id], m)
	f.mu.Unlock()
	return m, nil, f.keyed(ctx, r.Key, func() (int, []byte) { return r.Render(m) })
}

func (f *trading) Messages(_ context.Context, u exchange.User, id int64, p listings.Page) ([]orchestrator.Message, int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, err := f.mine(u, id); err != nil {
		return nil, 0, err
	}
	all := f.messages[id]
	from := min(p.Offset, int64(len(all)))
	return all[from:min(from+int64(p.Limit), int64(len(all)))], int64(len(all)), nil
}

func (f *trading) Chats(_ context.Context, u exchange.User, _ listings.Page) (all []exchange.Chat, total int64, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for id := f.next; id > 0; id-- {
		o, err := f.mine(u, id)
		if err != nil {
			continue
		}
		other := o.BuyerID
		if other == u.ID {
			other = o.SellerID
		}
		s := exchange.Chat{Order: *o, Counterparty: f.public(other)}
		if said := f.messages[id]; len(said) > 0 {
			s.Last = &said[len(said)-1]
		}
		all = append(all, s)
	}
	return all, int64(len(all)), nil
}

func (f *trading) Balance(context.Context, exchange.User, string) (available, frozen int64, err error) {
	return 9_500_000, 500_000, nil
}

func (f *trading) public(id string) exchange.PublicUser {
	return exchange.PublicUser{
		ID: id, FullName: f.names[id], Positive: 4, Votes: 4, Average: "4.50", Completed: 9,
		Since: time.Date(2024, 9, 16, 10, 13, 32, 0, time.UTC),
	}
}

func (f *trading) Public(_ context.Context, _ int64, users ...string) (map[string]exchange.PublicUser, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := map[string]exchange.PublicUser{}
	for _, id := range users {
		all[id] = f.public(id)
	}
	return all, nil
}

func (f *trading) Ban(_ context.Context, _ exchange.User, user, reason string) error {
	f.SetBanned(user, true)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last = reason
	return nil
}

func (f *trading) Unban(_ context.Context, _ exchange.User, user, reason string) error {
	f.SetBanned(user, false)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last = reason
	return nil
}

func (f *trading) Exists(_ context.Context, _, id int64) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.orders[id] != nil, nil
}

func (f *trading) Traded(context.Context, listings.Ad) (from, until time.Time, err error) {
	return from, until, nil
}

func (f *trading) Rules(context.Context, int64) (exchange.Rules, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.rules == (exchange.Rules{}) {
		return exchange.DefaultRules(), nil
	}
	return f.rules, nil
}

func (f *trading) SaveRules(_ context.Context, _ int64, _ string, r exchange.Rules, reason string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules, f.last = r, reason
	return r.Validate()
}

func (f *trading) Block(_ context.Context, _ exchange.User, other string, blocked bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.Blocked[other] = blocked
	return nil
}

func (f *trading) Disputes(context.Context, exchange.User, listings.Page) (all []exchange.Dispute, total int64, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, o := range f.orders {
		if o.Status == exchange.Disputed {
			all = append(all, exchange.Dispute{Order: *o, OpenedBy: o.BuyerID, Reason: "not_received", OpenedAt: f.now()})
		}
	}
	return all, int64(len(all)), nil
}

func (f *trading) Assign(_ context.Context, _ exchange.User, id int64) (exchange.Order, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return *f.orders[id], nil
}

func (f *trading) Preview(context.Context, exchange.User, int64, exchange.Verdict) (orchestrator.Preview, error) {
	return orchestrator.Preview{}, nil
}

func (f *trading) Resolve(ctx context.Context, operator exchange.User, id int64, v exchange.Verdict, r exchange.Request) (exchange.Order, *orchestrator.Reply, error) {
	f.mu.Lock()
	o := f.orders[id]
	o.Status = exchange.Completed
	o.Resolution = &exchange.Resolution{Outcome: v.Outcome, BuyerAmount: v.BuyerAmount, SellerAmount: v.SellerAmount, Reason: v.Reason, OperatorID: operator.ID, At: f.now()}
	after := *o
	f.mu.Unlock()
	return f.done(ctx, after, r)
}
