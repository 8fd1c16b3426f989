package trustap

import (
	"context"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/client"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/orchestrator/process"
)

// model is one of Trustap's two kinds of transactions. Their ids are counted
// apart. Errors are those of package client, quoteError and errUnsupported; an
// answer that cannot be read leaves the outcome unknown.
type model interface {
	// open creates a transaction that both parties have joined.
	open(ctx context.Context, op orchestrator.Operation, who parties) (orchestrator.Snapshot, error)
	// perform carries out any other verb.
	perform(ctx context.Context, id int64, op orchestrator.Operation, who parties) (orchestrator.Snapshot, error)
	get(ctx context.Context, id int64, opts ...client.CallOption) (orchestrator.Snapshot, error)
	// mine lists a user's transactions from the newest to the oldest.
	mine(ctx context.Context, userID string) iter.Seq2[record, error]
	// all lists the marketplace's transactions.
	all(ctx context.Context) iter.Seq2[record, error]
}

// record is a transaction of either model in a list.
type record struct {
	reference string
	buyer     string // ids of Trustap
	seller    string
	created   time.Time
	line      func() (orchestrator.StatementLine, error)
}

// f2fPrefix marks the payment ids of the face-to-face model, whose numbers are
// those of the online model too. The reader of webhooks has the same.
const f2fPrefix = "p2p:"

func (g *Gateway) models() []model { return []model{online{g}, f2f{g}} }

// model is the one that a deal is in.
func (g *Gateway) model(tx orchestrator.Transaction) model {
	if tx.Deposit > 0 {
		return f2f{g}
	}
	return online{g}
}

// payment reads a payment id.
func (g *Gateway) payment(paymentID string) (model, int64, error) {
	number, inPerson := strings.CutPrefix(paymentID, f2fPrefix)
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return nil, 0, fmt.Errorf("payment id %q: %w", paymentID, err)
	}
	if inPerson {
		return f2f{g}, id, nil
	}
	return online{g}, id, nil
}

// records passes a list on as records. The first error ends a list.
func records[T any](list iter.Seq2[T, error], of func(T) record) iter.Seq2[record, error] {
	return func(yield func(record, error) bool) {
		for t, err := range list {
			if err != nil {
				yield(record{}, err)
				return
			}
			if !yield(of(t), nil) {
				return
			}
		}
	}
}

// moved is what a transaction of either model has moved, in minor units.
type moved struct {
	goods    int64  // paid for the goods
	charge   int64  // and on top of it
	refunded *int64 // as Trustap says, if it does
	released *int64
}

// line is the statement's line of a transaction. What Trustap does not say itself
// is the whole price, less the seller's charges when it was released.
func (m moved) line(reference string, s orchestrator.Snapshot) orchestrator.StatementLine {
	l := orchestrator.StatementLine{Reference: reference, Captured: m.goods + m.charge, Snapshot: s}
	if has(s, process.FactPaymentRefunded, process.FactDepositRefunded, process.FactFundsRefunded) {
		l.Refunded = orElse(m.refunded, m.goods)
	}
	if has(s, process.FactFundsReleased) {
		l.Released = orElse(m.released, m.goods-s.Fees.Seller)
	}
	return l
}

func orElse(told *int64, otherwise int64) int64 {
	if told != nil {
		return *told
	}
	return otherwise
}
