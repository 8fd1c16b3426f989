package sqlstore

import (
	"context"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/migrations"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/ledger"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// kinds are all kinds of accounts, and those whose accounts stand alone in the sums: few of
// them have many postings.
const (
	kinds      = `'authorized', 'available', 'debt', 'escrow', 'fees', 'frozen', 'losses', 'outside', 'paid_out', 'payout_due', 'platform'`
	kindsAlone = `'outside', 'fees', 'platform', 'losses'`
)

// inDialect writes what the databases call differently: @kind of an account, @day of a posting.
func (db *database) inDialect(text string) string {
	kind, day := `split_part(p.account, ':', 1)`, `coalesce(to_char(p.at at time zone 'UTC', 'YYYY-MM-DD'), '')`
	if db.dialect == migrations.SQLite {
		kind, day = `substr(p.account, 1, instr(p.account, ':') - 1)`, `coalesce(substr(p.at, 1, 10), '')`
	}
	text = strings.ReplaceAll(text, "@sum", `case when @kind in (`+kindsAlone+`) then p.account else @kind end`)
	return strings.NewReplacer("@kind", kind, "@day", day).Replace(text)
}

// countAgain is how old the note may be that nothing is left to count.
const countAgain = 20 * time.Second

const countedName = "books_counted"

// uncounted are lanes in which something sealed is not counted.
const uncounted = `select lane, sealed, counted from lanes where acts = 0 and counted < sealed order by lane limit 100`

type countedLane struct {
	Lane    int64 `db:"lane"`
	Sealed  int64 `db:"sealed"`
	Counted int64 `db:"counted"`
}

// CountBooks adds what was sealed since the last time to the sums by day, and returns how many positions of
// lanes that were. Any number of replicas may call it: each piece is counted by one.
func (db BookSums) CountBooks(ctx context.Context) (int, error) {
	var lanes []countedLane
	if err := db.all(ctx, &lanes, uncounted); err != nil {
		return 0, err
	}
	total := 0
	for _, l := range lanes {
		for l.Counted < l.Sealed {
			upto := min(l.Sealed, l.Counted+sealPiece)
			won, err := db.countPiece(ctx, l, upto)
			if err != nil {
				return total, err
			}
			if !won {
				break // by another replica
			}
			total, l.Counted = total+int(upto-l.Counted), upto
		}
	}
	if len(lanes) > 0 {
		return total, nil
	}
	now := db.now()
	_, err := Daily(db).ClaimDaily(ctx, countedName, now, now.Add(-countAgain))
	return total, err
}

// countPiece counts a piece of a lane, unless another replica has.
func (db *database) countPiece(ctx context.Context, l countedLane, upto int64) (won bool, err error) {
	err = db.atomically(ctx, func(u unit) error {
		n, err := u.exec(ctx, `update lanes set counted = $3 where lane = $1 and counted = $2`, l.Lane, l.Counted, upto)
		if won = n > 0; err != nil || !won {
			return err
		}
		_, err = u.exec(ctx, db.inDialect(addSums), l.Lane, l.Counted, upto)
		return err
	})
	return won, err
}

// Rows are locked in the order of their key, so that two replicas never wait for each other.
const addSums = `insert into book_sums (community_id, account, currency, day, amount, postings)
	select p.community_id, @sum, p.currency, @day, cast(sum(p.amount) as bigint), count(*) from transaction_log l
		join postings p on p.transaction_id = l.transaction_id and p.revision = l.revision
		where l.lane = $1 and l.lane <> 0 and l.position > $2 and l.position <= $3 group by 1, 2, 3, 4 order by 1, 2, 3, 4
	on conflict (community_id, account, currency, day) do update set amount = book_sums.amount + excluded.amount, postings = book_sums.postings + excluded.postings`

type sumRow struct {
	Account  string `db:"account"`
	Currency string `db:"currency"`
	Month    string `db:"month"`
	Amount   int64  `db:"amount"`
	Postings int64  `db:"postings"`
}

func (r sumRow) total() orchestrator.BookTotal {
	return orchestrator.BookTotal{Account: r.Account, Month: r.Month, Amount: money.New(r.Amount, money.Currency(r.Currency)), Postings: r.Postings}
}

func (db *database) sums(ctx context.Context, query string, args ...any) ([]orchestrator.BookTotal, error) {
	var rows []sumRow
	err := db.all(ctx, &rows, db.inDialect(query), args...)
	return each(rows, sumRow.total), err
}

// BookTotals is what the accounts of a community have, as far as it is counted; with a time, what they had
// before it. It costs as many rows as there are days, and the postings of one day.
func (db BookSums) BookTotals(ctx context.Context, community int64, before time.Time) ([]orchestrator.BookTotal, error) {
	if before.IsZero() {
		return db.sums(ctx, `select account, currency, '' as month, cast(sum(amount) as bigint) as amount, cast(sum(postings) as bigint) as postings
			from book_sums where community_id = $1 group by account, currency order by account, currency`, community)
	}
	day := before.UTC().Truncate(24 * time.Hour)
	return db.sums(ctx, `select account, currency, '' as month, cast(sum(amount) as bigint) as amount, cast(sum(postings) as bigint) as postings from (
			select account, currency, amount, postings from book_sums where community_id = $1 and day < $2
			union all select @sum, p.currency, p.amount, 1 from postings p where p.community_id = $1 and @kind in (`+kinds+`)
				and p.currency in (select currency from book_sums where community_id = $1) and p.at >= $3 and p.at < $4) as posted
		group by account, currency order by account, currency`, community, day.Format(time.DateOnly), stamp{day}, stamp{before})
}

// BookMonths is what was posted on the accounts of a kind in each month, the newest first.
func (db BookSums) BookMonths(ctx context.Context, community int64, kind ledger.Kind) ([]orchestrator.BookTotal, error) {
	return db.sums(ctx, `select account, currency, substr(day, 1, 7) as month, cast(sum(amount) as bigint) as amount, cast(sum(postings) as bigint) as postings
		from book_sums where community_id = $1 and account >= $2 and account < $3 group by account, currency, substr(day, 1, 7)
		order by month desc, account, currency`, community, string(kind)+":", string(kind)+";")
}

// BookLines lists postings, the newest first.
func (db BookSums) BookLines(ctx context.Context, f orchestrator.BookFilter) ([]orchestrator.BookLine, error) {
	if f.Limit < 1 || f.Limit > maxPage {
		f.Limit = maxPage
	}
	last := orchestrator.BookLine{At: endOfTime}
	if f.Before != nil {
		last = *f.Before
	}
	kind, _, alone := strings.Cut(f.Account, ":")
	args := []any{f.CommunityID, string(f.Currency), stamp{last.At}, last.TransactionID, last.Revision, last.Line, f.Limit, kind}
	which := `@kind = $8`
	switch guarded := (ledger.Account{Kind: ledger.Kind(kind)}).Guarded(); {
	case alone && guarded: // a user's balance has an index of its own
		args[len(args)-1] = f.Account
		which = `p.account = $8 and (p.account like 'available:%' or p.account like 'frozen:%')`
	case alone:
		args = append(args, f.Account)
		which += ` and p.account = $9`
	}
	return db.lines(ctx, `from postings p where p.community_id = $1 and `+which+` and p.currency = $2
		and (p.at, p.transaction_id, p.revision, p.line) < ($3, $4, $5, $6) order by p.at desc, p.transaction_id desc, p.revision desc, p.line desc limit $7`, args...)
}

func (db *database) lines(ctx context.Context, from string, args ...any) ([]orchestrator.BookLine, error) {
	rows, err := pick(ctx, db, db.reads, postingTable, `select `+postingTable.from("p")+` `+db.inDialect(from), args...)
	return each(rows, func(p posting) orchestrator.BookLine {
		return orchestrator.BookLine{TransactionID: p.transaction, Revision: p.revision, Line: p.line, At: p.at, Kind: p.kind, Account: p.account, Amount: p.amount}
	}), err
}

// exportPiece is how many deals an export looks at in one go, which bounds its memory.
const exportPiece = 200

// ExportLines lists the postings of the next deals, in the order of deals and steps, and the id of the last one that
// was looked at; 0: that was all.
func (db BookSums) ExportLines(ctx context.Context, f orchestrator.ExportFilter) (lines []orchestrator.BookLine, next int64, err error) {
	if f.From.IsZero() { // the first moment of the year 1 is no null
		f.From = beginOfTime
	}
	const piece = `select coalesce(max(id), 0) from (select id from transactions where community_id = $1 and id > $2 order by id limit $3) as piece`
	if _, err := db.one(ctx, &next, piece, f.CommunityID, f.After, exportPiece); err != nil || next == 0 {
		return nil, 0, err
	}
	lines, err = db.lines(ctx, `from transactions t join postings p on p.transaction_id = t.id
		where t.community_id = $1 and t.id > $2 and t.id <= $3 and t.created_at < $5 and t.updated_at >= $4 and p.at >= $4 and p.at < $5
		order by p.transaction_id, p.revision, p.line`, f.CommunityID, f.After, next, stamp{f.From}, stamp{f.To})
	return lines, next, err
}

// BookCheck tells how far the books of a community were counted and sealed. It reads a row of each.
func (db BookSums) BookCheck(ctx context.Context, community int64) (c orchestrator.BookCheck, err error) {
	var counted string
	if _, err := db.one(ctx, &counted, `select value from settings where name = $1`, "daily:"+countedName); err != nil {
		return c, err
	}
	var at stamp
	if counted != "" {
		if err := at.UnmarshalText([]byte(counted)); err != nil {
			return c, err
		}
	}
	c.CountedAt = at.at
	var behind []int64
	if err := db.all(ctx, &behind, `select lane from lanes where acts = 0 and counted < sealed limit 1`); err != nil {
		return c, err
	}
	c.Behind = len(behind) > 0
	last, _, err := findOne(ctx, db, sealTable, `where community_id = $1 order by sequence desc limit 1`, community)
	if err != nil {
		return c, err
	}
	c.Seals, c.SealedAt = last.Sequence, last.At
	const broken = `select hold from communities where id = $1 and hold like '` + chainBroken + `%'`
	if _, err := db.one(ctx, &c.Broken, broken, community); err != nil {
		return c, err
	}
	const holding = `select count(*) from (select id from transactions where community_id = $1 and (held > 0 or (gateway = 'balance' and authorized > 0)) limit $2) as capped`
	_, err = db.one(ctx, &c.Holding, holding, community, orchestrator.MaxHolding+1)
	return c, err
}

// counted are the postings that the sums must have: those before there were lanes, and those up to where each is counted.
const counted = `select 0 as transaction_id, 'community ' || community_id || ', ' || account || ' ' || currency || ': off by ' || sum(amount) as detail from (
		select community_id, account, currency, amount from book_sums
		union all select p.community_id, @sum, p.currency, -p.amount from postings p
			join transaction_log l on l.transaction_id = p.transaction_id and l.revision = p.revision left join lanes n on n.lane = l.lane
			where l.lane = 0 or l.position <= n.counted) as both_sides
	group by community_id, account, currency having sum(amount) <> 0 limit $1`

// examineSums holds the sums by day against the postings.
func (db *database) examineSums(ctx context.Context, _ *process.Registry) ([]orchestrator.Violation, error) {
	var found []finding
	err := db.all(ctx, &found, db.inDialect(counted), mostFindings)
	return each(found, func(f finding) orchestrator.Violation {
		return orchestrator.Violation{Invariant: "I-3", Message: "the sums by day are not those of the postings: " + f.Detail}
	}), err
}
