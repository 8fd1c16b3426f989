package sqlstore

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/handsel-dev/handsel/internal/paging"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/pricing"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// describe finds what the process tables say about a state; the zero info for a
// process that is not known here.
func describe(r *process.Registry, ref, state string) (process.StateInfo, *process.Process) {
	p, err := r.Find(ref)
	if err != nil {
		return process.StateInfo{}, &process.Process{}
	}
	info, _ := p.StateInfo(process.State(state))
	return info, p
}

// restless is a transaction that has something in progress.
type restless struct {
	Process     string `db:"process"`
	State       string `db:"state"`
	Transaction int64  `db:"transaction_id"`
	Invariant   string `db:"invariant"`
	Detail      string `db:"detail"`
	Number      int64  `db:"number"`
}

// examineStates checks that nothing is in progress in a terminal state. There are as many
// rows as there are states.
func (db *database) examineStates(ctx context.Context, r *process.Registry) ([]orchestrator.Violation, error) {
	var rows []restless
	if err := db.all(ctx, &rows, `
		select t.process, t.state, min(t.id) as transaction_id, 'I-12' as invariant, 'timer ' || m.name as detail, count(*) as number
		from transactions t join timers m on m.transaction_id = t.id group by t.process, t.state, m.name
		union all
		select t.process, t.state, min(t.id), 'I-8', 'open gateway operation ' || min(i.id), count(*)
		from transactions t join intents i on i.transaction_id = t.id where i.status = 'open' group by t.process, t.state`); err != nil {
		return nil, err
	}
	var violations []orchestrator.Violation
	for _, row := range rows {
		if info, _ := describe(r, row.Process, row.State); info.Terminal {
			violations = append(violations, orchestrator.Violation{
				Invariant: row.Invariant, TransactionID: row.Transaction, Message: fmt.Sprintf("a terminal state is not at rest: %s (%d deals are in %s so)", row.Detail, row.Number, row.State),
			})
		}
	}
	return violations, nil
}

// holding is what kind of money transactions at rest in a state have, and one of them.
type holding struct {
	Process     string `db:"process"`
	State       string `db:"state"`
	Authorized  int64  `db:"authorized"` // 1 if anything is
	Held        int64  `db:"held"`       // 1 if anything is
	Transaction int64  `db:"transaction_id"`
}

// examineHoldings checks that every state holds the money that its process says.
func (db *database) examineHoldings(ctx context.Context, r *process.Registry) ([]orchestrator.Violation, error) {
	var holdings []holding
	if err := db.all(ctx, &holdings, `
		select process, state, authorized, held, min(id) as transaction_id from (
			select id, process, state, case when authorized > 0 then 1 else 0 end as authorized,
				case when held > 0 then 1 else 0 end as held
			from transactions where operation = '') as at_rest
		group by process, state, authorized, held`); err != nil {
		return nil, err
	}
	var violations []orchestrator.Violation
	for _, s := range holdings {
		info, _ := describe(r, s.Process, s.State)
		if funds := (process.Funds{Authorized: s.Authorized, Held: s.Held}); info.Name != "" && !funds.Satisfies(info.Money) {
			violations = append(violations, orchestrator.Violation{
				Invariant: "I-4", TransactionID: s.Transaction, Message: "state " + s.State + " should hold " + string(info.Money) + ", and this and perhaps others do not",
			})
		}
	}
	return violations, nil
}

// examineBoth checks that the same money was never released and refunded. Only a
// split does both, or somebody by hand at the gateway which an operator took over, and a deal that took its money a second time.
func (db *database) examineBoth(ctx context.Context, r *process.Registry) ([]orchestrator.Violation, error) {
	var rows []struct {
		Process     string `db:"process"`
		Twice       int64  `db:"twice"` // 1 when more was taken than was agreed
		Transaction int64  `db:"transaction_id"`
		Detail      string `db:"detail"`
	}
	if err := db.all(ctx, &rows, `
		select process, case when captured > price + buyer_fee then 1 else 0 end as twice, id as transaction_id,
			'released ' || released || ', refunded ' || refunded as detail
		from transactions where released > 0 and refunded > 0 and cast(facts as text) not like '%"split"%'
			and cast(facts as text) not like '%"refunded_in_part"%' and cast(facts as text) not like '%"taken_over"%'`); err != nil {
		return nil, err
	}
	var violations []orchestrator.Violation
	for _, row := range rows {
		if _, p := describe(r, row.Process, ""); !p.Reopens || row.Twice == 0 {
			violations = append(violations, orchestrator.Violation{
				Invariant: "I-5", TransactionID: row.Transaction, Message: "both sides got the money and nobody split it: " + row.Detail,
			})
		}
	}
	return violations, nil
}

