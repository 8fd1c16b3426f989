package orchestrator

import "encoding/json"

// Row is a row of an invoice. Amount has the VAT in it, in minor units of the deal's currency;
// VAT is the rate in whole percent.
type Row struct {
	Title  string `json:"title"`
	Amount int64  `json:"amount"`
	VAT    int64  `json:"vat"`
}

// Limits of rows that are kept with the step that sends an invoice; our choice, within what
// a step can keep.
const (
	maxRowTitle = 40    // characters; a longer title is cut
	maxRowsText = 2_000 // characters
)

// RowsText are rows as the step that sends the invoice takes them: process.RowsInput. It is
// empty where they are too many to be kept.
func RowsText(rows []Row) string {
	short := make([]Row, len(rows))
	for i, r := range rows {
		short[i] = r
		if title := []rune(r.Title); len(title) > maxRowTitle {
			short[i].Title = string(title[:maxRowTitle])
		}
	}
	text, err := json.Marshal(short)
	if err != nil || len(rows) == 0 || len(text) > maxRowsText {
		return ""
	}
	return string(text)
}
