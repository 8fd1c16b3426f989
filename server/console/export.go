package console

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/handsel-dev/handsel/internal/publicid"
	"github.com/handsel-dev/handsel/money"
	"github.com/handsel-dev/handsel/orchestrator"
	"github.com/handsel-dev/handsel/server/web"
)

// table is a CSV file on its way to a browser.
type table struct {
	v   visit
	csv *csv.Writer
}

func newTable(v visit, name string, heading ...string) table {
	attached(v, name+".csv", "text/csv")
	t := table{v, csv.NewWriter(v.Writer)}
	t.row(heading...)
	return t
}

// row writes a line; what goes wrong is told at the end.
func (t table) row(cells ...string) { _ = t.csv.Write(cells) }

// end sends what is left. Whoever reads has gone where it fails, and is told nothing more.
func (t table) end() error {
	if t.csv.Flush(); t.csv.Error() != nil {
		cut(t.v)
	}
	return nil
}

// cut ends a file in a way that nobody takes for its end: the connection breaks.
func cut(v visit) {
	_ = http.NewResponseController(v.Writer).SetWriteDeadline(time.Unix(1, 0)) // a connection that has none is a test's
}

// safe is a text that no program for tables takes for a formula.
func safe(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r\n", rune(text[0])) {
		return "'" + text
	}
	return text
}

// plainNumber is an amount in whole units of its currency, as programs read it: "-12.40".
func (f face) plainNumber(a money.Amount) string { return f.Assets.Decimal(a) }

func (f face) sealedDeal(id int64) string { return f.IDs.Seal(publicid.Transaction, id) }

// exportedLine is a posting as a file has it. Amounts are in minor units and, for people, in whole ones.
type exportedLine struct {
	At       time.Time `json:"at"`
	Deal     string    `json:"deal"`
	Number   int64     `json:"number"`
	Revision int64     `json:"revision"`
	Line     int64     `json:"line"`
	Entry    string    `json:"entry"`
	Account  string    `json:"account"`
	Minor    int64     `json:"amount_minor"`
	Amount   string    `json:"amount"`
	Currency string    `json:"currency"`
}

func (f face) exported(l orchestrator.BookLine) exportedLine {
	return exportedLine{l.At.UTC(), f.sealedDeal(l.TransactionID), l.TransactionID, l.Revision, l.Line, l.Kind, l.Account, l.Amount.Minor(), f.plainNumber(l.Amount), string(l.Amount.Currency())}
}

func (l exportedLine) cells() []string {
	whole := func(n int64) string { return strconv.FormatInt(n, 10) }
	return []string{l.At.Format(time.RFC3339Nano), l.Deal, whole(l.Number), whole(l.Revision), whole(l.Line), safe(l.Entry), safe(l.Account), whole(l.Minor), l.Amount, safe(l.Currency)}
}

// export sends all entries of a time, piece by piece: the memory that it takes does not grow with the books.
func (f face) export(v visit) error {
	begin, end := time.Unix(0, 0).UTC(), f.Engine.Now().UTC()
	from, to, err := between(v, begin, end)
	if err != nil {
		return err
	}
	if !from.Before(to) {
		return web.Invalid("invalid_span", "to", "to must lie behind from")
	}
	filter := orchestrator.ExportFilter{CommunityID: v.Community, From: from, To: to}
	// The first piece is read before anything is sent, so that a failure can still be told.
	lines, next, err := f.Sums.ExportLines(v.Request.Context(), filter)
	if err != nil {
		return err
	}
	switch v.Query("format") {
	case "csv", "":
		out := newTable(v, "entries", "at", "deal", "number", "revision", "line", "entry", "account", "amount_minor", "amount", "currency")
		f.pieces(v, filter, lines, next, func(l exportedLine) error { return out.csv.Write(l.cells()) })
		return out.end()
	case "json":
		return f.exportJSON(v, filter, lines, next)
	}
	return web.Invalid("invalid_format", "format", "format must be csv or json")
}

// exportJSON writes an object whose last member says that nothing is missing.
func (f face) exportJSON(v visit, filter orchestrator.ExportFilter, lines []orchestrator.BookLine, next int64) error {
	attached(v, "entries.json", "application/json")
	head, err := json.Marshal(map[string]time.Time{"from": filter.From, "to": filter.To})
	if err != nil {
		return err
	}
	write := func(text string) error { _, err := v.Writer.WriteString(text); return err }
	if write(strings.TrimSuffix(string(head), "}")+`,"entries":[`) != nil {
		return nil // who reads has gone
	}
	comma := ""
	whole := f.pieces(v, filter, lines, next, func(l exportedLine) error {
		text, err := json.Marshal(l)
		if err == nil {
			err = write(comma + string(text))
		}
		comma = ",\n"
		return err
	})
	if whole {
		_ = write(`],"complete":true}` + "\n") // who reads may have gone
	}
	return nil
}

// pieces sends the lines of piece after piece. It reports whether they are all: otherwise the connection breaks.
func (f face) pieces(v visit, filter orchestrator.ExportFilter, lines []orchestrator.BookLine, next int64, send func(exportedLine) error) bool {
	for {
		for _, l := range lines {
			if send(f.exported(l)) != nil {
				cut(v)
				return false
			}
		}
		if next == 0 {
			return true
		}
		filter.After = next
		var err error
		if lines, next, err = f.Sums.ExportLines(v.Request.Context(), filter); err != nil || f.ending() {
			cut(v)
			return false
		}
	}
}

// ending tells that the server shuts down.
func (f face) ending() bool {
	select {
	case <-f.Ending:
		return true
	default:
		return false
	}
}