// pageSize is how many transactions are read at once, at most, where each is looked at.
const pageSize = 1000

// eachDeal reads the transactions that meet a condition, in order of their ids.
func (db *database) eachDeal(ctx context.Context, condition string, look func(orchestrator.Transaction)) error {
	tail := `where id > $1 and ` + condition + ` order by id limit $2`
	for after := int64(0); ; {
		rows, err := findPage(ctx, db, dealTable, tail, after, pageSize)
		if err != nil {
			return fmt.Errorf("transactions after %d: %w", after, err)
		}
		for _, tx := range rows {
			look(tx)
		}
		if !paging.GoesOn(rows, pageSize) {
			return nil
		}
		after = rows[len(rows)-1].ID
	}
}

// examineLines checks that the lines of every deal add up to its price and fees.
func (db *database) examineLines(ctx context.Context, _ *process.Registry) ([]orchestrator.Violation, error) {
	var violations []orchestrator.Violation
	err := db.eachDeal(ctx, `cast(lines as text) <> '[]'`, func(tx orchestrator.Transaction) {
		b, err := pricing.FromLines(tx.Lines)
		if err == nil && b.Price == tx.Price && b.BuyerFee.Minor() == tx.BuyerFee && b.SellerFee.Minor() == tx.SellerFee {
			return
		}
		violations = append(violations, orchestrator.Violation{
			Invariant: "I-4", TransactionID: tx.ID,
			Message: fmt.Sprintf("the lines do not add up: price %s, fees %d and %d; lines %s, %s and %s", tx.Price, tx.BuyerFee, tx.SellerFee, b.Price, b.BuyerFee, b.SellerFee),
		})
	})
	return violations, err
}

// resource is one of a community's resources.
type resource struct {
	community int64
	name      string
}

// claim is what deals that have not ended hold of a resource.
type claim struct {
	held     int64
	capacity int64 // how much there can ever be; 0 when that may change
	deal     int64 // one of them
}

// examineReservations checks that what deals hold was reserved, and that deals that
// ended, or gave up what they held, hold nothing any more. It looks a second time
// at what it finds, since a commit may have come between deals and resources.
func (db *database) examineReservations(ctx context.Context, r *process.Registry) ([]orchestrator.Violation, error) {
	violations, err := db.examineClaims(ctx, r)
	if err != nil || len(violations) == 0 {
		return nil, err
	}
	return db.examineClaims(ctx, r)
}

func (db *database) examineClaims(ctx context.Context, r *process.Registry) ([]orchestrator.Violation, error) {
	var violations []orchestrator.Violation
	claims := map[resource]claim{}
	err := db.eachDeal(ctx, `cast(reserved as text) <> '[]'`, func(tx orchestrator.Transaction) {
		if info, _ := describe(r, tx.Process, string(tx.State)); info.Terminal || info.Frees {
			violations = append(violations, orchestrator.Violation{
				Invariant: "I-11", TransactionID: tx.ID, Message: "a deal that is over still holds " + tx.Reserved[0].Resource,
			})
			return
		}
		for _, held := range tx.Reserved {
			at := resource{tx.CommunityID, held.Resource}
			c := claims[at]
			c.held, c.deal = c.held+held.Amount, tx.ID
			// Stock and ads may grow; days and locks never do.
			if held.Lock || strings.HasPrefix(held.Resource, "date:") {
				c.capacity = max(c.capacity, held.Capacity)
			}
			claims[at] = c
		}
	})
	if err != nil {
		return nil, err
	}
	overdrawn, err := db.compareClaims(ctx, claims)
	return append(violations, overdrawn...), err
}

// compareClaims compares what is held with what is left.
func (db *database) compareClaims(ctx context.Context, claims map[resource]claim) ([]orchestrator.Violation, error) {
	names := map[int64][]string{}
	for at := range claims {
		names[at.community] = append(names[at.community], at.name)
	}
	var violations []orchestrator.Violation
	for _, community := range slices.Sorted(maps.Keys(names)) {
		for some := range slices.Chunk(slices.Sorted(slices.Values(names[community])), 100) {
			free, err := Books{db}.Free(ctx, community, some)
			if err != nil {
				return nil, err
			}
			for _, name := range some {
				c := claims[resource{community, name}]
				left, known := free[name]
				if known && (c.capacity == 0 || left+c.held <= c.capacity) {
					continue
				}
				violations = append(violations, orchestrator.Violation{
					Invariant: "I-11", TransactionID: c.deal,
					Message: fmt.Sprintf("%s was not reserved: %d are held and %d left of %d", name, c.held, left, c.capacity),
				})
			}
		}
	}
	return violations, nil
}
