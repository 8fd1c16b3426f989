package sqlstore

import (
	"slices"
	"time"

	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/idempotency"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// row is the arguments of one row: int64, string, []byte and stamp only.
type row []any

// Types that descriptions name often.
type (
	amount    = money.Amount
	facts     = map[process.Fact]time.Time
	deadlines = map[process.Deadline]time.Time
	said      = map[string]string
)

// place is where a sealed row stands: in the lane of the writer that has it.
type place struct{ lane, position int64 }

// mark is what a sealed row has besides its content: its digest, which its writer makes of
// all columns before it, and its place. A column that is added later stands behind them: no
// digest of before covers it, nor may one of now, since an older binary that runs beside
// this one checks the rows as well.
type mark struct {
	place
	digest []byte
}

func marked[R any](of func(R) *mark) []column[R] {
	return within(of, []column[*mark]{
		blob("digest", func(m *mark) *[]byte { return &m.digest }).fixed(),
		number("lane", func(m *mark) *int64 { return &m.lane }).fixed(),
		number("position", func(m *mark) *int64 { return &m.position }).fixed(),
	})
}

// logLine is a line of the history as it is stored.
type logLine struct {
	orchestrator.LogEntry
	community, token int64
	mark
}

type line = logLine

var logTable = tableOf("transaction_log", slices.Concat([]column[*line]{
	number("transaction_id", func(l *line) *int64 { return &l.TransactionID }),
	number("revision", func(l *line) *int64 { return &l.Revision }),
	number("token", func(l *line) *int64 { return &l.token }),
	text("transition", func(l *line) *string { return (*string)(&l.Transition) }),
	text("from_state", func(l *line) *string { return (*string)(&l.From) }),
	text("to_state", func(l *line) *string { return (*string)(&l.To) }),
	text("actor", func(l *line) *string { return &l.Actor }),
	text("request_id", func(l *line) *string { return &l.RequestID }),
	text("intent_id", func(l *line) *string { return &l.IntentID }),
	text("note", func(l *line) *string { return &l.Note }),
	instant("at", func(l *line) *time.Time { return &l.At }),
	number("community_id", func(l *line) *int64 { return &l.community }),
	values("said", func(l *line) *said { return &l.Said }).of("text"),
}, marked(func(l *line) *mark { return &l.mark }))...)

// posting is a line of the ledger as it is stored.
type posting struct {
	transaction, revision, line, entry, community int64
	kind, reverses, account                       string
	amount                                        money.Amount
	at                                            time.Time
	digest                                        []byte
}

var postingTable = tableOf("postings",
	number("transaction_id", func(p *posting) *int64 { return &p.transaction }),
	number("revision", func(p *posting) *int64 { return &p.revision }),
	number("line", func(p *posting) *int64 { return &p.line }),
	number("entry", func(p *posting) *int64 { return &p.entry }),
	number("community_id", func(p *posting) *int64 { return &p.community }),
	text("kind", func(p *posting) *string { return &p.kind }),
	text("reverses", func(p *posting) *string { return &p.reverses }),
	text("account", func(p *posting) *string { return &p.account }),
	minor("amount", func(p *posting) *amount { return &p.amount }),
	currency("currency", func(p *posting) *amount { return &p.amount }),
	instant("at", func(p *posting) *time.Time { return &p.at }),
	blob("digest", func(p *posting) *[]byte { return &p.digest }), // its place is that of its commit
)

// act is a line of the audit log as it is stored.
type act struct {
	orchestrator.Act
	mark
}

var actTable = tableOf("audit_log", slices.Concat([]column[*act]{
	number("community_id", func(a *act) *int64 { return &a.CommunityID }),
	number("id", func(a *act) *int64 { return &a.ID }),
	text("actor", func(a *act) *string { return &a.Actor }),
	text("act", func(a *act) *string { return &a.Name }),
	text("object", func(a *act) *string { return &a.Object }),
	text("reason", func(a *act) *string { return &a.Reason }),
	text("request_id", func(a *act) *string { return &a.RequestID }),
	values("data", func(a *act) *said { return &a.Data }).of("text"),
	instant("at", func(a *act) *time.Time { return &a.At }),
}, marked(func(a *act) *mark { return &a.mark }))...)

// change is what a commit adds to a guarded account, or takes of a resource.
type change struct {
	community        int64
	name, currency   string
	amount, capacity int64
	soldAt           time.Time // of a listing's stock: when, if it takes the last one
}

// deltaTable and takeTable describe what a commit says of accounts and resources, whose
// rows are changed and not replaced.
var (
	deltaTable = tableOf("accounts",
		number("community_id", func(c *change) *int64 { return &c.community }),
		text("account", func(c *change) *string { return &c.name }),
		text("currency", func(c *change) *string { return &c.currency }),
		number("balance", func(c *change) *int64 { return &c.amount }),
	)
	takeTable = tableOf("resources",
		number("community_id", func(c *change) *int64 { return &c.community }),
		text("name", func(c *change) *string { return &c.name }),
		number("amount", func(c *change) *int64 { return &c.amount }),
		number("capacity", func(c *change) *int64 { return &c.capacity }),
		instant("sold_at", func(c *change) *time.Time { return &c.soldAt }),
	)
)

// timer is a timer as it is stored: with the time since when its deal is in its state.
type timer struct {
	orchestrator.Timer
	since time.Time
}

var timerTable = tableOf("timers",
	number("transaction_id", func(t *timer) *int64 { return &t.TransactionID }).fixed(),
	text("name", func(t *timer) *string { return (*string)(&t.Name) }).fixed(),
	number("community_id", func(t *timer) *int64 { return &t.CommunityID }).fixed(),
	text("state", func(t *timer) *string { return (*string)(&t.State) }),
	instant("due", func(t *timer) *time.Time { return &t.Due }),
	count("attempts", func(t *timer) *int { return &t.Attempts }),
	instant("claimable_at", func(t *timer) *time.Time { return &t.Due }).unread(),
	instant("since", func(t *timer) *time.Time { return &t.since }).unread(), // tasks are in its order
)

// intent is an operation as it is stored: its input is sealed.
type intent struct {
	orchestrator.Intent
	input string
}

var intentTable = tableOf("intents",
	text("id", func(i *intent) *string { return &i.ID }).fixed(),
	number("community_id", func(i *intent) *int64 { return &i.CommunityID }).fixed(),
	number("transaction_id", func(i *intent) *int64 { return &i.TransactionID }).fixed(),
	text("gateway", func(i *intent) *string { return &i.Gateway }).fixed(),
	text("transition", func(i *intent) *string { return (*string)(&i.Transition) }).fixed(),
	text("from_state", func(i *intent) *string { return (*string)(&i.From) }).fixed(),
	text("verb", func(i *intent) *string { return (*string)(&i.Verb) }).fixed(),
	text("actor_kind", func(i *intent) *string { return (*string)(&i.Actor.Kind) }).fixed(),
	text("actor_id", func(i *intent) *string { return &i.Actor.ID }).fixed(),
	text("input", func(i *intent) *string { return &i.input }).of("jsonb"),
	text("request_id", func(i *intent) *string { return &i.RequestID }).fixed(),
	text("status", func(i *intent) *string { return (*string)(&i.Status) }),
	text("code", func(i *intent) *string { return (*string)(&i.Code) }),
	count("attempt", func(i *intent) *int { return &i.Attempt }),
	instant("due", func(i *intent) *time.Time { return &i.Due }),
	instant("created_at", func(i *intent) *time.Time { return &i.CreatedAt }).fixed(),
	instant("updated_at", func(i *intent) *time.Time { return &i.UpdatedAt }),
	count("generation", func(i *intent) *int { return &i.Generation }).elsewhere(), // by recovery
)

type event = orchestrator.Event

var eventTable = tableOf("events",
	number("transaction_id", func(e *event) *int64 { return &e.TransactionID }),
	number("sequence", func(e *event) *int64 { return &e.Sequence }),
	number("community_id", func(e *event) *int64 { return &e.CommunityID }),
	text("type", func(e *event) *string { return &e.Type }),
	values("data", func(e *event) *said { return &e.Data }),
	instant("at", func(e *event) *time.Time { return &e.At }),
)

type message = orchestrator.Message

var messageTable = tableOf("messages",
	number("transaction_id", func(m *message) *int64 { return &m.TransactionID }),
	number("id", func(m *message) *int64 { return &m.ID }),
	number("community_id", func(m *message) *int64 { return &m.CommunityID }),
	text("sender", func(m *message) *string { return &m.Sender }),
	text("kind", func(m *message) *string { return (*string)(&m.Kind) }),
	text("content", func(m *message) *string { return &m.Content }),
	instant("at", func(m *message) *time.Time { return &m.At }),
)

type reply = idempotency.Reply

var replyTable = tableOf("replies",
	text("scope", func(r *reply) *string { return &r.Scope }).fixed(),
	text("key", func(r *reply) *string { return &r.Key }).fixed(),
	text("hash", func(r *reply) *string { return &r.Hash }).fixed(),
	number("community_id", func(r *reply) *int64 { return &r.CommunityID }).fixed(),
	number("transaction_id", func(r *reply) *int64 { return &r.TransactionID }),
	text("intent_id", func(r *reply) *string { return &r.IntentID }).fixed(),
	count("status", func(r *reply) *int { return &r.Status }),
	blob("body", func(r *reply) *[]byte { return &r.Body }),
	instant("at", func(r *reply) *time.Time { return &r.At }),
)
